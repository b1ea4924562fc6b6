/** What knows the machine and describes a system: loaded before the workers if they are to be pinned, else when somebody asks. */
import type { Host } from '../host/host.ts'
import type { ResolvedStart } from '../start-options.ts'
import type { Plan } from '../topology/plan.ts'
import type * as Describe from './describe.ts'
import type * as Tracers from './tracer.ts'

export interface Observer {
  /** Settles while the workers start. */
  readonly describing: Promise<() => typeof Describe>
  /** Where workers go; null if that is left to the operating system. */
  readonly plan: Plan | null
  /** What makes and reads the rings of events; null if none are recorded. */
  readonly tracers: typeof Tracers | null
}

/** Rejects on options that this machine cannot fulfil. */
export async function observe(options: ResolvedStart, host: Host): Promise<Observer> {
  const { pinning, workers, traceEvents } = options
  const tracers = traceEvents === 0 ? null : await import('./tracer.ts')
  const later = pinning === null ? host.loader('describe.js') : null
  const loading =
    later === null ? import('./describe.ts').then((loaded) => () => loaded) : Promise.resolve(later)
  const describe = loading as Promise<() => typeof Describe>
  if (pinning === null) return { describing: describe, plan: null, tracers }
  return {
    describing: describe,
    tracers,
    plan: await (await describe)().planPinning(pinning, workers),
  }
}
