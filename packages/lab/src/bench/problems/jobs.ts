// What a tiny job costs that another job spawns: a million of them from one root, and from a root on every worker. The
// task pools have no jobs that start jobs; there the program hands out the tasks, fewer of them, and the cost of one is
// what is compared.
import type { JobSystem } from 'spillway'
import { expectAnswer } from '../benchmark.ts'
import type { Benchmark, Entry, Experiment, Metric, Target } from '../benchmark.ts'
import { MessagePool } from '../rivals/post-message.ts'
import { tinyTask } from '../rivals/pool-tasks.ts'
import { POOL_THREADS, taskPools, warmUpPool } from '../rivals/task-pools.ts'
import type { PoolForm } from '../rivals/task-pools.ts'
import { WORKERS, sharedSystem, warmUpAsync } from '../spillway-system.ts'
import { spawnTicks, spawnTicksTogether, sumOfJobs, takeRan } from './jobs.kernels.ts'
import { sumOfTasks } from './tasks.ts'

const JOBS = 1_000_000
const TASKS = 2_000
const MESSAGES = 20_000
const WARM_UP_JOBS = 20_000
const SERIAL = 'serial calls'
/** 5 million jobs a second on one core. */
const MOST_NS = 200

/** `ns` is wall time; `coreNs` counts the cores that were kept busy. */
function costs(elapsedMs: number, jobs: number, cores: number) {
  const ns = (elapsedMs * 1e6) / jobs
  return { ns, coreNs: ns * cores }
}

/** Throws unless the workers together ran as many ticks. */
export async function expectRan(jobs: JobSystem, arrived: Int32Array, count: number) {
  const meeting = { arrived, parties: jobs.workers }
  const counts = await jobs.runMany(
    takeRan,
    Array.from({ length: jobs.workers }, () => meeting),
  )
  const sum = counts.reduce((total, each) => total + each, 0)
  expectAnswer(`jobs that ran on ${jobs.workers} workers`, sum, count)
}

function serialCalls(count: number): number {
  let sum = 0
  for (let item = 0; item < count; item++) sum += tinyTask(item)
  return sum
}

const serial: Entry = {
  name: SERIAL,
  role: 'baseline',
  open: () => {
    const sample = () => {
      const start = performance.now()
      const sum = serialCalls(JOBS)
      const elapsed = performance.now() - start
      expectAnswer(`${SERIAL}: sum`, sum, JOBS * JOBS)
      return costs(elapsed, JOBS, 1)
    }
    return { sample }
  },
}

const systems = [sharedSystem(1), sharedSystem(WORKERS)]

interface Form {
  readonly name: string
  readonly run: (jobs: JobSystem, arrived: Int32Array, count: number) => Promise<void>
}

const forgotten: Form = {
  name: 'empty jobs',
  run: async (jobs, arrived, count) => {
    await jobs.run(spawnTicks, count)
    arrived[0] = 0
  },
}

const together: Form = {
  name: 'empty jobs',
  run: async (jobs, arrived, count) => {
    const root = { arrived, parties: jobs.workers, count: count / jobs.workers }
    await jobs.runMany(
      spawnTicksTogether,
      Array.from({ length: jobs.workers }, () => root),
    )
  },
}

function spillway(form: Form, workers: number): Entry {
  const system = systems[workers - 1]
  const open = async () => {
    const jobs = await system.acquire()
    const arrived = jobs.int32(1)
    const sample = async () => {
      await warmUpAsync(jobs)
      await form.run(jobs, arrived, WARM_UP_JOBS)
      await expectRan(jobs, arrived, WARM_UP_JOBS)
      const start = performance.now()
      await form.run(jobs, arrived, JOBS)
      const elapsed = performance.now() - start
      await expectRan(jobs, arrived, JOBS)
      return costs(elapsed, JOBS, workers)
    }
    return { sample, close: system.release }
  }
  return { name: nameOf(form.name, workers), role: 'spillway', open }
}

