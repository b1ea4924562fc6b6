// Resident memory that one more worker costs, after the pool has done its first work. Run with --expose-gc, and with:
// kind, workers.
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { DEPTH } from '../problems/heavy-work.ts'
import { answer } from './answer.ts'
import { startBareWorkers } from './bare-workers.ts'

const [, , kind, workersText] = process.argv
const workers = Number(workersText)
const SETTLE_MS = 500
const ITEMS = 1000

type Close = () => Promise<void>

/** Imports come first, so that the code a process loads once is not counted as a worker's. */
const loaders: Record<string, () => Promise<() => Promise<Close>>> = {
  spillway: async () => {
    const { JobSystem } = await import('spillway')
    const { heavyWorkSum } = await import('../problems/heavy-work.kernels.ts')
    return async () => {
      const jobs = await JobSystem.start({ workers })
      await jobs.parallelReduce(ITEMS, heavyWorkSum, { depth: DEPTH })
      return () => jobs.close()
    }
  },
  bare: async () => async () => {
    const bare = startBareWorkers(workers, ITEMS / workers, DEPTH)
    await bare.firstResult()
    return () => bare.close()
  },
  // The least a worker can be: a script without a module loader.
  script: async () => async () => {
    const source = `Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)`
    const threads = Array.from({ length: workers }, () => new Worker(source, { eval: true }))
    await Promise.all(
      threads.map((thread) => new Promise((resolve) => thread.once('online', resolve))),
    )
    return async () => {
      await Promise.all(threads.map((thread) => thread.terminate()))
    }
  },
}

async function settledMegabytes(): Promise<number> {
  globalThis.gc?.()
  await sleep(SETTLE_MS)
  return process.memoryUsage.rss() / 1024 / 1024
}

const start = await loaders[kind ?? '']()
const before = await settledMegabytes()
const close = await start()
const after = await settledMegabytes()
answer({ mb: (after - before) / workers })
await close()
