// Bytes of JavaScript heap one call leaves behind in steady state. Run with --expose-gc and a young generation large
// enough that no collection happens between the two readings; and with the kind of call.
import { getHeapStatistics } from 'node:v8'
import type { JobSystem } from 'spillway'
import { empty } from '../problems/dispatch.kernels.ts'
import { heavyWorkSum } from '../problems/heavy-work.kernels.ts'
import { answer } from './answer.ts'

const WORKERS = 2
const CALLS = 300_000
const kind = process.argv[2] ?? ''
const args = { depth: 1 }

/** The caller's own literals are made once, outside: only what the library allocates is counted. */
const loops: Record<string, (jobs: JobSystem, calls: number) => void | Promise<void>> = {
  none: () => {},
  for: (jobs, calls) => {
    for (let call = 0; call < calls; call++) jobs.parallelForSync(1000, empty)
  },
  reduce: (jobs, calls) => {
    for (let call = 0; call < calls; call++) jobs.parallelReduceSync(1000, heavyWorkSum, args)
  },
  await: async (jobs, calls) => {
    for (let call = 0; call < calls; call++) await jobs.parallelFor(1000, empty)
  },
}

const loop = loops[kind]
const calls = kind === 'await' ? CALLS / 30 : CALLS
const { JobSystem: System } = await import('spillway')
const jobs = await System.start({ workers: WORKERS })
await loop(jobs, calls)
await loop(jobs, calls)
globalThis.gc?.()
const before = getHeapStatistics().used_heap_size
await loop(jobs, calls)
const after = getHeapStatistics().used_heap_size
answer({ bytes: (after - before) / calls })
await jobs.close()
