// What one awaited job costs, one at a time, hot.
import { expectAnswer } from '../benchmark.ts'
import type { Benchmark, Entry, Metric, Target } from '../benchmark.ts'
import { timeBatches, timeBatchesAsync } from '../harness/batch.ts'
import type { BatchPlan } from '../harness/batch.ts'
import { tinyTask } from '../rivals/pool-tasks.ts'
import { FLOOR, roundTrips } from '../rivals/round-trips.ts'
import { taskPools } from '../rivals/task-pools.ts'
import type { PoolForm } from '../rivals/task-pools.ts'
import { WORKERS, sharedSystem, warmUpAsync } from '../spillway-system.ts'
import { odd } from './jobs.kernels.ts'

const PLAN: BatchPlan = { calls: 100, batches: 10, warmUpMs: 20 }
const SERIAL = 'serial call'
const SPILLWAY = 'await jobs.run'

/** Answers are 1, 3, 5, …: their sum is the square of their number. */
async function sumOfCalls(
  name: string,
  calls: number,
  call: (item: number) => PromiseLike<unknown>,
): Promise<void> {
  let sum = 0
  for (let item = 0; item < calls; item++) sum += Number(await call(item))
  expectAnswer(`${name}: sum`, sum, calls * calls)
}

const serial: Entry = {
  name: SERIAL,
  role: 'baseline',
  open: () => {
    const sample = () =>
      timeBatches(PLAN, (calls) => {
        let sum = 0
        for (let item = 0; item < calls; item++) sum += tinyTask(item)
        expectAnswer(`${SERIAL}: sum`, sum, calls * calls)
      })
    return { sample }
  },
}

const system = sharedSystem(WORKERS)

const spillway: Entry = {
  name: SPILLWAY,
  role: 'spillway',
  open: async () => {
    const jobs = await system.acquire()
    const sample = async () => {
      await warmUpAsync(jobs)
      return timeBatchesAsync(PLAN, (calls) =>
        sumOfCalls(SPILLWAY, calls, (item) => jobs.run(odd, item)),
      )
    }
    return { sample, close: system.release }
  },
}

function taskPool(form: PoolForm): Entry {
  const name = `${form.name}, one task`
  const open = async () => {
    const pool = await form.start()
    const options = { name: 'tinyTask' }
    const sample = () =>
      timeBatchesAsync(PLAN, (calls) => sumOfCalls(name, calls, (item) => pool.run(item, options)))
    return { sample, close: () => pool.close() }
  }
  return { name, role: 'rival', open }
}

const metric: Metric = {
  key: 'us',
  title: 'one job',
  unit: 'us',
  comparison: 'ratio',
  references: [FLOOR, SERIAL],
  best: 'bestUs',
}

const target: Target = {
  row: 'tiny await jobs.run',
  must: '<= 1.3x one Atomics.waitAsync round trip',
  entry: SPILLWAY,
  metric: 'us',
  against: FLOOR,
  comparison: 'ratio',
  limit: 1.3,
  better: 'low',
}

export const run: Benchmark = {
  name: 'run',
  summary: 'awaited jobs that do nothing, one at a time: us per job',
  notes: [
    `A sample is the median of ${PLAN.batches} batches of ${PLAN.calls} awaited jobs; best is the fastest batch.`,
    'A job takes a number and returns one; a round trip of Atomics.waitAsync carries nothing.',
  ],
  experiments: [
    {
      name: 'round-trip',
      title: 'one awaited job',
      metrics: [metric],
      entries: [serial, spillway, ...roundTrips(PLAN), ...taskPools.map(taskPool)],
      targets: [target],
      rounds: 20,
      warmUps: 2,
    },
  ],
}
