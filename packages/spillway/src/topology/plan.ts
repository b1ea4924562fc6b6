/** From an option to workers on cpus: reads the machine, places, and prepares the pins. */
import { plainError } from '../errors.ts'
import { findAffinity, warmThreads } from '../host/affinity.ts'
import { detectMachine } from '../host/machine.ts'
import { readMachine } from './detect.ts'
import { MAX_TIERS } from '../layout/layout.ts'
import { allowedCpus } from './model.ts'
import type { Topology } from './model.ts'
import { stealOrders } from './neighbours.ts'
import { Pinner, summaryOf } from './pinner.ts'
import { placeWorkers } from './place.ts'
import type { PlaceOptions, Placement } from './place.ts'

/** Placement and what becomes of it. */
export interface PinningOptions extends Omit<PlaceOptions, 'workers'> {
  /** True: `JobSystem.start` rejects with `ERR_PINNING` if a worker could not be pinned. Default false: it runs unpinned. */
  readonly strict?: boolean
  /** `tiered-spillover`: when the next tier of workers may take work, and when the last one is put to sleep again. */
  readonly spill?: SpillOptions
}

export interface SpillOptions {
  /** Shares of awake workers, above 0 and up to 1, at which tier 1, 2, … wakes; the last counts for all further tiers. Default [0.8, 0.9]. */
  readonly thresholds?: readonly number[]
  /** Milliseconds over which the load is measured. Default 50. */
  readonly window?: number
  /** Milliseconds for which the load must have fitted into the tiers before the last one until that is put to sleep. Default 100. */
  readonly dwell?: number
}

export interface Plan {
  readonly workers: number
  readonly topology: Topology
  readonly placement: Placement
  readonly backend: string | null
  readonly pinner: Pinner
  /** For each worker all others, in the order in which it looks at what they have. */
  readonly stealOrders: readonly (readonly number[])[]
  /** One past the last worker of each tier; one tier unless workers spill over. */
  readonly tiers: readonly number[]
  readonly spill: Required<SpillOptions>
  /** What a pinned worker gives to threads and processes that it starts; undefined where nothing will be pinned. */
  readonly unpinned: readonly number[] | undefined
  /** Resolves when all workers that have begun are pinned; rejects if the pins are strict and one is missing. */
  settled(): Promise<void>
}

let machine: Topology | undefined

/** This machine, read once. */
export function thisMachine(): Topology {
  return (machine ??= readMachine(detectMachine()))
}

/** @throws TypeError or RangeError on a wrong option; an error with code `ERR_PINNING` if pins are strict and nothing can pin. */
export async function planPinning(
  { strict = false, spill = {}, ...options }: PinningOptions,
  workers: number | 'auto',
): Promise<Plan> {
  const topology = thisMachine()
  const placement = placeWorkers(topology, workers === 'auto' ? options : { ...options, workers })
  const affinity = await findAffinity()
  const pinner = new Pinner({ placement, affinity, files: detectMachine().files('/') })
  if (pinner.binds) await warmThreads()
  return {
    workers: placement.places.length,
    topology,
    placement,
    backend: affinity.backend,
    pinner,
    stealOrders: stealOrders(topology, placement),
    tiers: tierEnds(placement),
    spill: {
      thresholds: spill.thresholds ?? [0.8, 0.9],
      window: spill.window ?? 50,
      dwell: spill.dwell ?? 100,
    },
    unpinned: pinner.binds ? allowedCpus(topology).map(({ cpu }) => cpu) : undefined,
    async settled() {
      await pinner.settled()
      const statuses = pinner.status()
      if (!strict || statuses.every(({ applied }) => applied !== 'none')) return
      throw plainError(
        'ERR_PINNING',
        `pinning is strict, and not every worker is pinned: ${summaryOf(statuses)}. ` +
          'Install the optional package koffi, or taskset (util-linux), or leave strict out',
      )
    },
  }
}

function tierEnds({ strategy, places }: Placement): number[] {
  if (strategy !== 'tiered-spillover') return [places.length]
  const ends = places.flatMap(({ tier }, at) => (places[at + 1]?.tier === tier ? [] : [at + 1]))
  // More tiers than the header has room for end as one.
  return ends.length <= MAX_TIERS ? ends : [...ends.slice(0, MAX_TIERS - 1), places.length]
}
