// What it costs to suspend a fiber and to resume it, on one worker.
import type { JobSystem } from 'spillway'
import { expectAnswer } from '../benchmark.ts'
import type { Benchmark, Entry, Metric, Sample } from '../benchmark.ts'
import { sharedSystem, warmUpAsync } from '../spillway-system.ts'
import { taking, waiting, yielding } from './fibers.kernels.ts'

const SWITCHES = 100_000
const GENERATOR = 'bare generator'
const TURNS = 'counters, two in turns'

function* bareGenerator(rounds: number): Generator<number, number> {
  let count = 0
  for (; count < rounds; count++) yield count
  return count
}

function resumeAll(rounds: number): number {
  const generator = bareGenerator(rounds)
  let step = generator.next()
  while (step.done !== true) step = generator.next()
  return step.value
}

async function asyncFunction(rounds: number): Promise<number> {
  const over = Promise.resolve()
  let count = 0
  for (; count < rounds; count++) await over
  return count
}

async function timed(
  name: string,
  switches: number,
  expected: number,
  run: () => number | PromiseLike<number>,
): Promise<Sample> {
  const start = performance.now()
  const answer = await run()
  const elapsed = performance.now() - start
  expectAnswer(name, answer, expected)
  return { ns: (elapsed * 1e6) / switches }
}

function plain(
  name: string,
  role: 'baseline' | 'rival',
  run: (rounds: number) => number | Promise<number>,
): Entry {
  const sample = () => timed(name, SWITCHES, SWITCHES, () => run(SWITCHES))
  return { name, role, open: () => ({ sample }) }
}

const system = sharedSystem(1)

function spillway(
  name: string,
  expected: number,
  run: (jobs: JobSystem, rounds: number) => PromiseLike<number>,
): Entry {
  const open = async () => {
    const jobs = await system.acquire()
    const sample = async () => {
      await warmUpAsync(jobs)
      return timed(name, SWITCHES, expected, () => run(jobs, SWITCHES))
    }
    return { sample, close: system.release }
  }
  return { name, role: 'spillway', open }
}

/** Each of the two suspends once a round. */
const turns: Entry = {
  name: TURNS,
  role: 'spillway',
  open: async () => {
    const jobs = await system.acquire()
    const rounds = SWITCHES / 2
    const [one, two] = [jobs.counter(0), jobs.counter(0)]
    const inTurns = async () => {
      one.increment(rounds)
      two.increment(rounds)
      const counts = await jobs.runMany(taking, [
        { mine: one, other: two, rounds, first: true },
        { mine: two, other: one, rounds, first: false },
      ])
      expectAnswer(`${TURNS}: left to count`, one.value + two.value, 0)
      return counts[0] + counts[1]
    }
    const sample = async () => {
      await warmUpAsync(jobs)
      return timed(TURNS, SWITCHES, SWITCHES, inTurns)
    }
    return { sample, close: system.release }
  },
}

const metric: Metric = {
  key: 'ns',
  title: 'one suspension and resumption',
  unit: 'ns',
  comparison: 'ratio',
  references: [GENERATOR],
}

export const fibers: Benchmark = {
  name: 'fibers',
  summary: 'suspending and resuming a fiber, on one worker: ns',
  notes: [
    `${SWITCHES} a sample. No target: nobody else in JavaScript has fibers, and the bare generator does less.`,
    '"Wait for a child" spawns a job, runs it and takes its result, too; the worker runs it inside the wait.',
    '"Two in turns" really suspends: each wait ends by what the other fiber does.',
  ],
  experiments: [
    {
      name: 'switch',
      title: 'one fiber, one worker',
      metrics: [metric],
      entries: [
        plain(GENERATOR, 'baseline', resumeAll),
        spillway('yieldNow', SWITCHES, (jobs, rounds) => jobs.run(yielding, rounds)),
        spillway('wait for a child', SWITCHES * SWITCHES, (jobs, rounds) =>
          jobs.run(waiting, rounds),
        ),
        turns,
        plain('async function, await of a settled promise', 'rival', asyncFunction),
      ],
      targets: [],
      rounds: 15,
      warmUps: 2,
    },
  ],
}
