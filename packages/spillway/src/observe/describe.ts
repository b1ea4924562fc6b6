/** A system's description, for people and for bug reports. */
import type { SharedHeap } from '../heap/heap.ts'
import type { Cores, Host } from '../host/host.ts'
import { schedulerBytes } from '../layout/layout.ts'
import { VERSION } from '../version.ts'

export interface SystemDescription {
  readonly version: string
  readonly name: string
  readonly runtime: string
  readonly cores: Cores
  readonly workers: { readonly count: number; readonly ready: number }
  readonly pinning: string
  readonly heap: {
    readonly bytes: number
    readonly maximumBytes: number
    readonly usedBytes: number
    readonly freeBytes: number
    readonly schedulerBytes: number
  }
}

export interface Described {
  readonly name: string
  readonly host: Host
  readonly workers: number
  readonly living: number
  readonly heap: SharedHeap
}

export function describeSystem(system: Described): SystemDescription {
  const { heap, host, workers } = system
  const description: SystemDescription = {
    version: VERSION,
    name: system.name,
    runtime: host.name,
    cores: host.cores(),
    workers: { count: workers, ready: system.living },
    pinning: 'not pinned: this version places no threads',
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

function text({
  name,
  version,
  runtime,
  cores,
  workers,
  pinning,
  heap,
}: SystemDescription): string {
  const quota = cores.quota === null ? 'no quota' : `quota ${cores.quota} cores`
  return [
    `JobSystem "${name}" (spillway ${version}, ${runtime})`,
    `  cores    ${cores.usable} usable (${cores.allowed} allowed, ${quota})`,
    `  workers  ${workers.ready} of ${workers.count} ready; ${pinning}`,
    `  heap     ${mib(heap.usedBytes)} used, ${mib(heap.freeBytes)} free, ${mib(heap.maximumBytes)} at most; ${mib(heap.schedulerBytes)} scheduler state`,
  ].join('\n')
}

function mib(bytes: number): string {
  return `${(bytes / 1048576).toFixed(bytes < 104857600 ? 2 : 0)} MiB`
}
