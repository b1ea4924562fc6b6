// Simulation against this machine: costs from one contended variant's bursts and from the time of the bare work, predictions of the
// others', and by how much they are off.
import type { SummaryRow } from '../analyze/model.ts'
import type { Variant } from '../analyze/variants.ts'
import { variants } from '../analyze/variants.ts'
import type { Costs, SimulateCall } from './engine.ts'
import type { SimulatedMachine } from './machines.ts'
import { seatsOf } from './seats.ts'

export interface ValidationRow {
  readonly variant: Variant
  readonly workers: number
  /** Nanoseconds per item of one worker. */
  readonly measuredNs: number
  readonly simulatedNs: number
  /** Simulated over measured, less one. */
  readonly error: number
  /** `calibration`: the costs come from this very row. */
  readonly role: 'calibration' | 'prediction'
}

export interface Validation {
  readonly costs: Costs
  readonly rows: ValidationRow[]
}

/** The variant that gives the costs of a write and of a transfer, and the one without writes, whose one worker gives the work's. */
const reference = 'shared'
const bare = 'none'
const counts = [1, 2]
const items = 40_000
/** Null where bursts with one and two workers were not measured, or the machine has one cpu only. */
export async function validate(
  simulate: SimulateCall,
  measured: readonly SummaryRow[],
  machine: SimulatedMachine,
): Promise<Validation | null> {
  const found = (variant: Variant, workers: number): number | null =>
    measured.find(
      (row) => row.protocol === 'burst' && row.variant === variant && row.workers === workers,
    )?.nsPerItem ?? null
  const [alone, together] = counts.map((workers) => found(reference, workers))
  const work = found(bare, 1)
  const cpus = machine.topology.cpus.filter(({ allowed }) => allowed).length
  if (work === null || alone === null || together === null || cpus < 2) return null
  const costs = calibrate(machine.costs, work, alone, together)
  const rows: ValidationRow[] = []
  for (const variant of variants) {
    for (const workers of counts) {
      const measuredNs = found(variant, workers)
      if (measuredNs === null) continue
      const simulatedNs = await simulateBurst(simulate, machine, costs, variant, workers)
      const given = variant === reference || (variant === bare && workers === 1)
      const role = given ? 'calibration' : 'prediction'
      rows.push({
        variant,
        workers,
        measuredNs,
        simulatedNs,
        error: simulatedNs / measuredNs - 1,
        role,
      })
    }
  }
  return { costs, rows }
}

/** Nanoseconds per item of one worker. As in a burst, each worker has one chunk, and nobody adds partial results up. */
export async function simulateBurst(
  simulate: SimulateCall,
  { topology }: SimulatedMachine,
  costs: Costs,
  variant: Variant,
  workers: number,
): Promise<number> {
  const seats = seatsOf(topology, 'avoid-smt', workers, 1)
  const setup = { seats, variant, items, costs, seed: 1, chunksPerThread: 1 }
  const { ns, combineNs } = await simulate(setup)
  return ((ns - combineNs) * workers) / items
}

/**
 * Work is measured where nothing is written. One worker with a counter then gives the write; of two, each waits while the other has the
 * line: an item of a worker takes the time of two writes and two shares of a transfer.
 */
export function calibrate(base: Costs, workNs: number, aloneNs: number, togetherNs: number): Costs {
  const { clockGhz, burst } = base
  // Noise may make the counter the faster of the two; a write still takes a cycle.
  const localRmwCycles = Math.max(1, (aloneNs - workNs) * clockGhz)
  const transfer = Math.max(1, burst * ((togetherNs / 2) * clockGhz - localRmwCycles))
  return {
    ...base,
    localRmwCycles,
    workNs: aloneNs - localRmwCycles / clockGhz,
    transferCyclesSameCcd: transfer,
    transferCyclesCrossCcd: Math.max(transfer, base.transferCyclesCrossCcd),
  }
}
