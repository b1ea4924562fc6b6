// What one empty awaited loop costs, one at a time.
import type { Benchmark, Entry, Experiment, Metric, Target } from '../benchmark.ts'
import { timeBatches, timeBatchesAsync } from '../harness/batch.ts'
import type { BatchPlan } from '../harness/batch.ts'
import { FLOOR, roundTrips } from '../rivals/round-trips.ts'
import { emptyLoop } from '../rivals/raw-atomics.words.ts'
import { taskPools } from '../rivals/task-pools.ts'
import type { PoolForm, TaskPool } from '../rivals/task-pools.ts'
import { sharedSystem, warmUpAsync } from '../spillway-system.ts'
import { checkDispatchAsync } from './dispatch-check.ts'
import { empty } from './dispatch.kernels.ts'

const PLAN: BatchPlan = { calls: 100, batches: 10, warmUpMs: 20 }
const SERIAL = 'serial loop'

function serial(n: number): Entry {
  const sample = () =>
    timeBatches(PLAN, (calls) => {
      for (let call = 0; call < calls; call++) emptyLoop(0, n)
    })
  return { name: SERIAL, role: 'baseline', open: () => ({ sample }) }
}

const system = sharedSystem()

function spillway(n: number): Entry {
  const open = async () => {
    const jobs = await system.acquire()
    const hits = jobs.int32(n)
    const sample = async () => {
      await warmUpAsync(jobs)
      await checkDispatchAsync(jobs, hits)
      return timeBatchesAsync(PLAN, async (calls) => {
        for (let call = 0; call < calls; call++) await jobs.parallelFor(n, empty)
      })
    }
    return { sample, close: system.release }
  }
  return { name: 'spillway', role: 'spillway', open }
}

function taskPool(form: PoolForm): Entry {
  const open = async () => {
    const pool = await form.start()
    const sample = () => timeBatchesAsync(PLAN, (calls) => emptyTasks(pool, calls))
    return { sample, close: () => pool.close() }
  }
  return { name: `${form.name}, one task`, role: 'rival', open }
}

async function emptyTasks(pool: TaskPool, calls: number): Promise<void> {
  const options = { name: 'noTask' }
  for (let call = 0; call < calls; call++) await pool.run(undefined, options)
}

const metric: Metric = {
  key: 'us',
  title: 'one call',
  unit: 'us',
  comparison: 'ratio',
  references: [FLOOR, SERIAL],
  best: 'bestUs',
}

function target(n: number): Target {
  return {
    row: `empty await parallelFor, N = ${n}`,
    must: '<= 1.3x one Atomics.waitAsync round trip',
    entry: 'spillway',
    metric: 'us',
    against: FLOOR,
    comparison: 'ratio',
    limit: 1.3,
    better: 'low',
  }
}

function experiment(n: number): Experiment {
  return {
    name: `n=${n}`,
    title: `empty awaited loop over ${n}`,
    metrics: [metric],
    entries: [serial(n), spillway(n), ...roundTrips(PLAN), ...taskPools.map(taskPool)],
    targets: [target(n)],
    rounds: 20,
    warmUps: 2,
  }
}

export const dispatchAsync: Benchmark = {
  name: 'dispatch-async',
  summary: 'empty awaited parallelFor, one at a time: us per call',
  notes: [
    `A sample is the median of ${PLAN.batches} batches of ${PLAN.calls} awaited calls; best is the fastest batch.`,
    'The rivals run one empty task, whatever N is: they have no loop.',
  ],
  experiments: [experiment(2), experiment(1000)],
}
