// How well jobs are balanced of which one in ten is 100 times heavier: serial time / (threads x parallel time).
import type { JobSystem } from 'spillway'
import { expectAnswer } from '../benchmark.ts'
import type { Benchmark, Entry, Experiment, Metric, Target } from '../benchmark.ts'
import { openMp } from '../rivals/openmp.ts'
import { taskPools, warmUpPool } from '../rivals/task-pools.ts'
import type { PoolForm, TaskPool } from '../rivals/task-pools.ts'
import { THREADS, WORKERS, sharedSystem, warmUpAsync } from '../spillway-system.ts'
import { BLOCKS, ITEMS_PER_BLOCK, blockSum, serialSum } from './imbalanced-work.ts'
import { frontBlock, joinBlocks, spawnBlocks, spreadBlock } from './imbalanced-jobs.kernels.ts'

const SERIAL = 'serial loop'
const SERIAL_C = 'serial C'
const OPENMP = 'OpenMP dynamic'
const TUNED = 'piscina tuned'

function serialBlocks(spread: boolean): number {
  let sum = 0
  for (let block = 0; block < BLOCKS; block++) sum += blockSum(block, spread)
  return sum
}

function checked(name: string, ms: number, sum: number, expected: number) {
  expectAnswer(`${name}: sum of the work`, sum, expected)
  return { ms }
}

function serial(spread: boolean): Entry {
  const open = () => {
    const expected = serialSum(spread)
    const sample = () => {
      const start = performance.now()
      const sum = serialBlocks(spread)
      return checked(SERIAL, performance.now() - start, sum, expected)
    }
    return { sample }
  }
  return { name: SERIAL, role: 'baseline', open }
}

const system = sharedSystem(WORKERS)
/**
 * In the first dozens of rounds V8 still compiles what runs once a round, on threads of its own. Those take cpus from the workers: a
 * round of 10 ms then takes 14 to 20.
 */
const WARM_UPS = 60

type Run = (jobs: JobSystem, spread: boolean) => PromiseLike<number>

const RUN_MANY = 'runMany, a job per block'
const runs: readonly (readonly [name: string, run: Run])[] = [
  [
    RUN_MANY,
    async (jobs, spread) => {
      const sums = await jobs.runMany(spread ? spreadBlock : frontBlock, BLOCKS)
      return sums.reduce((total, sum) => total + sum, 0)
    },
  ],
  ['spawned from one job', (jobs, spread) => jobs.run(spawnBlocks, { spread })],
  ['joined by halves', (jobs, spread) => jobs.run(joinBlocks, { start: 0, end: BLOCKS, spread })],
]

function spillway(name: string, run: Run, spread: boolean): Entry {
  const open = async () => {
    const jobs = await system.acquire()
    const expected = serialSum(spread)
    const sample = async () => {
      await warmUpAsync(jobs)
      const start = performance.now()
      const sum = await run(jobs, spread)
      return checked(name, performance.now() - start, sum, expected)
    }
    return { sample, close: system.release }
  }
  return { name, role: 'spillway', open }
}

function native(name: string, schedule: string, spread: boolean): Entry {
  const command = `imbalanced ${BLOCKS} ${ITEMS_PER_BLOCK} ${spread ? 1 : 0} ${schedule}`
  const open = async () => {
    const rival = await openMp.acquire()
    const expected = serialSum(spread)
    const sample = async () => {
      const [ms, sum] = await rival.ask(command)
      return checked(name, ms, sum, expected)
    }
    return { sample, close: openMp.release }
  }
  return { name, role: 'rival', open }
}

function taskPool(form: PoolForm, spread: boolean): Entry {
  const name = `${form.name}, a task per block`
  const open = async () => {
    const pool = await form.start()
    const expected = serialSum(spread)
    const sample = async () => {
      await warmUpPool(pool)
      const start = performance.now()
      const sum = await sumOfBlocks(pool, spread)
      return checked(name, performance.now() - start, sum, expected)
    }
    return { sample, close: () => pool.close() }
  }
  return { name, role: 'rival', open }
}

async function sumOfBlocks(pool: TaskPool, spread: boolean): Promise<number> {
  const options = { name: 'blockTask' }
  const tasks = Array.from({ length: BLOCKS }, (_, block) => pool.run({ block, spread }, options))
  let sum = 0
  for (const answer of await Promise.all(tasks)) sum += Number(answer)
  return sum
}

const metric: Metric = {
  key: 'ms',
  title: `${BLOCKS} blocks`,
  unit: 'ms',
  comparison: 'speedup',
  comparisonTitle: 'efficiency',
  per: THREADS,
  references: [SERIAL],
  ownReference: { [OPENMP]: SERIAL_C },
}

function target(where: string): Target {
  return {
    row: `imbalanced jobs, one in ten 100x heavier, ${where}`,
    must: '>= 0.9 of ideal',
    entry: RUN_MANY,
    metric: 'ms',
    against: SERIAL,
    comparison: 'speedup',
    per: THREADS,
    limit: 0.9,
    better: 'high',
  }
}

function experiment(name: string, spread: boolean): Experiment {
  const where = spread ? 'heavy ones spread out' : 'heavy ones first'
  return {
    name,
    title: `one job in ten 100x heavier, ${where}`,
    metrics: [metric],
    entries: [
      serial(spread),
      ...runs.map(([entry, run]) => spillway(entry, run, spread)),
      native(SERIAL_C, 'serial', spread),
      native(OPENMP, 'dynamic', spread),
      ...taskPools.filter((form) => form.name === TUNED).map((form) => taskPool(form, spread)),
    ],
    targets: [target(where)],
    rounds: 20,
    warmUps: WARM_UPS,
  }
}

export const imbalancedJobs: Benchmark = {
  name: 'imbalanced-jobs',
  summary: 'jobs of which one in ten is 100x heavier: efficiency against the ideal',
  notes: [
    `${BLOCKS} blocks of ${ITEMS_PER_BLOCK} items; efficiency = serial time / (${THREADS} x parallel time).`,
    'The light job takes a few microseconds. OpenMP runs the same work as a loop and is compared with the serial C loop.',
  ],
  experiments: [experiment('spread', true), experiment('front', false)],
}
