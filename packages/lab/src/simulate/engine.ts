// The coherence simulator of the library's own repository (`packages/spillway/sim/coherence`), which runs the shipped
// scheduler on virtual time. It is no part of the published package, so it is loaded by its place and typed here.
import { existsSync } from 'node:fs'
import type { Variant } from '../analyze/variants.ts'
import { labRoot } from '../bench/lab-root.ts'
import { UsageError } from '../usage-error.ts'

/** Where a thread runs: names that equal places share. */
export interface Seat {
  readonly cpu: number
  readonly core: number
  /** Cores behind one last-level cache: a CCD. */
  readonly group: number
  readonly package: number
}

/** The parameters of the model; cycles are of `clockGhz`. */
export interface Costs {
  readonly clockGhz: number
  /** An access to a line that the core has. */
  readonly localRmwCycles: number
  readonly transferCyclesSameCcd: number
  readonly transferCyclesCrossCcd: number
  readonly transferCyclesCrossPackage: number
  /** A line that no core has. */
  readonly memoryCycles: number
  /** Read-modify-writes of a core each time it owns a contended line, on average. */
  readonly burst: number
  /** Nanoseconds of `heavyWork(15)`, without the write. */
  readonly workNs: number
  /** What a core with two busy threads does, in units of one. */
  readonly smtYield: number
}

export interface CallSetup {
  /** The caller's, then the workers'. */
  readonly seats: readonly Seat[]
  readonly variant: Variant
  readonly items: number
  readonly costs: Costs
  readonly seed: number
  readonly slotBytes?: number
}

export interface CallResult {
  readonly ns: number
  readonly combineNs: number
  readonly chunks: number
  readonly writes: number
  readonly transfers: number
  readonly crossTransfers: number
  readonly invalidations: number
  readonly waitedNs: number
  readonly handOffs: readonly (readonly number[])[]
  readonly schedulerTransfers: number
  readonly steals: number
}

export type SimulateCall = (setup: CallSetup) => Promise<CallResult>

const PLACE = '../spillway/.test-build/sim/coherence/run.js'

export function hasEngine(): boolean {
  return existsSync(new URL(PLACE, labRoot()))
}

export async function loadEngine(): Promise<SimulateCall> {
  const file = new URL(PLACE, labRoot())
  if (!hasEngine()) throw new UsageError('the simulator is not compiled; run: npm run build')
  const { simulateCall } = (await import(file.href)) as { simulateCall: SimulateCall }
  return simulateCall
}
