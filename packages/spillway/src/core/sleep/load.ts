/**
 * How many of the workers are used, over the last window: how long each was awake. Spin windows count, for they take a cpu too.
 *
 * Each worker writes one word of its own, when it falls asleep and when it wakes. The word holds the ticks it has been awake in all, and
 * bit 0 is clear; or, while it is awake, the tick at which it would have woken had it been awake without a break, and bit 0 is set. So
 * one load says how long a worker has been awake up to now, and that never goes back, whatever the worker does meanwhile.
 */
import {
  H_AWAKE_SEEN,
  H_LOAD,
  H_MEASURED_AT,
  H_WINDOW_MS,
  W_AWAKE_FOR,
  workerAt,
} from '../../layout/layout.ts'
import { compareAndSet, load, store } from '../atomics.ts'

/** Ticks of a millisecond: finer than a spin window. They have 31 bits and wrap after nine hours, far beyond any window. */
export const TICKS = 64
const BITS = 0x7fff_ffff

export function ticksOf(milliseconds: number): number {
  return Math.floor(milliseconds * TICKS) & BITS
}

/** From one tick to a later one; below zero if that is less than half a turn earlier. */
export function ticksBetween(earlier: number, later: number): number {
  return ((later - earlier) << 1) >> 1
}

/** The word of a worker that is awake and has never slept. */
export function awakeSince(time: number): number {
  return (ticksOf(time) << 1) | 1
}

/** Says that this thread, which is awake, is about to sleep. */
export function endAwake(words: Int32Array, self: number, time: number): void {
  const since = load(words, self + W_AWAKE_FOR) >>> 1
  store(words, self + W_AWAKE_FOR, (ticksOf(time) - since) << 1)
}

/** Says that this thread has woken. */
export function beginAwake(words: Int32Array, self: number, time: number): void {
  const total = load(words, self + W_AWAKE_FOR) >>> 1
  store(words, self + W_AWAKE_FOR, ((ticksOf(time) - total) << 1) | 1)
}

/**
 * Measures the load if the last measurement is a window ago: workers' worth of time awake, in thousandths. -1 if it is not time yet, or
 * somebody else does it.
 */
export function measureLoad(words: Int32Array, workers: number, time: number): number {
  const now = ticksOf(time)
  const last = load(words, H_MEASURED_AT)
  // Below zero after hours without a measurement: this one only begins the next window.
  const passed = ticksBetween(last, now)
  if (passed >= 0 && passed < words[H_WINDOW_MS] * TICKS) return -1
  if (!compareAndSet(words, H_MEASURED_AT, last, now)) return -1
  let sum = 0
  for (let worker = 0; worker < workers; worker++) {
    const word = load(words, workerAt(worker, workers) + W_AWAKE_FOR)
    sum += (word & 1) === 0 ? word >>> 1 : (now - (word >>> 1)) & BITS
  }
  sum &= BITS
  // A worker may have read its clock after this one did, and be counted some microseconds short.
  const awake = Math.max(0, ticksBetween(load(words, H_AWAKE_SEEN), sum))
  store(words, H_AWAKE_SEEN, sum)
  if (passed < 0) return -1
  const measured = Math.round((awake * 1000) / Math.max(1, passed))
  store(words, H_LOAD, measured)
  return measured
}
