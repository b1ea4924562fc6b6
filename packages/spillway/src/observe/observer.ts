/** What knows the machine and describes a system: loaded while the workers start, or before them if they are to be pinned. */
import type { ResolvedStart } from '../start-options.ts'
import type { Plan } from '../topology/plan.ts'
import type * as Describe from './describe.ts'

export interface Observer {
  readonly loading: Promise<typeof Describe>
  /** Where workers go; null if that is left to the operating system. */
  readonly plan: Plan | null
}

/** Rejects on options that this machine cannot fulfil. */
export async function observe({ pinning, workers }: ResolvedStart): Promise<Observer> {
  const loading = import('./describe.ts')
  return { loading, plan: pinning && (await (await loading).planPinning(pinning, workers)) }
}
