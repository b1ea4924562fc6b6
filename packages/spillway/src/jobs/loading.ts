/** When jobs are loaded: a program of loops never needs them. */
import type { Host } from '../host/host.ts'

type Starter = typeof import('./starter.ts')

/** Gives the code of jobs when the first is used, if the host can load it within a call; else loads it while the workers boot. */
export async function prepareJobs(host: Host): Promise<() => Starter> {
  const later = host.loader('starter.js')
  if (later !== null) return later as () => Starter
  const starter = await import('./starter.ts')
  return () => starter
}
