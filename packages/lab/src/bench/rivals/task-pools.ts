// The two well-known task pools, each as it comes and tuned. Two workers each, started before anything is measured.
//
// Tuned means: many tasks may share a worker (both pools then stop handing out one task at a time, which is what a
// thousand small tasks need), no timing histogram, workers reused. The waiting stays on Atomics in both, their default:
// without it, and with piscina's asynchronous form, one call and a thousand calls were slower here.
import { Unavailable } from '../benchmark.ts'

export const POOL_THREADS = 2
const SHARED_BY_TASKS = 1024

/** What the suite needs of a pool: run the named task of `pool-tasks.ts`. */
export interface TaskPool {
  run(task: unknown, options: { name: string }): Promise<unknown>
  close(): Promise<void>
}

export interface PoolForm {
  readonly name: string
  start(): Promise<TaskPool>
}

const filename = new URL('./pool-tasks.js', import.meta.url).href
const threads = { minThreads: POOL_THREADS, maxThreads: POOL_THREADS }

export async function startPiscina(tuning: object): Promise<TaskPool> {
  const { Piscina } = await import('piscina').catch(notInstalled)
  const pool = new Piscina({ filename, ...threads, ...tuning })
  await settle((name) => pool.run(undefined, { name }))
  return { run: (task, options) => pool.run(task, options), close: () => pool.destroy() }
}

export async function startTinypool(tuning: object): Promise<TaskPool> {
  const { Tinypool } = await import('tinypool').catch(notInstalled)
  const pool = new Tinypool({ filename, ...threads, ...tuning })
  await settle((name) => pool.run(undefined, { name }))
  return { run: (task, options) => pool.run(task, options), close: () => pool.destroy() }
}

function notInstalled(cause: unknown): never {
  throw new Unavailable('the package is not installed', { cause })
}

/** Enough tasks at once that every worker has loaded the module before the first sample. */
async function settle(run: (name: string) => Promise<unknown>): Promise<void> {
  for (let round = 0; round < 5; round++) {
    await Promise.all(Array.from({ length: POOL_THREADS * 2 }, () => run('noTask')))
  }
}

const WARM_UP_MS = 20

/** As long as the other entries are warmed before their samples. */
export async function warmUpPool(pool: TaskPool): Promise<void> {
  const until = performance.now() + WARM_UP_MS
  const task = { name: 'noTask' }
  do await Promise.all([pool.run(undefined, task), pool.run(undefined, task)])
  while (performance.now() < until)
}

export const taskPools: readonly PoolForm[] = [
  { name: 'piscina', start: () => startPiscina({}) },
  {
    name: 'piscina tuned',
    start: () => startPiscina({ concurrentTasksPerWorker: SHARED_BY_TASKS, recordTiming: false }),
  },
  { name: 'tinypool', start: () => startTinypool({}) },
  {
    name: 'tinypool tuned',
    start: () =>
      startTinypool({ concurrentTasksPerWorker: SHARED_BY_TASKS, isolateWorkers: false }),
  },
]
