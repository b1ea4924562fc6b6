// Simulation against this machine: costs from one variant's bursts, predictions of the others', and by how much they are off.
import type { SummaryRow } from '../analyze/model.ts'
import type { Variant } from '../analyze/variants.ts'
import { variants } from '../analyze/variants.ts'
import type { Costs, SimulateCall } from './engine.ts'
import type { SimulatedMachine } from './machines.ts'
import { simulateRow } from './rows.ts'

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

/** The variant that gives the costs. */
const reference = 'shared'
const counts = [1, 2]
const items = 40_000
/** An uncontended locked read-modify-write on x86, which the seed puts at 1 to 3: its share of an item cannot be told from one variant. */
const x86RmwCycles = 20

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
  const cpus = machine.topology.cpus.filter(({ allowed }) => allowed).length
  if (alone === null || together === null || cpus < 2) return null
  const costs = calibrate(machine.costs, alone, together)
  const rows: ValidationRow[] = []
  for (const variant of variants) {
    for (const workers of counts) {
      const measuredNs = found(variant, workers)
      if (measuredNs === null) continue
      const setup = {
        machine,
        strategy: 'avoid-smt',
        kernel: variant,
        workers,
        items,
        seed: 1,
      } as const
      const { ms } = await simulateRow(simulate, { ...setup, costs })
      const simulatedNs = (ms * 1e6 * workers) / items
      const role = variant === reference ? 'calibration' : 'prediction'
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

/**
 * One worker gives work and write together. Of two, each waits while the other has the line: an item of a worker takes the time of
 * two writes and two shares of a transfer.
 */
export function calibrate(base: Costs, aloneNs: number, togetherNs: number): Costs {
  const { clockGhz, burst } = base
  const localRmwCycles = Math.min(x86RmwCycles, (aloneNs * clockGhz) / 2)
  const workNs = aloneNs - localRmwCycles / clockGhz
  const transfer = Math.max(1, burst * ((togetherNs / 2) * clockGhz - localRmwCycles))
  return {
    ...base,
    localRmwCycles,
    workNs,
    transferCyclesSameCcd: transfer,
    transferCyclesCrossCcd: Math.max(transfer, base.transferCyclesCrossCcd),
  }
}
