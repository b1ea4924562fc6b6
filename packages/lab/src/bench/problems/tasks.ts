// 100 k tiny items, all handed over at once: what one item costs. The task pools have no loop, so an item is a task
// there; they get fewer items, and the cost of one is what is compared.
import { expectAnswer } from '../benchmark.ts'
import type { Benchmark, Entry, Metric } from '../benchmark.ts'
import { MessagePool } from '../rivals/post-message.ts'
import { tinyTask } from '../rivals/pool-tasks.ts'
import { taskPools, warmUpPool } from '../rivals/task-pools.ts'
import type { PoolForm, TaskPool } from '../rivals/task-pools.ts'
import { WORKERS, sharedSystem, warmUpAsync, warmUpSync } from '../spillway-system.ts'
import { tinyItem } from './tasks.kernels.ts'

const ITEMS = 100_000
const CALLS = 20
const TASKS = 2_000
const MESSAGES = 20_000
const WARM_UP_MESSAGES = 2_000
const SERIAL = 'serial loop'

/** 1 + 3 + 5 + ... : the square of their number. */
function checked(entry: string, items: number, elapsedMs: number, sum: number, loops: number) {
  expectAnswer(`${entry}: sum of ${items} items`, sum, items * items)
  return { ns: (elapsedMs * 1e6) / (items * loops) }
}

function sumOf(results: Float64Array): number {
  let sum = 0
  for (let index = 0; index < results.length; index++) sum += results[index]
  return sum
}

function serialLoop(results: Float64Array): void {
  for (let index = 0; index < ITEMS; index++) results[index] = tinyTask(index)
}

const serial: Entry = {
  name: SERIAL,
  role: 'baseline',
  open: () => {
    const results = new Float64Array(ITEMS)
    const sample = () => {
      results.fill(0)
      const start = performance.now()
      for (let call = 0; call < CALLS; call++) serialLoop(results)
      return checked(SERIAL, ITEMS, performance.now() - start, sumOf(results), CALLS)
    }
    return { sample }
  },
}

const system = sharedSystem()

const sync: Entry = {
  name: 'parallelForSync',
  role: 'spillway',
  open: async () => {
    const jobs = await system.acquire()
    const results = jobs.float64(ITEMS)
    const sample = () => {
      warmUpSync(jobs)
      results.fill(0)
      const start = performance.now()
      for (let call = 0; call < CALLS; call++) jobs.parallelForSync(ITEMS, tinyItem, { results })
      return checked('parallelForSync', ITEMS, performance.now() - start, sumOf(results), CALLS)
    }
    return { sample, close: system.release }
  },
}

const awaited: Entry = {
  name: 'await parallelFor',
  role: 'spillway',
  open: async () => {
    const jobs = await system.acquire()
    const results = jobs.float64(ITEMS)
    const sample = async () => {
      await warmUpAsync(jobs)
      results.fill(0)
      const start = performance.now()
      for (let call = 0; call < CALLS; call++) await jobs.parallelFor(ITEMS, tinyItem, { results })
      return checked('await parallelFor', ITEMS, performance.now() - start, sumOf(results), CALLS)
    }
    return { sample, close: system.release }
  },
}

const messages: Entry = {
  name: 'postMessage, one per item',
  role: 'rival',
  open: async () => {
    const pool = await MessagePool.start(WORKERS)
    const sample = async () => {
      await pool.sumOfAnswers(WARM_UP_MESSAGES)
      const start = performance.now()
      const sum = await pool.sumOfAnswers(MESSAGES)
      return checked('postMessage', MESSAGES, performance.now() - start, sum, 1)
    }
    return { sample, close: () => pool.close() }
  },
}

function taskPool(form: PoolForm): Entry {
  const name = `${form.name}, one task per item`
  const open = async () => {
    const pool = await form.start()
    const sample = async () => {
      await warmUpPool(pool)
      const start = performance.now()
      const sum = await sumOfTasks(pool, TASKS)
      return checked(name, TASKS, performance.now() - start, sum, 1)
    }
    return { sample, close: () => pool.close() }
  }
  return { name, role: 'rival', open }
}

export async function sumOfTasks(pool: TaskPool, count: number): Promise<number> {
  const options = { name: 'tinyTask' }
  const tasks: Promise<unknown>[] = []
  for (let item = 0; item < count; item++) tasks.push(pool.run(item, options))
  let sum = 0
  for (const answer of await Promise.all(tasks)) sum += Number(answer)
  return sum
}

const metric: Metric = {
  key: 'ns',
  title: 'one item',
  unit: 'ns',
  comparison: 'ratio',
  references: [SERIAL],
}

export const tasks: Benchmark = {
  name: 'tasks',
  summary: '100 k tiny items: ns per item, as a loop and as tasks of a pool',
  notes: [
    `Spillway and the serial loop: ${ITEMS} items, ${CALLS} loops a sample. Pools: ${TASKS} tasks at once. postMessage: ${MESSAGES}.`,
    'No target: what a job costs that a job spawns is in `jobs`.',
  ],
  experiments: [
    {
      name: 'items',
      title: 'one tiny item',
      metrics: [metric],
      entries: [serial, sync, awaited, messages, ...taskPools.map(taskPool)],
      targets: [],
      rounds: 15,
      warmUps: 2,
    },
  ],
}
