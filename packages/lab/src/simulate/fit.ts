// Fits the one set of parameters to the seed's own figures, over a grid inside the ranges that the seed states. A fit shows that the
// seed agrees with itself; it proves nothing about machines.
import { seed } from '../analyze/seed.ts'
import type { Costs, SimulateCall } from './engine.ts'
import { findMachine } from './machines.ts'
import { assumed, costsAt, seedRanges } from './parameters.ts'
import { simulateRow } from './rows.ts'

export type Parameters = Pick<
  Costs,
  'localRmwCycles' | 'transferCyclesSameCcd' | 'transferCyclesCrossCcd' | 'burst'
>

export interface Fit extends Parameters {
  /** Milliseconds of a million items on the seed's machine. */
  readonly eight: number
  readonly sixteen: number
  readonly tiered: number
  readonly transfersPerItem: number
  /** Root mean square of the relative differences from the seed's figures. */
  readonly error: number
  /** Bands of S04, S05, S08 and S23 that are met, of 4. */
  readonly bands: number
}

/** Of fewer items than the seed's: times are scaled. */
const items = 100_000
/** Logarithm of the ratio at which a candidate is given up. */
const hopeless = 0.3
const target = { eight: 9.9, sixteen: 10.95, tiered: (seed.items / seed.tieredThroughput) * 1000 }

const { localRmwCycles: local, transferCycles: transfer } = seedRanges
const grid = {
  localRmwCycles: [local[0], 2, local[1]],
  transferCyclesSameCcd: [transfer[0], 125, 150, 200, transfer[1]],
  crossCcd: [1, 1.3, 1.5, 1.6, 1.7, 1.8, 2, 3],
  burst: [1, 1.3, 1.5, 1.6, 1.7, 1.8, 2, 2.5, 3, 4, 6],
}

/** Candidates near the seed's 8 cores, the best first: most bands met, then least error. */
export async function fitSeed(
  simulate: SimulateCall,
  step: (words: string) => void,
): Promise<Fit[]> {
  const found: Fit[] = []
  for (const localRmwCycles of grid.localRmwCycles) {
    for (const transferCyclesSameCcd of grid.transferCyclesSameCcd) {
      step(`local ${localRmwCycles}, same CCD ${transferCyclesSameCcd} cycles`)
      for (const burst of grid.burst) {
        const same = { localRmwCycles, transferCyclesSameCcd, burst }
        found.push(...(await fitsWith(simulate, same)))
      }
    }
  }
  return found.toSorted((a, b) => b.bands - a.bands || a.error - b.error)
}

/** What crosses CCDs matters on 32 only: the other two figures are simulated once. */
async function fitsWith(
  simulate: SimulateCall,
  same: Omit<Parameters, 'transferCyclesCrossCcd'>,
): Promise<Fit[]> {
  const near = { ...same, transferCyclesCrossCcd: same.transferCyclesSameCcd }
  const eight = await trial(simulate, near, 8, 'linear')
  if (Math.abs(Math.log(eight.ms / target.eight)) > hopeless) return []
  const sixteen = await trial(simulate, near, 16, 'linear')
  const fits: Fit[] = []
  for (const factor of grid.crossCcd) {
    const transferCyclesCrossCcd = Math.round(same.transferCyclesSameCcd * factor)
    if (transferCyclesCrossCcd > transfer[1]) continue
    const parameters = { ...same, transferCyclesCrossCcd }
    const tiered = await trial(simulate, parameters, 32, 'tiered-spillover')
    const times = { eight: eight.ms, sixteen: sixteen.ms, tiered: tiered.ms }
    const squares = (['eight', 'sixteen', 'tiered'] as const).map(
      (key) => Math.log(times[key] / target[key]) ** 2,
    )
    const error = Math.sqrt(squares.reduce((sum, one) => sum + one, 0) / squares.length)
    const { transfersPerItem } = eight
    const bands = bandsMet(times, transfersPerItem)
    fits.push({ ...parameters, ...times, transfersPerItem, error, bands })
  }
  return fits
}

async function trial(
  simulate: SimulateCall,
  parameters: Parameters,
  workers: number,
  strategy: 'linear' | 'tiered-spillover',
): Promise<{ ms: number; transfersPerItem: number }> {
  const machine = findMachine('desktop-16')
  const costs = costsAt(assumed.clockGhz, parameters)
  const setup = { machine, strategy, kernel: 'shared', workers, items, seed: 1, costs } as const
  const { ms, transfersPerItem } = await simulateRow(simulate, setup)
  return { ms: (ms * seed.items) / items, transfersPerItem }
}

function bandsMet(
  { eight, sixteen, tiered }: Pick<Fit, 'eight' | 'sixteen' | 'tiered'>,
  transfersPerItem: number,
): number {
  const met = [
    Math.abs(eight / target.eight - 1) <= 0.25,
    sixteen >= 8 && sixteen <= 14 && sixteen >= 0.95 * eight,
    tiered >= 1000 / 75 && tiered <= 1000 / 50,
    transfersPerItem > 0.5,
  ]
  return met.filter(Boolean).length
}
