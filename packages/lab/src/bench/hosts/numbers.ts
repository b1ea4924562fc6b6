// The numbers of one host: the same program in every process and page, which begins with nothing started.
import { JobSystem } from 'spillway'
import type { StartOptions } from 'spillway'
import { expectAnswer } from '../benchmark.ts'
import { timeBatches, timeBatchesAsync } from '../harness/batch.ts'
import type { BatchPlan } from '../harness/batch.ts'
import { checkDispatch, checkDispatchAsync } from '../problems/dispatch-check.ts'
import { empty } from '../problems/dispatch.kernels.ts'
import { heavyWorkRangeSum } from '../problems/heavy-work.kernels.ts'
import { DEPTH, WORK_OF_ONE_ITEM, heavyWorkLoop } from '../problems/heavy-work.ts'
import { WORKERS, warmUpAsync, warmUpSync } from '../spillway-system.ts'

const FIRST_ITEMS = 1000
const DISPATCH_ITEMS = 1000

/** Browsers round their clocks to 20 us at most: a hundred calls make that 1 % or less. */
const PLAN: BatchPlan = { calls: 100, batches: 20, warmUpMs: 20 }

/** Whole sums: only those outgrow 32 bits, and V8 compiles the serial loop anew when its sum does. */
const WARM_UPS = 2

/** For any thread that may start a system. Closes its system. */
export async function awaitedNumbers(items: number, options: StartOptions = {}) {
  const begin = performance.now()
  const jobs = await JobSystem.start({ ...options, workers: WORKERS })
  const first = await jobs.parallelReduce(FIRST_ITEMS, heavyWorkRangeSum, { depth: DEPTH })
  const startMs = performance.now() - begin
  expectAnswer('first result', first, FIRST_ITEMS * WORK_OF_ONE_ITEM)
  expectAnswer('workers', jobs.workers, WORKERS)

  await warmUpAsync(jobs)
  await checkDispatchAsync(jobs, jobs.int32(DISPATCH_ITEMS))
  const { us } = await timeBatchesAsync(PLAN, async (calls) => {
    for (let call = 0; call < calls; call++) await jobs.parallelFor(DISPATCH_ITEMS, empty)
  })

  for (let warmUp = 0; warmUp < WARM_UPS; warmUp++) {
    timeSerial(items)
    await timeReduce(jobs, items)
  }
  const serialMs = timeSerial(items)
  const reduceMs = await timeReduce(jobs, items)
  await jobs.close()
  return { startMs, awaitUs: us, serialMs, reduceMs }
}

function timeSerial(items: number): number {
  const start = performance.now()
  const sum = heavyWorkLoop(items, DEPTH)
  const ms = performance.now() - start
  expectAnswer('sum of the serial loop', sum, items * WORK_OF_ONE_ITEM)
  return ms
}

async function timeReduce(jobs: JobSystem, items: number): Promise<number> {
  const start = performance.now()
  const sum = await jobs.parallelReduce(items, heavyWorkRangeSum, { depth: DEPTH })
  const ms = performance.now() - start
  expectAnswer('sum of parallelReduce', sum, items * WORK_OF_ONE_ITEM)
  return ms
}

/** For threads that may block. Closes its system. */
export async function blockingNumbers() {
  const jobs = await JobSystem.start({ workers: WORKERS })
  const sync2Us = timeDispatch(jobs, 2)
  const sync1000Us = timeDispatch(jobs, 1000)
  await jobs.close()
  return { sync2Us, sync1000Us }
}

function timeDispatch(jobs: JobSystem, items: number): number {
  warmUpSync(jobs)
  checkDispatch(jobs, jobs.int32(items))
  const { us } = timeBatches(PLAN, (calls) => {
    for (let call = 0; call < calls; call++) jobs.parallelForSync(items, empty)
  })
  return us
}
