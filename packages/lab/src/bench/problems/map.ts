// A memory-bound loop: the square root of 8 million doubles, in place. 128 MB move in every sample.
import { expectAnswer } from '../benchmark.ts'
import type { Benchmark, Entry, Metric, Target } from '../benchmark.ts'
import { shared } from '../harness/shared.ts'
import { openMp } from '../rivals/openmp.ts'
import { POOL_THREADS, taskPools, warmUpPool } from '../rivals/task-pools.ts'
import type { PoolForm, TaskPool } from '../rivals/task-pools.ts'
import { sharedSystem, warmUpSync } from '../spillway-system.ts'
import { squareRoot } from './map.kernels.ts'

const ITEMS = 8_000_000
const SERIAL = 'serial loop'
const SPILLWAY = 'spillway'
const OPENMP = 'OpenMP scalar'

function fill(items: Float64Array): void {
  for (let index = 0; index < items.length; index++) items[index] = index
}

function sumOf(items: Float64Array): number {
  let sum = 0
  for (let index = 0; index < items.length; index++) sum += items[index]
  return sum
}

function squareRootLoop(items: Float64Array): void {
  for (let index = 0; index < ITEMS; index++) {
    items[index] = Math.sqrt(items[index])
  }
}

/** The serial sum of the roots, in index order, as every entry adds them up for the check. */
function sumOfRoots(): number {
  let sum = 0
  for (let index = 0; index < ITEMS; index++) sum += Math.sqrt(index)
  return sum
}

let expected: number | undefined

function checked(entry: string, ms: number, sum: number) {
  expected ??= sumOfRoots()
  expectAnswer(`${entry}: sum of ${ITEMS} roots`, sum, expected)
  return { ms }
}

const serial: Entry = {
  name: SERIAL,
  role: 'baseline',
  open: () => {
    const items = new Float64Array(ITEMS)
    const sample = () => {
      fill(items)
      const start = performance.now()
      squareRootLoop(items)
      return checked(SERIAL, performance.now() - start, sumOf(items))
    }
    return { sample }
  },
}

const system = sharedSystem()

const spillway: Entry = {
  name: SPILLWAY,
  role: 'spillway',
  open: async () => {
    const jobs = await system.acquire()
    const items = jobs.float64(ITEMS)
    const sample = () => {
      fill(items)
      warmUpSync(jobs)
      const start = performance.now()
      jobs.parallelForSync(ITEMS, squareRoot, { items })
      return checked(SPILLWAY, performance.now() - start, sumOf(items))
    }
    return { sample, close: system.release }
  },
}

const openMpMap: Entry = {
  name: OPENMP,
  role: 'rival',
  open: async () => {
    const rival = await openMp.acquire()
    const sample = async () => {
      const [ms, sum] = await rival.ask(`map ${ITEMS}`)
      return checked(OPENMP, ms, sum)
    }
    return { sample, close: openMp.release }
  },
}

/** One array for all task pools: they are measured one after the other. */
const sharedItems = shared(
  () => new Float64Array(new SharedArrayBuffer(ITEMS * Float64Array.BYTES_PER_ELEMENT)),
  () => {},
)

function taskPool(form: PoolForm): Entry {
  const name = `${form.name}, two chunks`
  const open = async () => {
    const pool = await form.start()
    const items = await sharedItems.acquire()
    const sample = async () => {
      fill(items)
      await warmUpPool(pool)
      const start = performance.now()
      await mapInChunks(pool, items)
      return checked(name, performance.now() - start, sumOf(items))
    }
    const close = async () => {
      await sharedItems.release()
      await pool.close()
    }
    return { sample, close }
  }
  return { name, role: 'rival', open }
}

async function mapInChunks(pool: TaskPool, items: Float64Array): Promise<void> {
  const size = Math.ceil(ITEMS / POOL_THREADS)
  const tasks: Promise<unknown>[] = []
  for (let start = 0; start < ITEMS; start += size) {
    const task = { items, start, end: Math.min(start + size, ITEMS) }
    tasks.push(pool.run(task, { name: 'mapTask' }))
  }
  await Promise.all(tasks)
}

const metric: Metric = {
  key: 'ms',
  title: 'one loop',
  unit: 'ms',
  comparison: 'ratio',
  references: [OPENMP, SERIAL],
}

const target: Target = {
  row: 'memory-bound map, 8 M doubles, 2 threads',
  must: '<= 1.1x scalar OpenMP',
  entry: SPILLWAY,
  metric: 'ms',
  against: OPENMP,
  comparison: 'ratio',
  limit: 1.1,
  better: 'low',
}

export const map: Benchmark = {
  name: 'map',
  summary: 'square root of 8 M doubles in place: ms, against scalar OpenMP',
  notes: [
    'The arrays are filled anew and all threads warmed up before every sample, outside the clock.',
    'OpenMP is compiled with -fno-tree-vectorize, because V8 compiles the loop to scalar code; SIMD is another question.',
  ],
  experiments: [
    {
      name: 'sqrt',
      title: 'sqrt of 8 M doubles in place',
      metrics: [metric],
      entries: [serial, spillway, openMpMap, ...taskPools.map(taskPool)],
      targets: [target],
      rounds: 20,
      warmUps: 2,
    },
  ],
}