function nameOf(what: string, workers: number): string {
  return `${what}, ${workers} worker${workers === 1 ? '' : 's'}`
}

function spillwaySum(workers: number): Entry {
  const system = systems[workers - 1]
  const name = nameOf('results added up', workers)
  const open = async () => {
    const jobs = await system.acquire()
    const sample = async () => {
      await warmUpAsync(jobs)
      await jobs.run(sumOfJobs, WARM_UP_JOBS)
      const start = performance.now()
      const sum = await jobs.run(sumOfJobs, JOBS)
      const elapsed = performance.now() - start
      expectAnswer(`${name}: sum`, sum, JOBS * JOBS)
      return costs(elapsed, JOBS, workers)
    }
    return { sample, close: system.release }
  }
  return { name, role: 'spillway', open }
}

const messages: Entry = {
  name: 'postMessage, one per job',
  role: 'rival',
  open: async () => {
    const pool = await MessagePool.start(WORKERS)
    const sample = async () => {
      await pool.sumOfAnswers(TASKS)
      const start = performance.now()
      const sum = await pool.sumOfAnswers(MESSAGES)
      const elapsed = performance.now() - start
      expectAnswer('postMessage: sum', sum, MESSAGES * MESSAGES)
      return costs(elapsed, MESSAGES, WORKERS)
    }
    return { sample, close: () => pool.close() }
  },
}

function taskPool(form: PoolForm): Entry {
  const name = `${form.name}, one task per job`
  const open = async () => {
    const pool = await form.start()
    const sample = async () => {
      await warmUpPool(pool)
      const start = performance.now()
      const sum = await sumOfTasks(pool, TASKS)
      const elapsed = performance.now() - start
      expectAnswer(`${name}: sum`, sum, TASKS * TASKS)
      return costs(elapsed, TASKS, POOL_THREADS)
    }
    return { sample, close: () => pool.close() }
  }
  return { name, role: 'rival', open }
}

const metrics: readonly Metric[] = [
  { key: 'ns', title: 'one job', unit: 'ns', comparison: 'ratio', references: [SERIAL] },
  {
    key: 'coreNs',
    title: 'one job, in time of a core',
    unit: 'ns',
    comparison: 'ratio',
    references: [SERIAL],
  },
]

function target(entry: string, where: string): Target {
  return {
    row: `tiny jobs, spawned from ${where}, ${entry}`,
    must: '>= 5 M/s per core (200 ns)',
    entry,
    metric: 'coreNs',
    comparison: 'none',
    limit: MOST_NS,
    better: 'low',
  }
}

function experiment(
  name: string,
  title: string,
  entries: readonly Entry[],
  targets: readonly Target[],
): Experiment {
  return { name, title, metrics, entries, targets, rounds: 10, warmUps: 4 }
}

export const jobs: Benchmark = {
  name: 'jobs',
  summary: '1 M tiny jobs, spawned from jobs: ns per job',
  notes: [
    `Spillway and the serial calls: ${JOBS} a sample. Task pools: ${TASKS}, postMessage: ${MESSAGES}, from the main thread.`,
    'Time of a core = wall time x workers. With two workers and one root, one of them does nothing but steal.',
    'An empty job adds 1 to a variable of its thread. "Results added up" also passes a number in, and waits for one back.',
  ],
  experiments: [
    experiment(
      'one-root',
      'spawned from one job',
      [
        serial,
        spillway(forgotten, 1),
        spillway(forgotten, WORKERS),
        spillwaySum(1),
        spillwaySum(WORKERS),
        messages,
        ...taskPools.map(taskPool),
      ],
      [target(nameOf(forgotten.name, 1), 'one job')],
    ),
    experiment(
      'every-worker',
      'spawned from a job on every worker',
      [serial, spillway(together, 1), spillway(together, WORKERS)],
      [target(nameOf(together.name, WORKERS), 'a job on every worker')],
    ),
  ],
}
