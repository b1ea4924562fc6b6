/**
 * A range of chunks in one word: low half the first, high half one past the last. Empty when they meet.
 *
 * The word is the whole truth about who may run the chunks in it, and it only changes by compare-and-set, so a value that left and
 * came back (ABA) means the same as if it had never left: a late compare-and-set that succeeds takes chunks that really are there.
 * Source: steal-half ranges (Hendler and Shavit, "Non-blocking steal-half work queues", 2002), reduced to index ranges.
 */
import { compareAndSet, load } from './atomics.ts'

export const EMPTY = 0

export function pack(first: number, end: number): number {
  return (end << 16) | first
}

export function firstOf(range: number): number {
  return range & 0xffff
}

export function endOf(range: number): number {
  return range >>> 16
}

export function lengthOf(range: number): number {
  return (range >>> 16) - (range & 0xffff)
}

/**
 * Takes up to `most` chunks from the front, but leaves three quarters for thieves while more than a few are left. Any participant;
 * normally the owner. Returns the chunks taken, or EMPTY.
 */
export function take(words: Int32Array, index: number, most: number): number {
  for (;;) {
    const range = load(words, index)
    const first = firstOf(range)
    const end = endOf(range)
    if (first >= end) return EMPTY
    const middle = first + Math.min(most, Math.max(1, (end - first) >> 2))
    if (compareAndSet(words, index, range, pack(middle, end))) return pack(first, middle)
  }
}

/** Takes the back half, rounded up, and no more than `most`. Any thread. Returns the chunks taken, or EMPTY. */
export function stealHalf(words: Int32Array, index: number, most: number): number {
  for (;;) {
    const range = load(words, index)
    const first = firstOf(range)
    const end = endOf(range)
    if (first >= end) return EMPTY
    const middle = end - Math.min((end - first + 1) >> 1, most)
    if (compareAndSet(words, index, range, pack(first, middle))) return pack(middle, end)
  }
}
