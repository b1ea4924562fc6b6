/** What one turn of a thread touched: its step, those after it that took no choice, and the plain accesses in between. */
export class Footprint {
  readonly #words: number[] = []
  #writes = false
  /** It looked whether anybody wrote anything. */
  pauses = false

  clear(): void {
    this.#words.length = 0
    this.#writes = false
    this.pauses = false
  }

  /** Sleeping on a word and waking who sleeps there count as writes. */
  add(index: number, isWrite: boolean): void {
    this.#words.push(isWrite ? ~index : index)
    if (isWrite) this.#writes = true
  }

  copy(): Footprint {
    const copy = new Footprint()
    copy.#words.push(...new Set(this.#words))
    copy.#writes = this.#writes
    copy.pauses = this.pauses
    return copy
  }

  /** True if the order of the two turns may matter: one wrote what the other touched, or looked for writes of which there is one. */
  meets(other: Footprint): boolean {
    if ((this.pauses && other.#writes) || (other.pauses && this.#writes)) return true
    for (const mine of this.#words) {
      const index = mine < 0 ? ~mine : mine
      for (const its of other.#words) {
        if ((its < 0 ? ~its : its) === index && (its < 0 || mine < 0)) return true
      }
    }
    return false
  }
}
