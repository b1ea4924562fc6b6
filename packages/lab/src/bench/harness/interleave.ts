// Measures the entries of one experiment side by side: every round takes one sample of every entry, in an order drawn
// anew. A slow minute of the machine then falls on everybody, and the ratio of two entries of one round keeps its
// meaning when the milliseconds do not.
import { shuffle } from '../../stats/random.ts'
import { Unavailable } from '../benchmark.ts'
import type { Entry, Experiment, Role, Runner, Sample } from '../benchmark.ts'

export interface Measured {
  readonly entry: string
  readonly role: Role
  /** In round order, so that sample r of two entries were taken close together. */
  readonly samples: readonly Sample[]
}

export interface Skipped {
  readonly entry: string
  readonly reason: string
}

export interface Measurement {
  readonly measured: readonly Measured[]
  readonly skipped: readonly Skipped[]
}

export interface MeasureOptions {
  readonly peers: boolean
  readonly rounds: number
  /** Gives numbers in [0, 1); seeded by the caller, so a run can be repeated in the same order. */
  readonly random: () => number
  readonly onRound?: (round: number, rounds: number) => void
  /** Runs before every round, outside every clock; the place for a garbage collection. */
  readonly beforeRound?: () => void
}

interface Open {
  readonly entry: Entry
  readonly runner: Runner
  readonly samples: Sample[]
}

export async function measure(
  experiment: Experiment,
  options: MeasureOptions,
): Promise<Measurement> {
  const open: Open[] = []
  const skipped: Skipped[] = []
  try {
    for (const entry of experiment.entries) {
      if (entry.role === 'rival' && !options.peers) continue
      const runner = await openOrSkip(entry, skipped)
      if (runner !== undefined) open.push({ entry, runner, samples: [] })
    }
    for (let warmUp = 0; warmUp < experiment.warmUps; warmUp++) {
      for (const { runner } of open) await runner.sample()
    }
    for (let round = 0; round < options.rounds; round++) {
      options.onRound?.(round, options.rounds)
      options.beforeRound?.()
      for (const { runner, samples } of shuffle([...open], options.random)) {
        samples.push(await runner.sample())
      }
    }
  } finally {
    for (const { runner } of open.toReversed()) await runner.close?.()
  }
  const measured = open.map(({ entry, samples }) => ({
    entry: entry.name,
    role: entry.role,
    samples,
  }))
  return { measured, skipped }
}

async function openOrSkip(entry: Entry, skipped: Skipped[]): Promise<Runner | undefined> {
  try {
    return await entry.open()
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error
    skipped.push({ entry: entry.name, reason: error.message })
    return undefined
  }
}
