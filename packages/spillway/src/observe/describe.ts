/** A system's description, for people and for bug reports. In a file of its own: nothing needs it before the workers run. */
import type { SharedHeap } from '../heap/heap.ts'
import type { Cores, Host } from '../host/host.ts'
import { schedulerBytes } from '../layout/layout.ts'
import { summariseMachine } from '../topology/summary.ts'
import type { Topology } from '../topology/model.ts'
import { summaryOf } from '../topology/pinner.ts'
import type { PinStatus } from '../topology/pinner.ts'
import { placeWorkers } from '../topology/place.ts'
import type { Placement } from '../topology/place.ts'
import { thisMachine } from '../topology/plan.ts'
import type { Plan } from '../topology/plan.ts'

export { planPinning } from '../topology/plan.ts'

export interface PinningDescription {
  /** One line for people: `pinned 6 of 8; …`. */
  readonly summary: string
  /** What binds threads here, null if nothing does or none were to be bound. */
  readonly backend: string | null
  /** What the system says of each worker now; empty if pinning is `'none'`. */
  readonly workers: readonly PinStatus[]
}

export interface SystemDescription {
  readonly version: string
  readonly name: string
  readonly runtime: string
  /** Why everything runs in the calling thread; null where workers can run. */
  readonly serial: string | null
  readonly cores: Cores
  readonly topology: Topology
  readonly workers: { readonly count: number; readonly ready: number }
  readonly placement: Placement
  readonly pinning: PinningDescription
  readonly heap: {
    readonly bytes: number
    readonly maximumBytes: number
    readonly usedBytes: number
    readonly freeBytes: number
    readonly schedulerBytes: number
  }
  /** All of it as a text for people. */
  toString(): string
}

/** A pool, as far as it is described. */
export interface Described {
  readonly version: string
  readonly living: number
  readonly setup: {
    readonly name: string
    readonly host: Host
    readonly workers: number
    readonly heap: SharedHeap
    readonly plan: Plan | null
  }
}

export function describeSystem({ version, living, setup }: Described): SystemDescription {
  const { name, heap, host, workers, plan } = setup
  const topology = plan?.topology ?? thisMachine()
  const description: SystemDescription = {
    version,
    name,
    runtime: host.name,
    serial: host.serial?.reason ?? null,
    cores: host.cores(),
    topology,
    workers: { count: workers, ready: living },
    placement: plan?.placement ?? placeWorkers(topology, { workers }),
    pinning: describePinning(plan),
    heap: {
      bytes: heap.bytes,
      maximumBytes: heap.maximumBytes,
      usedBytes: heap.usedBytes,
      freeBytes: heap.freeBytes,
      schedulerBytes: schedulerBytes(workers),
    },
  }
  Object.defineProperty(description, 'toString', { value: () => text(description) })
  return description
}

function describePinning(plan: Plan | null): PinningDescription {
  if (plan === null) return { summary: "not pinned: pinning is 'none'", backend: null, workers: [] }
  const workers = plan.pinner.status()
  return { summary: summaryOf(workers), backend: plan.backend, workers }
}

/** Workers of which the text tells. */
const MOST_WORKERS = 32

function text(description: SystemDescription): string {
  const { name, version, runtime, serial, cores, topology, workers, placement, pinning, heap } =
    description
  const quota = cores.quota === null ? 'no quota' : `quota ${cores.quota} cores`
  const { strategy, order, filter, pin } = placement
  const more = pinning.workers.length - MOST_WORKERS
  return [
    `JobSystem "${name}" (spillway ${version}, ${runtime})`,
    ...(serial === null ? [] : [`  serial   ${serial}`]),
    `  cores    ${cores.usable} usable (${cores.allowed} allowed, ${quota})`,
    `  machine  ${summariseMachine(topology)}`,
    ...topology.notes.map((note) => `           ${note}`),
    `  workers  ${workers.ready} of ${workers.count} ready; placed ${strategy} (order ${order}, filter ${filter}, pin ${pin})`,
    ...placement.notes.map((note) => `           ${note}`),
    `  pinning  ${pinning.summary}${pinning.backend === null ? '' : ` (by ${pinning.backend})`}`,
    ...pinning.workers.slice(0, MOST_WORKERS).map(workerLine),
    ...(more > 0 ? [`           and ${more} more`] : []),
    `  heap     ${mib(heap.usedBytes)} used, ${mib(heap.freeBytes)} free, ${mib(heap.maximumBytes)} at most; ${mib(heap.schedulerBytes)} scheduler state`,
  ].join('\n')
}

function workerLine({ worker, text: said, lastCpu }: PinStatus): string {
  return `           worker ${worker}  ${said}${lastCpu === null ? '' : `, last on cpu ${lastCpu}`}`
}

function mib(bytes: number): string {
  return `${(bytes / 1048576).toFixed(bytes < 104857600 ? 2 : 0)} MiB`
}
