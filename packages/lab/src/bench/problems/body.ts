// What a per-index body costs beside the same loop written by hand, on one thread, after eight other kernels have run.
// The hand-written loops get their array as a parameter: one that V8 can take for a constant makes a loop 2.5x faster,
// which no loop of a library or of a real program has. 32 Ki items stay in the second-level cache, so neither memory nor the dispatch hides the loop.
import type { JobSystem } from 'spillway'
import { expectAnswer } from '../benchmark.ts'
import type { Benchmark, Entry, Experiment, Metric, Target } from '../benchmark.ts'
import { sharedSystem } from '../spillway-system.ts'
import { springTrap } from './body-trap.ts'
import { hash, multiplyAdd } from './body.kernels.ts'

const ITEMS = 32 * 1024
const PASSES = 200
const SERIAL = 'hand-written loop'
const A = 1.000_000_1
const B = 0.5
const KEY = 0x9e3779b9 | 0

/** A body in its three forms: filled, run `passes` times by hand, run `passes` times by Spillway. */
interface Form<V extends Float64Array | Int32Array> {
  readonly title: string
  view(): V
  heapView(jobs: JobSystem): V
  byHand(items: V, passes: number): void
  bySpillway(jobs: JobSystem, items: V, passes: number, grain: number | undefined): void
}

const doubles: Form<Float64Array> = {
  title: 'multiply-add on doubles',
  view: () => new Float64Array(ITEMS),
  heapView: (jobs) => jobs.float64(ITEMS),
  byHand: (items, passes) => {
    for (let pass = 0; pass < passes; pass++) {
      for (let i = 0; i < ITEMS; i++) items[i] = items[i] * A + B
    }
  },
  bySpillway: (jobs, items, passes, grain) => {
    const args = { items, a: A, b: B }
    const options = grain === undefined ? {} : { grain }
    for (let pass = 0; pass < passes; pass++) {
      jobs.parallelForSync(ITEMS, multiplyAdd, args, options)
    }
  },
}

const integers: Form<Int32Array> = {
  title: 'integer hash',
  view: () => new Int32Array(ITEMS),
  heapView: (jobs) => jobs.int32(ITEMS),
  byHand: (items, passes) => {
    for (let pass = 0; pass < passes; pass++) {
      for (let i = 0; i < ITEMS; i++) {
        const item = items[i]
        items[i] = (Math.imul(item ^ (item >>> 15), 0x2c1b3c6d) + KEY + i) | 0
      }
    }
  },
  bySpillway: (jobs, items, passes, grain) => {
    const args = { items, key: KEY }
    const options = grain === undefined ? {} : { grain }
    for (let pass = 0; pass < passes; pass++) jobs.parallelForSync(ITEMS, hash, args, options)
  },
}

function fill(items: Float64Array | Int32Array): void {
  for (let i = 0; i < items.length; i++) items[i] = i
}

function sumOf(items: Float64Array | Int32Array): number {
  let sum = 0
  for (let i = 0; i < items.length; i++) sum += items[i]
  return sum
}

/** Times one run of all passes and compares every item's final value, by their sum, with the serial loop's. */
function timed(name: string, items: Float64Array | Int32Array, expected: number, run: () => void) {
  fill(items)
  const start = performance.now()
  run()
  const ms = performance.now() - start
  expectAnswer(`${name}: sum of the items`, sumOf(items), expected)
  return { ns: (ms * 1e6) / (PASSES * ITEMS) }
}

function expectedSum<V extends Float64Array | Int32Array>(form: Form<V>): number {
  const items = form.view()
  fill(items)
  form.byHand(items, PASSES)
  return sumOf(items)
}

function byHand<V extends Float64Array | Int32Array>(form: Form<V>): Entry {
  const open = () => {
    const expected = expectedSum(form)
    const items = form.view()
    return { sample: () => timed(SERIAL, items, expected, () => form.byHand(items, PASSES)) }
  }
  return { name: SERIAL, role: 'baseline', open }
}

const withoutWorkers = sharedSystem(0)
const withWorkers = sharedSystem()

function bySpillway<V extends Float64Array | Int32Array>(
  form: Form<V>,
  name: string,
  grain?: number,
): Entry {
  const system = grain === undefined ? withoutWorkers : withWorkers
  const open = async () => {
    const jobs = await system.acquire()
    springTrap(jobs)
    const expected = expectedSum(form)
    const items = form.heapView(jobs)
    const run = () => form.bySpillway(jobs, items, PASSES, grain)
    return { sample: () => timed(name, items, expected, run), close: system.release }
  }
  return { name, role: 'spillway', open }
}

const NO_WORKERS = 'each, workers: 0'
const ONE_CHUNK = 'each, one chunk'

const metric: Metric = {
  key: 'ns',
  title: 'one item',
  unit: 'ns',
  comparison: 'ratio',
  references: [SERIAL],
}

function target(entry: string, title: string): Target {
  return {
    row: `per-index body, ${title}: ${entry}`,
    must: '<= 1.15x the hand-written loop',
    entry,
    metric: 'ns',
    against: SERIAL,
    comparison: 'ratio',
    limit: 1.15,
    better: 'low',
  }
}

function experiment<V extends Float64Array | Int32Array>(name: string, form: Form<V>): Experiment {
  return {
    name,
    title: form.title,
    metrics: [metric],
    entries: [byHand(form), bySpillway(form, NO_WORKERS), bySpillway(form, ONE_CHUNK, ITEMS)],
    targets: [target(NO_WORKERS, form.title), target(ONE_CHUNK, form.title)],
    rounds: 25,
    warmUps: 5,
  }
}

export const body: Benchmark = {
  name: 'body',
  summary: 'per-index body against the hand-written loop, one thread, after eight other kernels',
  notes: [
    `A sample is ${PASSES} loops over ${ITEMS} items, dispatch included.`,
    'Both loops are compiled by the same V8; the hand-written one runs on a plain array, the kernel on the shared heap.',
  ],
  experiments: [experiment('doubles', doubles), experiment('integers', integers)],
}
