import { seededRandom, shuffle } from '../stats/random.ts'
import { runBursts } from './bursts.ts'
import { countCall, timeCall, timeEmpty, timeSerial } from './calls.ts'
import { workResult } from './heavy-work.ts'
import { openLane, type Lane } from './lane.ts'
import type { Measured } from './model.ts'
import type { Plan } from './plan.ts'
import { addBurst, addCheck, addSample, Samples } from './samples.ts'
import { variants } from './variants.ts'
import { failed, judge } from './verdicts.ts'

export interface Progress {
  /** A new step; what the last one showed stays. */
  step(words: string): void
  /** How far the step is, 0 to 1. */
  update(done: number): void
}

export interface Outcome {
  measured: Measured
  passes: number
  repeats: number
}

interface Bench {
  plan: Plan
  lanes: Lane[]
  widest: Lane
  samples: Samples
  random: () => number
  progress: Progress
  started: number
}

const mostRepeats = 3

/** Measures everything, then again what a failing verdict rests on, before the failure counts. */
export async function measure(plan: Plan, progress: Progress): Promise<Outcome> {
  const lanes: Lane[] = []
  try {
    progress.step(`starting workers (${plan.workers.join(', ')})`)
    for (const workers of plan.workers) lanes.push(await openLane(workers))
    const bench: Bench = {
      plan,
      lanes,
      widest: lanes[lanes.length - 1],
      samples: new Samples(),
      random: seededRandom(1),
      progress,
      started: performance.now(),
    }
    await warmUp(bench)
    await countAndCheck(bench)
    const passes = await interleave(bench)
    const repeats = await repeatFailures(bench)
    return { measured: bench.samples.measured(), passes, repeats }
  } finally {
    await Promise.all(lanes.map((lane) => lane.jobs.close()))
  }
}

/** Every kernel compiled in every worker, before anything counts. */
async function warmUp({ plan, lanes, widest, random, progress }: Bench): Promise<void> {
  progress.step('warming up')
  for (const [at, lane] of lanes.entries()) {
    for (let round = 0; round < 3; round++) {
      for (const variant of variants) await timeCall(lane, variant, 200_000)
      for (const kind of ['chunk', 'body'] as const) await timeEmpty(lane, kind, plan.mainItems)
    }
    progress.update((at + 0.5) / lanes.length)
  }
  await runBursts(widest, plan.workers, 30, plan.burstItems, random)
}

async function countAndCheck({ plan, lanes, widest, samples, progress }: Bench): Promise<void> {
  progress.step('counting atomics, checking sums beyond 32 bits')
  for (const [at, lane] of lanes.entries()) {
    for (const variant of variants) {
      for (const items of plan.items) {
        const row = samples.row('call', variant, lane.workers, items)
        const counted = await countCall(lane, variant, items)
        row.atomics = counted.atomics
        row.chunks = counted.chunks
        addCheck(row, counted.items * workResult)
      }
    }
    progress.update((at + 1) / (lanes.length + 1))
  }
  for (const variant of variants) {
    const { check } = await timeCall(widest, variant, plan.wideItems)
    samples.wide.push({ variant, items: plan.wideItems, check })
  }
}

/** A pass takes a few samples of everything in a new random order, so that a disturbance hits all alike. */
async function interleave(bench: Bench): Promise<number> {
  const { plan, progress } = bench
  progress.step(`measuring up to ${plan.passes} interleaved passes`)
  const started = performance.now()
  let pass = 0
  for (; pass < plan.passes; pass++) {
    const spent = performance.now() - started
    if (pass >= plan.minimumPasses && spent > plan.budgetMs) break
    progress.update(Math.max(pass / plan.passes, Math.min(1, spent / plan.budgetMs)))
    await addBursts(bench, plan.burstBlocksPerPass)
    const rare = pass % plan.rareEvery === 0
    await addCalls(
      bench,
      plan.items.filter((items) => rare || items <= plan.rareAbove),
    )
  }
  return pass
}

async function addBursts({ plan, widest, samples, random }: Bench, blocks: number): Promise<void> {
  const session = await runBursts(widest, plan.workers, blocks, plan.burstItems, random)
  for (const variant of variants) {
    for (const workers of plan.workers) {
      const taken = session.samples.filter(
        (one) => one.variant === variant && one.workers === workers,
      )
      const row = samples.row('burst', variant, workers, plan.burstItems * workers)
      for (const sample of taken) addBurst(row, sample)
      addCheck(row, (session.resultPerItem.get(variant) ?? Number.NaN) * row.items)
    }
  }
}

async function addCalls(
  { plan, lanes, samples, random }: Bench,
  lengths: readonly number[],
): Promise<void> {
  const calls = lengths.flatMap((items) => {
    const measurements = lanes.flatMap((lane) =>
      variants.map((variant) => async () => {
        const row = samples.row('call', variant, lane.workers, items)
        const { ms, check } = await timeCall(lane, variant, items)
        addSample(row, ms)
        addCheck(row, check)
      }),
    )
    measurements.push(async () => {
      const row = samples.serial(items)
      const { ms, check } = timeSerial(items)
      addSample(row, ms)
      addCheck(row, check)
    })
    return Array.from({ length: items > 10_000 ? 1 : 3 }, () => measurements).flat()
  })
  if (lengths.includes(plan.mainItems)) {
    for (const lane of lanes) {
      for (const kind of ['chunk', 'body'] as const) {
        calls.push(async () => {
          addSample(
            samples.empty(kind, lane.workers, plan.mainItems),
            await timeEmpty(lane, kind, plan.mainItems),
          )
        })
      }
    }
  }
  for (const call of shuffle(calls, random)) await call()
}

/** New samples join the old ones: a verdict is never read from a lucky part of what was measured. */
async function repeatFailures(bench: Bench): Promise<number> {
  const { plan, samples, progress } = bench
  let repeats = 0
  for (; repeats < mostRepeats; repeats++) {
    const failing = failed(judge(samples.measured(), plan.mainItems, plan.judgedWorkers)).filter(
      (one) => one.protocol,
    )
    if (failing.length === 0 || isLate(bench)) break
    progress.step(`measuring again, ${failing.map((one) => one.id).join(', ')} failed so far`)
    await new Promise((resolve) => setTimeout(resolve, 300))
    const needs = new Set(failing.map((one) => one.protocol))
    const more = plan.passes * 2 ** repeats
    for (let pass = 0; pass < more && !isLate(bench); pass++) {
      progress.update(pass / more)
      if (needs.has('burst')) await addBursts(bench, plan.burstBlocksPerPass)
      if (needs.has('call')) await addCalls(bench, [plan.mainItems])
    }
  }
  return repeats
}

function isLate({ plan, started }: Bench): boolean {
  return performance.now() - started > plan.deadlineMs
}
