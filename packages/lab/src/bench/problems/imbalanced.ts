// How well a loop is balanced when its parts are not: serial time / (threads x parallel time).
import { expectAnswer } from '../benchmark.ts'
import type { Benchmark, Entry, Experiment, Metric, Target } from '../benchmark.ts'
import { openMp } from '../rivals/openmp.ts'
import { THREADS, sharedSystem, warmUpSync } from '../spillway-system.ts'
import { BLOCKS, ITEMS, ITEMS_PER_BLOCK, serialSum, workOf } from './imbalanced-work.ts'
import { imbalancedWork } from './imbalanced.kernels.ts'

const CALLS = 4
const SERIAL = 'serial loop'
const SERIAL_C = 'serial C'
const SCHEDULES = ['adaptive', 'static', 'guided'] as const

function serialLoop(results: Float64Array, spread: boolean): void {
  for (let index = 0; index < ITEMS; index++) {
    results[index] = results[index] + workOf(index, spread)
  }
}

function sumOf(results: Float64Array): number {
  let sum = 0
  for (let index = 0; index < results.length; index++) sum += results[index]
  return sum
}

/** Each call adds to `results`, so an index that was lost or ran twice changes the sum. */
function timed(name: string, results: Float64Array, expected: number, call: () => void) {
  results.fill(0)
  const start = performance.now()
  for (let count = 0; count < CALLS; count++) call()
  const ms = (performance.now() - start) / CALLS
  expectAnswer(`${name}: sum of the work`, sumOf(results), CALLS * expected)
  return { ms }
}

function serial(spread: boolean): Entry {
  const open = () => {
    const results = new Float64Array(ITEMS)
    const expected = serialSum(spread)
    return { sample: () => timed(SERIAL, results, expected, () => serialLoop(results, spread)) }
  }
  return { name: SERIAL, role: 'baseline', open }
}

const system = sharedSystem()

function spillway(schedule: (typeof SCHEDULES)[number], spread: boolean): Entry {
  const open = async () => {
    const jobs = await system.acquire()
    const results = jobs.float64(ITEMS)
    const expected = serialSum(spread)
    const args = { results, spread }
    const options = { schedule }
    const sample = () => {
      warmUpSync(jobs)
      return timed(schedule, results, expected, () => {
        jobs.parallelForSync(ITEMS, imbalancedWork, args, options)
      })
    }
    return { sample, close: system.release }
  }
  return { name: `spillway ${schedule}`, role: 'spillway', open }
}

function native(name: string, schedule: string, spread: boolean): Entry {
  const command = `imbalanced ${BLOCKS} ${ITEMS_PER_BLOCK} ${spread ? 1 : 0} ${schedule}`
  const open = async () => {
    const rival = await openMp.acquire()
    const expected = serialSum(spread)
    const sample = async () => {
      const [ms, sum] = await rival.ask(command)
      expectAnswer(`${name}: sum of the work`, sum, expected)
      return { ms: ms }
    }
    return { sample, close: openMp.release }
  }
  return { name, role: 'rival', open }
}

const OPENMP_SCHEDULES = ['static', 'dynamic', 'guided'] as const

const metric: Metric = {
  key: 'ms',
  title: 'one loop',
  unit: 'ms',
  comparison: 'speedup',
  comparisonTitle: 'efficiency',
  per: THREADS,
  references: [SERIAL],
  ownReference: Object.fromEntries(
    OPENMP_SCHEDULES.map((schedule) => [`OpenMP ${schedule}`, SERIAL_C]),
  ),
}

function target(where: string): Target {
  return {
    row: `imbalanced loop, one chunk in ten 100x heavier, ${where}`,
    must: '>= 0.9 of ideal',
    entry: 'spillway adaptive',
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
    title: `one block in ten 100x heavier, ${where}`,
    metrics: [metric],
    entries: [
      serial(spread),
      ...SCHEDULES.map((schedule) => spillway(schedule, spread)),
      native(SERIAL_C, 'serial', spread),
      ...OPENMP_SCHEDULES.map((schedule) => native(`OpenMP ${schedule}`, schedule, spread)),
    ],
    targets: [target(where)],
    rounds: 20,
    warmUps: 2,
  }
}

export const imbalanced: Benchmark = {
  name: 'imbalanced',
  summary: 'loop where one chunk in ten is 100x heavier: efficiency against the ideal',
  notes: [
    `${BLOCKS} blocks of ${ITEMS_PER_BLOCK} items; efficiency = serial time / (${THREADS} x parallel time).`,
    'With the heavy blocks first, two equal halves can reach 0.54 at best.',
  ],
  experiments: [experiment('spread', true), experiment('front', false)],
}
