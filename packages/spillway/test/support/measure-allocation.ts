/**
 * Prints, as JSON, the JavaScript heap bytes that warmed sync calls leave behind: the least of a few rounds, the last of which
 * was below LIMIT bytes per call if any was. Run it with --expose-gc and a young space so large that nothing is collected meanwhile.
 *
 *     measure-allocation.js LIMIT
 */
import { PerformanceObserver } from 'node:perf_hooks'
import { setTimeout as delay } from 'node:timers/promises'
import { JobSystem } from 'spillway'
import { readClock } from '../../src/host/clock.ts'
import { count, countRange } from './loop.kernels.ts'
import { sumOf } from './reduce.kernels.ts'

const ROUNDS = 5
const limit = Number(process.argv[2])

const jobs = await JobSystem.start({ workers: 2 })
const args = { counts: jobs.int32(20_000), base: 0 }
const values = { values: jobs.float64(20_000) }
const options = { grain: 8 }
const short = [0, 64] as const
const long = [0, 20_000] as const
const times = new Float64Array(2)

/** What to call, and how often: long loops are shared with workers, short ones run in the calling thread. */
const SUBJECTS: readonly (readonly [name: string, calls: number, run: () => void])[] = [
  ['short each loop', 100_000, () => jobs.parallelForSync(short, count, args, options)],
  ['short range loop', 100_000, () => jobs.parallelForSync(short, countRange, args, options)],
  ['short chunked loop', 100_000, () => jobs.parallelForChunksSync(short, 16, countRange, args)],
  ['short reduction', 100_000, () => jobs.parallelReduceSync(short, sumOf, values)],
  ['look at the clock', 200_000, () => readClock(times, 1)],
  ['long loop', 3000, () => jobs.parallelForSync(long, countRange, args)],
]

let collections = 0
new PerformanceObserver((list) => (collections += list.getEntries().length)).observe({
  entryTypes: ['gc'],
})
const collect = (globalThis as unknown as { gc: () => void }).gc

interface Measured {
  readonly calls: number
  /** Calls that workers could join. */
  readonly shared: number
  readonly bytes: number
  readonly collections: number
}

async function measure(calls: number, run: () => void): Promise<Measured> {
  collect()
  await delay(10)
  collections = 0
  const { shared } = jobs.metrics().calls
  const before = process.memoryUsage().heapUsed
  for (let call = 0; call < calls; call++) run()
  const bytes = process.memoryUsage().heapUsed - before
  await delay(10)
  return { calls, shared: jobs.metrics().calls.shared - shared, bytes, collections }
}

const results: Record<string, Measured> = {}
for (const [name, calls, run] of SUBJECTS) {
  for (let call = 0; call < Math.max(2000, calls / 4); call++) run()
  // What every call allocates shows in every round. What the engine does once (compiling) does not, nor what a busy machine makes
  // of it: times that vary are taken more often.
  let least = await measure(calls, run)
  for (let round = 1; round < ROUNDS && least.bytes >= limit * calls; round++) {
    const again = await measure(calls, run)
    if (again.bytes < least.bytes) least = again
  }
  results[name] = least
}
console.log(JSON.stringify(results))
await jobs.close()
