// What one empty blocking loop costs, hot.
import type { Benchmark, Entry, Experiment, Metric, Target } from '../benchmark.ts'
import { timeBatches } from '../harness/batch.ts'
import type { BatchPlan } from '../harness/batch.ts'
import { openMp } from '../rivals/openmp.ts'
import { RawPool } from '../rivals/raw-atomics.ts'
import { emptyLoop } from '../rivals/raw-atomics.words.ts'
import { sharedSystem, warmUpSync } from '../spillway-system.ts'
import { checkDispatch } from './dispatch-check.ts'
import { empty } from './dispatch.kernels.ts'

const PLAN: BatchPlan = { calls: 500, batches: 20, warmUpMs: 20 }
const SERIAL = 'serial loop'
const OPENMP = 'OpenMP static'

function serial(n: number): Entry {
  const sample = () => timeBatches(PLAN, (calls) => serialCalls(n, calls))
  return { name: SERIAL, role: 'baseline', open: () => ({ sample }) }
}

function serialCalls(n: number, calls: number): void {
  for (let call = 0; call < calls; call++) emptyLoop(0, n)
}

const system = sharedSystem()

function spillway(n: number): Entry {
  const open = async () => {
    const jobs = await system.acquire()
    const hits = jobs.int32(n)
    const sample = () => {
      warmUpSync(jobs)
      checkDispatch(jobs, hits)
      return timeBatches(PLAN, (calls) => {
        for (let call = 0; call < calls; call++) jobs.parallelForSync(n, empty)
      })
    }
    return { sample, close: system.release }
  }
  return { name: 'spillway', role: 'spillway', open }
}

/** The same loop cut in two fixed halves, whatever the adaptive schedule thinks of it. */
function spillwayStatic(n: number): Entry {
  const open = async () => {
    const jobs = await system.acquire()
    const hits = jobs.int32(n)
    const options = { schedule: 'static', grain: Math.ceil(n / 2) } as const
    const sample = () => {
      warmUpSync(jobs)
      checkDispatch(jobs, hits)
      return timeBatches(PLAN, (calls) => {
        for (let call = 0; call < calls; call++) jobs.parallelForSync(n, empty, undefined, options)
      })
    }
    return { sample, close: system.release }
  }
  return { name: 'spillway static, two chunks', role: 'spillway', open }
}

function rawAtomics(n: number, blocking: boolean): Entry {
  const open = async () => {
    const pool = await RawPool.start()
    const sample = () => {
      pool.hot({ notify: blocking })
      const times = timeBatches(PLAN, (calls) => {
        if (blocking) pool.forBlocking(n, calls)
        else pool.forSpinning(n, calls)
      })
      pool.cold({ notify: false })
      return times
    }
    return { sample, close: () => pool.close() }
  }
  const how = blocking ? 'caller in Atomics.wait' : 'both spin'
  return { name: `raw Atomics, ${how}`, role: 'rival', open }
}

function openMpStatic(n: number): Entry {
  const open = async () => {
    const rival = await openMp.acquire()
    const sample = async () => {
      const [us, bestUs] = await rival.ask(`dispatch ${n} ${PLAN.calls} ${PLAN.batches}`)
      return { us: us, bestUs: bestUs }
    }
    return { sample, close: openMp.release }
  }
  return { name: OPENMP, role: 'rival', open }
}

const metric: Metric = {
  key: 'us',
  title: 'one call',
  unit: 'us',
  comparison: 'ratio',
  references: [OPENMP, SERIAL],
  best: 'bestUs',
}

function target(n: number): Target {
  return {
    row: `empty parallelForSync, 2 threads, N = ${n}`,
    must: '<= OpenMP',
    entry: 'spillway',
    metric: 'us',
    against: OPENMP,
    comparison: 'ratio',
    limit: 1,
    better: 'low',
  }
}

function experiment(n: number): Experiment {
  return {
    name: `n=${n}`,
    title: `empty loop over ${n}`,
    metrics: [metric],
    entries: [
      serial(n),
      spillway(n),
      spillwayStatic(n),
      rawAtomics(n, false),
      rawAtomics(n, true),
      openMpStatic(n),
    ],
    targets: [target(n)],
    rounds: 25,
    warmUps: 2,
  }
}

export const dispatchSync: Benchmark = {
  name: 'dispatch-sync',
  summary: 'empty parallelForSync on two threads, hot: us per call',
  notes: [
    `A sample is the median of ${PLAN.batches} batches of ${PLAN.calls} calls; best is the fastest batch of all.`,
    'In the raw Atomics rows and in OpenMP both threads must meet in every call; Spillway may end a loop on one thread.',
  ],
  experiments: [experiment(2), experiment(1000)],
}
