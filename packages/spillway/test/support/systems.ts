/** Job systems for tests: started once per file, closed after its last test. */
import { after } from 'node:test'
import { JobSystem } from 'spillway'
import type { StartOptions } from 'spillway'

/** Returns a function that gives out one system per number of workers; each starts when it is first asked for. */
export function sharedSystems(
  options: Omit<StartOptions, 'workers'> = {},
): (workers: number) => Promise<JobSystem> {
  const started = new Map<number, Promise<JobSystem>>()
  after(async () => {
    await Promise.all([...started.values()].map(async (system) => await (await system).close()))
  })
  return (workers) => {
    let system = started.get(workers)
    if (system === undefined) {
      system = JobSystem.start({ ...options, workers })
      started.set(workers, system)
    }
    return system
  }
}

/**
 * The same kernel as another value. The caller knows no estimate of its cost yet, so the next call is shared with the workers
 * instead of run in the calling thread for being short.
 */
export function fresh<K extends object>(kernel: K): K {
  return { ...kernel }
}

export type Method =
  | 'parallelFor'
  | 'parallelForSync'
  | 'parallelForAuto'
  | 'parallelForAutoSync'
  | 'parallelForChunks'
  | 'parallelForChunksSync'
  | 'parallelReduce'
  | 'parallelReduceSync'

/** Calls a method by its name, without the compiler's check of kernel against arguments. Throws or rejects: rejects. */
export async function call(jobs: JobSystem, method: Method, ...args: unknown[]): Promise<unknown> {
  return await (jobs[method] as (...args: unknown[]) => unknown).apply(jobs, args)
}

export const LOOP_FORMS = ['parallelFor', 'parallelForSync'] as const
export const AUTO_FORMS = ['parallelForAuto', 'parallelForAutoSync'] as const
export const CHUNK_FORMS = ['parallelForChunks', 'parallelForChunksSync'] as const
export const REDUCE_FORMS = ['parallelReduce', 'parallelReduceSync'] as const
export const SCHEDULES = ['adaptive', 'static', 'guided'] as const
export const HINTS = { trivial: 2, light: 4, moderate: 8, heavy: 16 } as const
