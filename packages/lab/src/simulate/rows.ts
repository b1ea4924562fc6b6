// Rows of simulated values. Each says so itself, so that no reader can take one for a measurement.
import type { CpuPlaces, Strategy } from 'spillway/topology'
import type { Variant } from '../analyze/variants.ts'
import type { CallResult, Costs, SimulateCall } from './engine.ts'
import type { SimulatedMachine } from './machines.ts'
import { seatsOf } from './seats.ts'

export interface SimulatedRow {
  readonly source: 'simulated'
  readonly machine: string
  readonly strategy: string
  readonly kernel: Variant
  readonly workers: number
  readonly items: number
  readonly ms: number
  readonly itemsPerSecond: number
  /** Against one worker with the same kernel; null where that was not simulated. */
  readonly speedup: number | null
  readonly efficiency: number | null
  readonly chunks: number
  /** Writes of results, and lines that moved for them. */
  readonly writes: number
  readonly transfers: number
  readonly transfersPerItem: number
  /** Transfers from behind another last-level cache, out of all. */
  readonly crossShare: number
  readonly invalidations: number
  /** Threads' time spent waiting while others had the line. */
  readonly waitShare: number
}

export interface RowSetup {
  readonly machine: SimulatedMachine
  readonly strategy: Strategy | CpuPlaces
  readonly kernel: Variant
  readonly workers: number
  readonly items: number
  readonly seed: number
  /** Instead of the machine's own. */
  readonly costs?: Costs
}

export async function simulateRow(simulate: SimulateCall, setup: RowSetup): Promise<SimulatedRow> {
  const { machine, strategy, kernel, workers, items, seed, costs = machine.costs } = setup
  const seats = seatsOf(machine.topology, strategy, workers, seed)
  const result = await simulate({ seats, variant: kernel, items, costs, seed })
  return rowOf(setup, result)
}

/** One worker first where it is not among `counts`, for the speedup; it gets no row then. */
export async function simulateRows(
  simulate: SimulateCall,
  setup: Omit<RowSetup, 'workers'>,
  counts: readonly number[],
  step: (words: string) => void = () => {},
): Promise<SimulatedRow[]> {
  const base = await simulateRow(simulate, { ...setup, workers: 1 })
  const rows: SimulatedRow[] = []
  for (const workers of counts) {
    step(`${setup.machine.name}, ${strategyName(setup.strategy)}, ${setup.kernel}, ${workers}`)
    const row = workers === 1 ? base : await simulateRow(simulate, { ...setup, workers })
    const speedup = base.ms / row.ms
    rows.push({ ...row, speedup, efficiency: speedup / workers })
  }
  return rows
}

function rowOf(
  { machine, strategy, kernel, workers, items }: RowSetup,
  result: CallResult,
): SimulatedRow {
  const { ns, chunks, writes, transfers, crossTransfers, invalidations, waitedNs } = result
  return {
    source: 'simulated',
    machine: machine.name,
    strategy: strategyName(strategy),
    kernel,
    workers,
    items,
    ms: ns / 1e6,
    itemsPerSecond: (items / ns) * 1e9,
    speedup: null,
    efficiency: null,
    chunks,
    writes,
    transfers,
    transfersPerItem: transfers / items,
    crossShare: transfers === 0 ? 0 : crossTransfers / transfers,
    invalidations,
    waitShare: waitedNs / (ns * workers),
  }
}

export function strategyName(strategy: Strategy | CpuPlaces): string {
  return typeof strategy === 'string' ? strategy : 'list'
}
