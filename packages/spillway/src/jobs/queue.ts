/** A queue that forgets its front in bulk, and can be taken from at both ends. */
export class Queue<T> {
  #items: T[] = []
  #first = 0

  get length(): number {
    return this.#items.length - this.#first
  }

  put(item: T): void {
    this.#items.push(item)
  }

  take(): T | undefined {
    if (this.#first === this.#items.length) return undefined
    const item = this.#items[this.#first++]
    if (this.#first === this.#items.length) {
      this.#items.length = 0
      this.#first = 0
    } else if (this.#first >= 1024 && this.#first * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#first)
      this.#first = 0
    }
    return item
  }

  /** The oldest, without taking it. */
  peek(): T | undefined {
    return this.#items[this.#first]
  }

  get newest(): T | undefined {
    return this.length === 0 ? undefined : this.#items.at(-1)
  }

  takeNewest(): T | undefined {
    if (this.#first === this.#items.length) return undefined
    const item = this.#items.pop()
    if (this.#first === this.#items.length && this.#first > 0) {
      this.#items.length = 0
      this.#first = 0
    }
    return item
  }
}
