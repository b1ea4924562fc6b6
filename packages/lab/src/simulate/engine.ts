// The coherence simulator of the library's own repository (`packages/spillway/sim/coherence`), which runs the shipped
// scheduler on virtual time. It is no part of the published package, so it is loaded by its place; its types come from its build.
import { existsSync } from 'node:fs'
import type * as run from '../../../spillway/.test-build/sim/coherence/run.js'
import type * as series from '../../../spillway/.test-build/sim/coherence/series.js'
import { labRoot } from '../bench/lab-root.ts'
import { UsageError } from '../usage-error.ts'

export type { Costs, Seat } from '../../../spillway/.test-build/sim/coherence/costs.js'
export type { CallResult, CallSetup } from '../../../spillway/.test-build/sim/coherence/run.js'

export type SimulateCall = typeof run.simulateCall
export type SimulateSeries = typeof series.simulateSeries

const place = '../spillway/.test-build/sim/coherence/'

export function hasEngine(): boolean {
  return existsSync(new URL(`${place}run.js`, labRoot()))
}

export async function loadEngine(): Promise<SimulateCall> {
  return ((await load('run.js')) as typeof run).simulateCall
}

/** Of many calls, with tiers of workers that spill over. */
export async function loadSeries(): Promise<SimulateSeries> {
  return ((await load('series.js')) as typeof series).simulateSeries
}

function load(file: string): Promise<unknown> {
  if (!hasEngine()) throw new UsageError('the simulator is not compiled; run: npm run build')
  return import(new URL(place + file, labRoot()).href)
}
