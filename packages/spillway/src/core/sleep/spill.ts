/**
 * Which workers may take shared work: the first TAKERS. Workers are numbered in wake order; tiers of workers are added when those that
 * may are mostly awake, and given up when a whole tier has been idle for a while (RustFiber's tiered spillover, with thresholds from
 * options and a last look that it lacks). README.md in this folder tells why no work is stranded.
 */
import {
  H_DWELL_MS,
  H_GROWN_LOADED,
  H_GROWN_STARVED,
  H_LIMIT,
  H_SHRUNK,
  H_TAKERS,
  H_TIER_ENDS,
  H_TIER_THRESHOLDS,
  H_TIERS,
  PARKED,
  W_PARK,
  workerAt,
} from '../../layout/layout.ts'
import { add, compareAndSet, load } from '../atomics.ts'

/** Sets the tiers: one past the last worker of each, and the shares of awake workers, of 1, at which the next one wakes. Before any other thread. */
export function setTiers(
  words: Int32Array,
  ends: readonly number[],
  thresholds: readonly number[],
  dwellMs: number,
): void {
  words[H_TIERS] = ends.length
  words[H_TAKERS] = ends[0]
  words[H_DWELL_MS] = dwellMs
  for (let tier = 0; tier < ends.length; tier++) {
    words[H_TIER_ENDS + tier] = ends[tier]
    const threshold = thresholds[Math.min(tier, thresholds.length - 1)]
    words[H_TIER_THRESHOLDS + tier] = Math.round(threshold * 1000)
  }
}

/** Workers below this number may take shared work. Any thread. */
export function takersOf(words: Int32Array): number {
  return Math.min(load(words, H_TAKERS), load(words, H_LIMIT))
}

/** Lets the next tier take part if `awake` of `takers` are at least its threshold. Any thread. */
export function growIfLoaded(words: Int32Array, takers: number, awake: number): void {
  const tier = tierBefore(words, takers)
  if (tier < 0 || awake * 1000 < takers * words[H_TIER_THRESHOLDS + tier]) return
  if (compareAndSet(words, H_TAKERS, takers, words[H_TIER_ENDS + tier + 1])) {
    add(words, H_GROWN_LOADED, 1)
  }
}

/** Lets the next tier take part, because all that may are awake. Returns its first worker, -1 if there is none. Any thread. */
export function growIfStarved(words: Int32Array, takers: number): number {
  const tier = tierBefore(words, takers)
  if (tier < 0) return -1
  if (compareAndSet(words, H_TAKERS, takers, words[H_TIER_ENDS + tier + 1])) {
    add(words, H_GROWN_STARVED, 1)
  }
  return takers
}

/** The tier that ends at `takers` and is not the last; -1 if there is none. */
function tierBefore(words: Int32Array, takers: number): number {
  const tiers = words[H_TIERS]
  for (let tier = 0; tier < tiers - 1; tier++) {
    if (words[H_TIER_ENDS + tier] === takers) return tier
  }
  return -1
}

/** How long this worker sleeps before it looks whether its tier is still needed; -1 for one that never looks. */
export function dwellOf(words: Int32Array, worker: number): number {
  return words[H_TIERS] > 1 && worker >= words[H_TIER_ENDS] ? words[H_DWELL_MS] : -1
}

/** Puts the last tier to sleep if all of it sleeps. For a worker of it whose sleep ended by itself. */
export function shrinkIfIdle(words: Int32Array, workers: number, self: number): void {
  const takers = load(words, H_TAKERS)
  const start = tierStart(words, takers)
  if (start <= 0 || self < start) return
  for (let worker = start; worker < takers; worker++) {
    if (worker !== self && load(words, workerAt(worker, workers) + W_PARK) !== PARKED) return
  }
  if (compareAndSet(words, H_TAKERS, takers, start)) add(words, H_SHRUNK, 1)
}

/** First worker of the tier that ends at `takers`; 0 for the first tier, or none. */
function tierStart(words: Int32Array, takers: number): number {
  const tiers = words[H_TIERS]
  for (let tier = 1; tier < tiers; tier++) {
    if (words[H_TIER_ENDS + tier] === takers) return words[H_TIER_ENDS + tier - 1]
  }
  return 0
}
