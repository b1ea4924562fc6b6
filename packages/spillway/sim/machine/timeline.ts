/** What happens next: a heap of moments. Of equal times the one pushed first comes first. */

export interface Moment {
  readonly time: number
  readonly thread: number
  /** The sleep this is about, see `machine.ts`. */
  readonly sleep: number
  readonly order: number
}

export class Timeline {
  readonly #heap: Moment[] = []
  #order = 0

  push(time: number, thread: number, sleep: number): void {
    const heap = this.#heap
    const moment: Moment = { time, thread, sleep, order: this.#order++ }
    let at = heap.length
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!before(moment, heap[parent]!)) break
      heap[at] = heap[parent]!
      at = parent
    }
    heap[at] = moment
  }

  /** The first moment, taken out; null if there is none. */
  pop(): Moment | null {
    const heap = this.#heap
    const first = heap[0]
    const last = heap.pop()
    if (first === undefined || last === undefined) return null
    if (heap.length > 0) this.#sink(last)
    return first
  }

  #sink(moment: Moment): void {
    const heap = this.#heap
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++
      if (!before(heap[child]!, moment)) break
      heap[at] = heap[child]!
      at = child
    }
    heap[at] = moment
  }
}

function before(a: Moment, b: Moment): boolean {
  return a.time < b.time || (a.time === b.time && a.order < b.order)
}
