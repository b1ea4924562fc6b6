// The vocabulary of the suite. A benchmark holds experiments; an experiment measures its entries side by side, in one
// process and in random order; an entry gives samples; a sample holds one number per metric.

/**
 * Who an entry is. A `baseline` is always measured (serial loop, bare workers), a `rival` only with `--peers`. A `control`
 * shows what the measurement itself costs; nobody can win or lose against it.
 */
export type Role = 'baseline' | 'control' | 'spillway' | 'rival'

/** One measurement: a number per metric key. The answer was checked before it is returned. */
export type Sample = Readonly<Record<string, number>>

export interface Runner {
  sample(): Sample | Promise<Sample>
  close?(): void | Promise<void>
}

export interface Entry {
  readonly name: string
  readonly role: Role
  /** Throws `Unavailable` when this machine cannot run the entry; it is then reported as skipped, by name. */
  open(): Runner | Promise<Runner>
}

/** How a number is compared with the reference's: `ratio` = value / reference, `speedup` = reference / value. */
export type Comparison = 'ratio' | 'speedup' | 'none'

export interface Metric {
  readonly key: string
  readonly title: string
  readonly unit: string
  readonly comparison: Comparison
  /** The first of these entries that was measured is the reference. */
  readonly references: readonly string[]
  /** Divides the comparison: speedup / threads is efficiency. */
  readonly per?: number
  /** Heading of the comparison column, for example `speedup` or `efficiency`. */
  readonly comparisonTitle?: string
  /** Sample key whose minimum over all samples fills the `best` column. */
  readonly best?: string
  /** Each entry's reference is another number of its own samples: its key, and what the heading calls it. */
  readonly within?: { readonly key: string; readonly title: string }
  /** Entries that have their own reference, for example the OpenMP loop and the serial C loop. */
  readonly ownReference?: Readonly<Record<string, string>>
}

/** A row of the table of numbers this project must reach. */
export interface Target {
  /** What is promised, in the words of that table. */
  readonly row: string
  /** The limit, in words. */
  readonly must: string
  readonly entry: string
  readonly metric: string
  /** The entry to compare with; absent when the number itself is limited. */
  readonly against?: string
  readonly comparison: Comparison
  readonly per?: number
  readonly limit: number
  readonly better: 'low' | 'high'
}

export interface Experiment {
  readonly name: string
  readonly title: string
  readonly metrics: readonly Metric[]
  readonly entries: readonly Entry[]
  readonly targets: readonly Target[]
  /** Rounds when the command line does not say. Every round takes one sample of every entry. */
  readonly rounds: number
  /** Samples of each entry that are thrown away first. */
  readonly warmUps: number
}

export interface Benchmark {
  readonly name: string
  readonly summary: string
  /** What to know when reading the numbers; printed under the tables. */
  readonly notes: readonly string[]
  readonly experiments: readonly Experiment[]
}

/** The entry cannot run here, for a reason the reader can act on. */
export class Unavailable extends Error {
  override readonly name = 'Unavailable'
}

/** An entry computed something else than the serial loop: its time means nothing. */
export class WrongAnswer extends Error {
  override readonly name = 'WrongAnswer'
}

export function expectAnswer(what: string, actual: number, expected: number): void {
  if (!Object.is(actual, expected)) {
    throw new WrongAnswer(`${what}: expected ${expected}, got ${actual}`)
  }
}
