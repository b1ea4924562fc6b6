/** Threads around one range word, see `core/range.ts`. What they took goes into lists of their own. */
import { EMPTY, endOf, firstOf, stealHalf, take } from '../../src/core/range.ts'
import { store } from '../../src/core/atomics.ts'

/** Takes from its own range until it is empty. */
export function owner(words: Int32Array, index: number, most: number, took: number[]): void {
  for (;;) {
    const range = take(words, index, most)
    if (range === EMPTY) return
    for (let unit = firstOf(range); unit < endOf(range); unit++) took.push(unit)
  }
}

/** Steals into its own range, takes from it, and steals again until the victim has nothing. */
export function thief(
  words: Int32Array,
  victim: number,
  own: number,
  most: number,
  took: number[],
): void {
  for (;;) {
    owner(words, own, most, took)
    const stolen = stealHalf(words, victim, most)
    if (stolen === EMPTY) return
    store(words, own, stolen)
  }
}
