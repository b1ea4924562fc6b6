/** What knows the machine and describes a system: loaded before the workers if they are to be pinned, else when somebody asks. */
import type { Host } from '../host/host.ts'
import type { ResolvedStart } from '../start-options.ts'
import type { Plan } from '../topology/plan.ts'
import type * as Describe from './describe.ts'

export interface Observer {
  /** Settles while the workers start. */
  readonly loading: Promise<() => typeof Describe>
  /** Where workers go; null if that is left to the operating system. */
  readonly plan: Plan | null
}

/** Rejects on options that this machine cannot fulfil. */
export async function observe({ pinning, workers }: ResolvedStart, host: Host): Promise<Observer> {
  const later = pinning === null ? host.loader('describe.js') : null
  const loading =
    later === null ? import('./describe.ts').then((loaded) => () => loaded) : Promise.resolve(later)
  const describe = loading as Promise<() => typeof Describe>
  if (pinning === null) return { loading: describe, plan: null }
  return { loading: describe, plan: await (await describe)().planPinning(pinning, workers) }
}
