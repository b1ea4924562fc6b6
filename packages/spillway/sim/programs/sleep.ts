/** Workers that sleep until there is something in a bowl, see `core/sleep/README.md`. Nothing but the sleep protocol. */
import { add, compareAndSet, load, store } from '../../src/core/atomics.ts'
import { announceSleep, cancelSleep, park, wakeAll, wakeOne } from '../../src/core/sleep/park.ts'
import { H_STOP, workerAt } from '../../src/layout/layout.ts'

/** Takes what is there, and sleeps when there is nothing, until STOP. */
export function workerThread(
  words: Int32Array,
  workers: number,
  worker: number,
  bowl: number,
): void {
  const self = workerAt(worker, workers)
  for (;;) {
    while (takeOne(words, bowl));
    if (load(words, H_STOP) !== 0) return
    announceSleep(words, self)
    if (load(words, H_STOP) !== 0 || load(words, bowl) > 0) cancelSleep(words, self)
    else park(words, self)
  }
}

function takeOne(words: Int32Array, bowl: number): boolean {
  for (;;) {
    const left = load(words, bowl)
    if (left === 0) return false
    if (compareAndSet(words, bowl, left, left - 1)) return true
  }
}

/** Puts `count` things into the bowl, one at a time, and wakes somebody for each. */
export function publisher(words: Int32Array, workers: number, bowl: number, count: number): void {
  for (let at = 0; at < count; at++) {
    add(words, bowl, 1)
    wakeOne(words, workers)
  }
}

/** Ends all workers, as `pool.ts` does. */
export function closer(words: Int32Array, workers: number): void {
  store(words, H_STOP, 1)
  wakeAll(words, workers)
}
