/**
 * How much of the workers a system uses, over the last window: what each was busy between waking and falling asleep. A worker writes
 * its own line, twice per sleep; once per window somebody adds them up. README.md in this folder says who.
 */
import {
  AWAKE,
  H_BUSY_SEEN,
  H_LOAD,
  H_MEASURED_AT,
  H_WINDOW_MS,
  W_AWAKE_AT,
  W_BUSY,
  W_PARK,
  workerAt,
} from '../../layout/layout.ts'
import { compareAndSet, load, store } from '../atomics.ts'

/** Ticks of a millisecond: fine enough for a spin window, and wrapping after 18 hours, far beyond any window. */
export const TICKS = 64

export function ticksOf(milliseconds: number): number {
  return Math.floor(milliseconds * TICKS) | 0
}

/** Says that this thread has had nothing to do since `idleSince`, and is about to sleep. */
export function endBusy(words: Int32Array, self: number, idleSince: number): void {
  const busy = (ticksOf(idleSince) - load(words, self + W_AWAKE_AT)) | 0
  store(words, self + W_BUSY, (load(words, self + W_BUSY) + Math.max(0, busy)) | 0)
}

/** Says that this thread has woken. */
export function beginBusy(words: Int32Array, self: number, time: number): void {
  store(words, self + W_AWAKE_AT, ticksOf(time))
}

/**
 * Measures the load if the last measurement is a window ago: workers' worth of work, in thousandths. -1 if it is not time yet, or
 * somebody else does it. A worker that wakes or falls asleep meanwhile may be counted a little short or twice; the next window
 * evens it out, because what is compared are sums since the beginning.
 */
export function measureLoad(words: Int32Array, workers: number, time: number): number {
  const now = ticksOf(time)
  const last = load(words, H_MEASURED_AT)
  // Below zero after hours without a measurement, when ticks have wrapped: this one only begins the next window.
  const passed = (now - last) | 0
  if (passed >= 0 && passed < words[H_WINDOW_MS] * TICKS) return -1
  if (!compareAndSet(words, H_MEASURED_AT, last, now)) return -1
  let sum = 0
  for (let worker = 0; worker < workers; worker++) {
    const self = workerAt(worker, workers)
    sum = (sum + load(words, self + W_BUSY)) | 0
    if (load(words, self + W_PARK) !== AWAKE) continue
    // Idle since less than a spin window, or busy.
    sum = (sum + Math.max(0, (now - load(words, self + W_AWAKE_AT)) | 0)) | 0
  }
  const busy = Math.max(0, (sum - load(words, H_BUSY_SEEN)) | 0)
  store(words, H_BUSY_SEEN, sum)
  if (passed < 0) return -1
  const measured = Math.round((busy * 1000) / Math.max(1, passed))
  store(words, H_LOAD, measured)
  return measured
}
