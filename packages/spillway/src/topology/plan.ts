/** From an option to workers on cpus: reads the machine, places, and prepares the pins. */
import { plainError } from '../errors.ts'
import { findAffinity, warmThreads } from '../host/affinity.ts'
import { detectMachine } from '../host/machine.ts'
import { readMachine } from './detect.ts'
import { allowedCpus } from './model.ts'
import type { Topology } from './model.ts'
import { Pinner, summaryOf } from './pinner.ts'
import { placeWorkers } from './place.ts'
import type { PlaceOptions, Placement } from './place.ts'

/** Placement and what becomes of it. */
export interface PinningOptions extends Omit<PlaceOptions, 'workers'> {
  /** True: `JobSystem.start` rejects with `ERR_PINNING` if a worker could not be pinned. Default false: it runs unpinned. */
  readonly strict?: boolean
}

export interface Plan {
  readonly workers: number
  readonly topology: Topology
  readonly placement: Placement
  readonly backend: string | null
  readonly pinner: Pinner
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
  { strict = false, ...options }: PinningOptions,
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
