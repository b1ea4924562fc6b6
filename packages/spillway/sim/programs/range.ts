/** Threads around one range word, see `core/range.ts`. Each chunk counts in a word of its own, by plain accesses. */
import { EMPTY, endOf, firstOf, stealHalf, take } from '../../src/core/range.ts'
import { store } from '../../src/core/atomics.ts'

/** Takes from its own range until it is empty. */
export function owner(words: Int32Array, index: number, most: number, counts: number): void {
  for (;;) {
    const range = take(words, index, most)
    if (range === EMPTY) return
    for (let unit = firstOf(range); unit < endOf(range); unit++) words[counts + unit]++
  }
}

/** Steals into its own range, takes from it, and steals again until the victim has nothing. */
export function thief(
  words: Int32Array,
  victim: number,
  own: number,
  most: number,
  counts: number,
): void {
  for (;;) {
    owner(words, own, most, counts)
    const stolen = stealHalf(words, victim, most)
    if (stolen === EMPTY) return
    store(words, own, stolen)
  }
}
