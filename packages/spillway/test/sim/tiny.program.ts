/** Threads whose times can be worked out by hand. */
import { load, notify, store, wait } from '../../src/core/atomics.ts'
import { work } from '../../sim/seam.ts'

export function sleeper(words: Int32Array): void {
  while (load(words, 0) === 0) wait(words, 0, 0, Infinity)
  work(100)
}

export function waker(words: Int32Array): void {
  work(300)
  store(words, 0, 1)
  notify(words, 0)
}

export function limited(words: Int32Array): void {
  if (wait(words, 0, 0, 2)) store(words, 1, 1)
}
