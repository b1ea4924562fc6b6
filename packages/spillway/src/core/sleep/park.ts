/** Parking and waking of threads. README.md in this folder has the protocol and why no wake-up is lost. */
import {
  AWAKE,
  H_SLEEPERS,
  LISTENING,
  PARKED,
  W_PARK,
  W_PARKS,
  workerAt,
} from '../../layout/layout.ts'
import { add, compareAndSet, load, notify, store, sub, wait } from '../atomics.ts'
import { growIfLoaded, growIfStarved, takersOf } from './spill.ts'

/** A sleep ends after this long without a wake-up, as a net under runtimes that cannot stop a sleeping worker. */
const LONGEST_SLEEP_MS = 60_000

/** Says that this thread is about to sleep. After it, the thread must look for work once more before `park`. */
export function announceSleep(words: Int32Array, self: number): void {
  // In this order: a worker that dies in between leaves a sleeper too many, which costs wakers a look, not one too few.
  add(words, H_SLEEPERS, 1)
  store(words, self + W_PARK, PARKED)
}

/** Takes the announcement back, unless a waker already did. */
export function cancelSleep(words: Int32Array, self: number): void {
  if (compareAndSet(words, self + W_PARK, PARKED, AWAKE)) sub(words, H_SLEEPERS, 1)
}

/** Sleeps until woken, at most `milliseconds`. The thread that announced it; may block. */
export function park(
  words: Int32Array,
  self: number,
  milliseconds: number = LONGEST_SLEEP_MS,
): void {
  words[self + W_PARKS]++
  while (load(words, self + W_PARK) === PARKED) {
    const late = wait(words, self + W_PARK, PARKED, milliseconds)
    if (late && milliseconds < LONGEST_SLEEP_MS) cancelSleep(words, self)
  }
}

/** Says that this thread is about to sleep, to be woken by `wakeThread` alone. After it, it must look once more. */
export function announceListening(words: Int32Array, self: number): void {
  store(words, self + W_PARK, LISTENING)
}

export function cancelListening(words: Int32Array, self: number): void {
  compareAndSet(words, self + W_PARK, LISTENING, AWAKE)
}

/** Sleeps until woken, at most `milliseconds`. The thread that announced it; may block. */
export function listen(
  words: Int32Array,
  self: number,
  milliseconds: number = LONGEST_SLEEP_MS,
): void {
  words[self + W_PARKS]++
  while (load(words, self + W_PARK) === LISTENING) {
    if (!wait(words, self + W_PARK, LISTENING, milliseconds)) continue
    if (milliseconds < LONGEST_SLEEP_MS) cancelListening(words, self)
  }
}

/**
 * Wakes the first sleeping thread in wake order that may take shared work: workers, then the starter if it waits in a sync call. Any
 * thread. Costs one load when nobody sleeps. Call it after publishing the work: a thread that announced its sleep too late to be
 * seen here sees the work in its last look. Returns the thread, -1 if none.
 */
export function wakeOne(words: Int32Array, workers: number): number {
  if (load(words, H_SLEEPERS) === 0) return -1
  const takers = takersOf(words)
  for (let worker = 0; worker < takers; worker++) {
    if (!wakeSleeper(words, workerAt(worker, workers))) continue
    // Those before it are awake: enough of them, and the next tier wakes, too. Its first worker then watches whether it is needed.
    const next = growIfLoaded(words, takers, worker + 1)
    if (next >= 0) wakeSleeper(words, workerAt(next, workers))
    return worker
  }
  const first = growIfStarved(words, takers)
  if (first >= 0 && wakeSleeper(words, workerAt(first, workers))) return first
  return wakeSleeper(words, workerAt(workers, workers)) ? workers : -1
}

/** Wakes a thread for something that is its own: a job it waits for has ended, a fiber of it can go on. Any thread. */
export function wakeThread(words: Int32Array, workers: number, thread: number): void {
  const self = workerAt(thread, workers)
  if (wakeSleeper(words, self)) return
  if (compareAndSet(words, self + W_PARK, LISTENING, AWAKE)) notify(words, self + W_PARK)
}

function wakeSleeper(words: Int32Array, self: number): boolean {
  if (load(words, self + W_PARK) !== PARKED) return false
  if (!compareAndSet(words, self + W_PARK, PARKED, AWAKE)) return false
  sub(words, H_SLEEPERS, 1)
  notify(words, self + W_PARK)
  return true
}

/** Wakes every thread that sleeps, whatever it may take. Any thread. */
export function wakeAll(words: Int32Array, workers: number): void {
  for (let thread = 0; thread <= workers; thread++) wakeSleeper(words, workerAt(thread, workers))
}
