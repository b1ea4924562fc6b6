// The parameters of the simulator: one set, fitted to the seed's own figures within the ranges that it states.
import { seed } from '../analyze/seed.ts'
import type { Costs } from './engine.ts'

/** What the seed says of its own machine, in cycles. */
export const seedRanges = {
  localRmwCycles: [1, 3],
  transferCycles: [100, 300],
} as const

/** The best of `fit.ts`; `spillway simulate --fit` searches again. */
export const fitted = {
  localRmwCycles: 1,
  transferCyclesSameCcd: 100,
  transferCyclesCrossCcd: 180,
  burst: 1.7,
} as const

/** Assumed, not fitted: the seed says nothing of them, and its figures do not depend on them. */
export const assumed = {
  /** Of the seed's machine. */
  clockGhz: 5,
  transferCyclesCrossPackage: 300,
  memoryCycles: 300,
  smtYield: 1.25,
} as const

/** `heavyWork(15)` in cycles, from what the seed says of one core: time per item less the write. */
const workCycles = (localRmwCycles: number): number =>
  (seed.times[0].low * 1e6 * assumed.clockGhz) / seed.items - localRmwCycles

/** The one set of parameters, on a machine of another clock: the same cycles. */
export function costsAt(clockGhz: number, changes: Partial<Costs> = {}): Costs {
  const { localRmwCycles } = { ...fitted, ...changes }
  const workNs = workCycles(localRmwCycles) / clockGhz
  return { ...assumed, ...fitted, workNs, ...changes, clockGhz }
}
