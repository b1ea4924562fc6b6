import { burstSession, type BurstArgs } from './burst.kernels.ts'
import { burstWords, lineElements, roundWords, variantNumber } from './burst-layout.ts'
import { planRounds, type Round } from './burst-plan.ts'
import { workDepth, workResult } from './heavy-work.ts'
import type { Lane } from './lane.ts'
import { variants, type Variant } from './variants.ts'
import { readSum } from './wide-sum.ts'

export interface BurstSample {
  variant: Variant
  workers: number
  /** Of the slower worker; for one worker, of the slower of several that ran it alone. */
  ms: number
  /** Time common to all workers over the longest burst; 1 with one worker. */
  overlap: number
}

export interface BurstSession {
  samples: BurstSample[]
  /** Per variant: the sum of all its bursts over the number of items of all its bursts. Right is 610. */
  resultPerItem: Map<Variant, number>
}

const attempts = 3

/** One session: every variant with every worker count, `blocks` times, each block in a new random order. */
export async function runBursts(
  lane: Lane,
  workerCounts: readonly number[],
  blocks: number,
  items: number,
  random: () => number,
): Promise<BurstSession> {
  const rounds = planRounds(workerCounts, blocks, random)
  const args = openSession(lane, rounds, items)
  try {
    for (let attempt = 1; ; attempt++) {
      resetSession(args)
      await lane.jobs.parallelForChunks(lane.workers, 1, burstSession, args, { schedule: 'static' })
      if (args.gate[burstWords.broken] === 0) return readSession(rounds, args)
      if (attempt === attempts)
        throw new Error('burst session: the workers did not meet at the barrier')
    }
  } finally {
    for (const view of sessionViews(args)) lane.jobs.free(view)
  }
}

function openSession(lane: Lane, rounds: Round[], items: number): BurstArgs {
  const { jobs, workers: width } = lane
  const plan = jobs.int32(roundWords * rounds.length)
  for (const [at, { variant, first, workers }] of rounds.entries()) {
    plan.set([variantNumber[variant], first, workers], roundWords * at)
  }
  return {
    gate: jobs.int32(burstWords.length),
    plan,
    rounds: rounds.length,
    times: jobs.float64(rounds.length * width),
    starts: jobs.float64(rounds.length * width),
    width,
    items,
    depth: workDepth,
    result: workResult,
    words: jobs.int32(variants.length * width * lineElements),
    carries: jobs.int32(variants.length * width * lineElements),
    partials: jobs.float64((width * lineElements) / 2),
    wrong: jobs.int32(1),
  }
}

function sessionViews(args: BurstArgs): (Int32Array | Float64Array)[] {
  const { gate, plan, times, starts, words, carries, partials, wrong } = args
  return [gate, plan, times, starts, words, carries, partials, wrong]
}

function resetSession(args: BurstArgs): void {
  for (const view of [args.gate, args.words, args.carries, args.partials, args.wrong]) view.fill(0)
  args.times.fill(Number.NaN)
}

function readSession(rounds: Round[], args: BurstArgs): BurstSession {
  const samples = new Map<string, BurstSample>()
  for (const [at, { block, variant, first, workers }] of rounds.entries()) {
    const from = at * args.width + first
    const times = args.times.slice(from, from + workers)
    const overlap = overlapOf(args.starts.slice(from, from + workers), times)
    // The rounds of one block with one worker each make one sample: the slower of them.
    const key = [block, variant, workers].join()
    const known = samples.get(key)
    const ms = Math.max(known?.ms ?? 0, ...times)
    samples.set(key, { variant, workers, ms, overlap })
  }
  const results = variants.map(
    (variant) => [variant, resultPerItem(variant, rounds, args)] as const,
  )
  return { samples: [...samples.values()], resultPerItem: new Map(results) }
}

function resultPerItem(variant: Variant, rounds: Round[], args: BurstArgs): number {
  const own = rounds.filter((round) => round.variant === variant)
  const bursts = own.reduce((sum, round) => sum + round.workers, 0)
  return variantSum(variant, bursts, args) / (bursts * args.items)
}

function variantSum(variant: Variant, bursts: number, args: BurstArgs): number {
  const number = variantNumber[variant]
  const block = args.width * lineElements
  if (variant === 'none') return args.wrong[0] === 0 ? bursts * args.items * workResult : Number.NaN
  if (variant === 'reduce') return args.partials.reduce((sum, value) => sum + value, 0)
  const own = (view: Int32Array): Int32Array => view.subarray(number * block, (number + 1) * block)
  return readSum(own(args.words), own(args.carries))
}

export function overlapOf(starts: Float64Array, times: Float64Array): number {
  const begin = Math.max(...starts)
  const end = Math.min(...starts.map((start, at) => start + times[at]))
  return Math.max(0, end - begin) / Math.max(...times)
}
