/**
 * Which workers may take shared work: the first TAKERS. Workers are numbered in wake order. The next tier is added at once when those
 * that may are mostly awake, and the last one is given up when the load over a window has fitted into the others for a while
 * (RustFiber's tiered spillover, with thresholds from options, and a last look that it lacks). README.md in this folder tells why no
 * work is stranded.
 */
import {
  H_DWELL_MS,
  H_GREW,
  H_GROWN_LOADED,
  H_GROWN_STARVED,
  H_HIGH_AT,
  H_LAST_CHANGE,
  H_LIMIT,
  H_MEASURED_AT,
  H_SHRUNK,
  H_TAKERS,
  H_TIER_ENDS,
  H_TIER_THRESHOLDS,
  H_TIERS,
  H_WINDOW_MS,
  W_AWAKE_FOR,
  workerAt,
} from '../../layout/layout.ts'
import { add, compareAndSet, load, store } from '../atomics.ts'
import { TICKS, awakeSince, measureLoad, ticksBetween, ticksOf } from './load.ts'

/** Why TAKERS was changed, in LAST_CHANGE. */
export const GREW_LOADED = 1
export const GREW_STARVED = 2
export const SHRANK = 3

export interface Tiers {
  /** One past the last worker of each. */
  readonly ends: readonly number[]
  /** Shares of awake workers, of 1, at which the next tier wakes; the last counts for all further ones. */
  readonly thresholds: readonly number[]
  readonly windowMs: number
  readonly dwellMs: number
}

/** Sets the tiers. Before any other thread; `time` is what the workers' clock says. */
export function setTiers(
  words: Int32Array,
  { ends, thresholds, windowMs, dwellMs }: Tiers,
  time: number,
): void {
  const workers = ends[ends.length - 1]
  words[H_TIERS] = ends.length
  words[H_TAKERS] = ends[0]
  words[H_WINDOW_MS] = windowMs
  words[H_DWELL_MS] = dwellMs
  words[H_MEASURED_AT] = ticksOf(time)
  for (let tier = 0; tier < ends.length; tier++) {
    words[H_TIER_ENDS + tier] = ends[tier]
    const threshold = thresholds[Math.min(tier, thresholds.length - 1)]
    words[H_TIER_THRESHOLDS + tier] = Math.round(threshold * 1000)
  }
  for (let worker = 0; worker < workers; worker++) {
    words[workerAt(worker, workers) + W_AWAKE_FOR] = awakeSince(time)
  }
}

/** Whether workers spill over at all. Any thread. */
export function spills(words: Int32Array): boolean {
  return words[H_TIERS] > 1
}

/** Workers below this number may take shared work. Any thread. */
export function takersOf(words: Int32Array): number {
  return Math.min(load(words, H_TAKERS), load(words, H_LIMIT))
}

/**
 * Lets the next tier take part if `awake` of `takers` are at least its threshold. Returns its first worker, who is to be woken, or -1.
 * Any thread.
 */
export function growIfLoaded(words: Int32Array, takers: number, awake: number): number {
  const tier = tierBefore(words, takers)
  if (tier < 0 || awake * 1000 < takers * words[H_TIER_THRESHOLDS + tier]) return -1
  return grow(words, takers, tier, GREW_LOADED) ? takers : -1
}

/** Lets the next tier take part, because all that may are awake. Returns its first worker, -1 if there is none. Any thread. */
export function growIfStarved(words: Int32Array, takers: number): number {
  const tier = tierBefore(words, takers)
  if (tier < 0) return -1
  grow(words, takers, tier, GREW_STARVED)
  return takers
}

/** True if it was this thread that did it. */
function grow(words: Int32Array, takers: number, tier: number, reason: number): boolean {
  if (!compareAndSet(words, H_TAKERS, takers, words[H_TIER_ENDS + tier + 1])) return false
  add(words, reason === GREW_LOADED ? H_GROWN_LOADED : H_GROWN_STARVED, 1)
  store(words, H_GREW, 1)
  store(words, H_LAST_CHANGE, reason)
  return true
}

/** The tier that ends at `takers` and is not the last; -1 if there is none. */
function tierBefore(words: Int32Array, takers: number): number {
  const tiers = words[H_TIERS]
  for (let tier = 0; tier < tiers - 1; tier++) {
    if (words[H_TIER_ENDS + tier] === takers) return tier
  }
  return -1
}

/** The tier that ends at `takers`, if it can be given up; -1 for the first, or none. */
function lastTier(words: Int32Array, takers: number): number {
  const tier = tierBefore(words, takers)
  if (tier >= 0) return tier === 0 ? -1 : tier
  const last = words[H_TIERS] - 1
  return last > 0 && words[H_TIER_ENDS + last] === takers ? last : -1
}

/** How long this worker sleeps before it measures again: the last tier's do, while there is one to give up; -1 for others. */
export function watchOf(words: Int32Array, worker: number): number {
  const takers = load(words, H_TAKERS)
  if (worker >= takers) return -1
  const tier = lastTier(words, takers)
  return tier > 0 && worker >= words[H_TIER_ENDS + tier - 1] ? words[H_WINDOW_MS] : -1
}

/**
 * Measures the load if it is time to, and gives the last tier up if what was measured has fitted into the others for the dwell. A
 * worker of that tier that is about to sleep, or whose sleep ended by itself. Returns the first worker of what is now the last tier,
 * who has to go on watching and is to be woken; -1 if there is none.
 */
export function shrinkIfIdle(words: Int32Array, workers: number, time: number): number {
  const measured = measureLoad(words, workers, time)
  if (measured < 0) return -1
  const takers = load(words, H_TAKERS)
  const tier = lastTier(words, takers)
  if (tier < 0) return -1
  const others = words[H_TIER_ENDS + tier - 1]
  const now = ticksOf(time)
  // What grew since the last window is needed, whatever was measured before it did.
  const grew = load(words, H_GREW) !== 0
  if (grew || measured > others * words[H_TIER_THRESHOLDS + tier - 1]) {
    store(words, H_GREW, 0)
    store(words, H_HIGH_AT, now)
    return -1
  }
  const unused = ticksBetween(load(words, H_HIGH_AT), now)
  if (unused >= 0 && unused < words[H_DWELL_MS] * TICKS) return -1
  store(words, H_HIGH_AT, now)
  return shrink(words, takers, others)
}

/** Gives the tier up that ends at `takers`. Any thread, at any time: nothing is stranded by it. */
export function shrink(words: Int32Array, takers: number, others: number): number {
  if (!compareAndSet(words, H_TAKERS, takers, others)) return -1
  add(words, H_SHRUNK, 1)
  store(words, H_LAST_CHANGE, SHRANK)
  const tier = lastTier(words, others)
  return tier < 0 ? -1 : words[H_TIER_ENDS + tier - 1]
}
