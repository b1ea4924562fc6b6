/** Parking and waking of workers. README.md in this folder has the protocol and why no wake-up is lost. */
import { AWAKE, H_SLEEPERS, PARKED, W_PARK, W_PARKS, workerAt } from '../../layout/layout.ts'
import { add, compareAndSet, load, notify, store, sub, wait } from '../atomics.ts'

/** A sleep ends after this long without a wake-up, as a net under runtimes that cannot stop a sleeping worker. */
const LONGEST_SLEEP_MS = 60_000

/** Says that this worker is about to sleep. After it, the worker must look for work once more before `park`. Workers only. */
export function announceSleep(words: Int32Array, self: number): void {
  // In this order: a worker that dies in between leaves a sleeper too many, which costs wakers a look, not one too few.
  add(words, H_SLEEPERS, 1)
  store(words, self + W_PARK, PARKED)
}

/** Takes the announcement back, unless a waker already did. Workers only. */
export function cancelSleep(words: Int32Array, self: number): void {
  if (compareAndSet(words, self + W_PARK, PARKED, AWAKE)) sub(words, H_SLEEPERS, 1)
}

/** Sleeps until woken. Workers only; may block. */
export function park(words: Int32Array, self: number): void {
  words[self + W_PARKS]++
  while (load(words, self + W_PARK) === PARKED) {
    wait(words, self + W_PARK, PARKED, LONGEST_SLEEP_MS)
  }
}

/**
 * Wakes the first sleeping worker in wake order. Any thread. Costs one load when nobody sleeps. Call it after publishing the work:
 * a worker that announced its sleep too late to be seen here sees the work in its last look. Returns the worker, -1 if none.
 */
export function wakeOne(words: Int32Array, workers: number): number {
  if (load(words, H_SLEEPERS) === 0) return -1
  for (let worker = 0; worker < workers; worker++) {
    const at = workerAt(worker, workers)
    if (load(words, at + W_PARK) === PARKED && compareAndSet(words, at + W_PARK, PARKED, AWAKE)) {
      sub(words, H_SLEEPERS, 1)
      notify(words, at + W_PARK)
      return worker
    }
  }
  return -1
}

export function wakeAll(words: Int32Array, workers: number): void {
  while (wakeOne(words, workers) >= 0);
}
