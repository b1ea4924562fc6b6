// What a per-index body costs beside the same loop written by hand, on one thread, after eight other kernels have run.
// The hand-written loops get what the kernel gets: a record of arguments. An array or a key that V8 can take for a constant makes a loop
// up to 2.5x faster, and would compare constants with arguments, not loops. 32 Ki items stay in the second-level cache, so neither memory
// nor the dispatch hides the loop.
import type { JobSystem } from 'spillway'
import { expectAnswer } from '../benchmark.ts'
import type { Benchmark, Entry, Experiment, Metric, Target } from '../benchmark.ts'
import { sharedSystem } from '../spillway-system.ts'
import { springTrap } from './body-trap.ts'
import { hash, multiplyAdd } from './body.kernels.ts'
import type { HashArguments, MultiplyAddArguments } from './body.kernels.ts'

const ITEMS = 32 * 1024
const PASSES = 200
const SERIAL = 'hand-written loop'

/** A body in its two forms, both of which run `passes` times over the items of a record of arguments. */
interface Form<A extends MultiplyAddArguments | HashArguments> {
  readonly title: string
  /** An array of the process. */
  own(): A
  /** The same on the heap of a system. */
  shared(jobs: JobSystem): A
  byHand(args: A, passes: number): void
  bySpillway(jobs: JobSystem, args: A, passes: number, options: { grain?: number }): void
}

const doubles: Form<MultiplyAddArguments> = {
  title: 'multiply-add on doubles',
  own: () => ({ items: new Float64Array(ITEMS), a: 1.000_000_1, b: 0.5 }),
  shared: (jobs) => ({ ...doubles.own(), items: jobs.float64(ITEMS) }),
  byHand: ({ items, a, b }, passes) => {
    for (let pass = 0; pass < passes; pass++) {
      for (let i = 0; i < items.length; i++) items[i] = items[i] * a + b
    }
  },
  bySpillway: (jobs, args, passes, options) => {
    for (let pass = 0; pass < passes; pass++) {
      jobs.parallelForSync(ITEMS, multiplyAdd, args, options)
    }
  },
}

const integers: Form<HashArguments> = {
  title: 'integer hash',
  own: () => ({ items: new Int32Array(ITEMS), key: 0x9e3779b9 | 0 }),
  shared: (jobs) => ({ ...integers.own(), items: jobs.int32(ITEMS) }),
  byHand: ({ items, key }, passes) => {
    for (let pass = 0; pass < passes; pass++) {
      for (let i = 0; i < items.length; i++) {
        const item = items[i]
        items[i] = (Math.imul(item ^ (item >>> 15), 0x2c1b3c6d) + key + i) | 0
      }
    }
  },
  bySpillway: (jobs, args, passes, options) => {
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

function expectedSum<A extends MultiplyAddArguments | HashArguments>(form: Form<A>): number {
  const args = form.own()
  fill(args.items)
  form.byHand(args, PASSES)
  return sumOf(args.items)
}

function byHand<A extends MultiplyAddArguments | HashArguments>(form: Form<A>): Entry {
  const open = () => {
    const expected = expectedSum(form)
    const args = form.own()
    const run = () => form.byHand(args, PASSES)
    return { sample: () => timed(SERIAL, args.items, expected, run) }
  }
  return { name: SERIAL, role: 'baseline', open }
}

const withoutWorkers = sharedSystem(0)
const withWorkers = sharedSystem()

function bySpillway<A extends MultiplyAddArguments | HashArguments>(
  form: Form<A>,
  name: string,
  grain?: number,
): Entry {
  const system = grain === undefined ? withoutWorkers : withWorkers
  const options = grain === undefined ? {} : { grain }
  const open = async () => {
    const jobs = await system.acquire()
    springTrap(jobs)
    const expected = expectedSum(form)
    const args = form.shared(jobs)
    const run = () => form.bySpillway(jobs, args, PASSES, options)
    return { sample: () => timed(name, args.items, expected, run), close: system.release }
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

function experiment<A extends MultiplyAddArguments | HashArguments>(
  name: string,
  form: Form<A>,
): Experiment {
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
