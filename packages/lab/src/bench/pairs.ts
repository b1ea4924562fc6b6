// Two builds measured in turn: pairs of fresh processes, one of each build, the order swapped from pair to pair. A
// process has a mode of its own (what V8 compiled when, where its memory lies), so one process of each build says little;
// a ratio is taken between the two processes of a pair, and its interval is over the pairs.
import { medianEstimate } from '../stats/bootstrap.ts'
import type { Estimate } from '../stats/bootstrap.ts'
import { median } from '../stats/median.ts'
import type { Benchmark } from './benchmark.ts'
import type { BenchEvent, ExperimentEvent, FailedEvent } from './events.ts'
import type { OneBenchmarkOptions } from './one-benchmark.ts'
import { ourProgram, runOne } from './run-suite.ts'

/** What one process of each build found, a pair at the same index. */
interface Values {
  readonly here: number[]
  readonly there: number[]
}

export interface PairedRow {
  readonly entry: string
  /** Medians over the processes of the processes' own medians. */
  readonly here: number
  readonly there: number
  /** here / there. */
  readonly ratio: Estimate
  /** The same for what the table compares with its reference, if it does. */
  readonly comparison?: { readonly here: number; readonly there: number }
}

export interface PairedTable {
  readonly metric: string
  readonly title: string
  readonly unit: string
  readonly comparisonTitle: string
  readonly rows: readonly PairedRow[]
}

export interface PairedEvent {
  readonly type: 'paired'
  readonly benchmark: string
  readonly experiment: string
  readonly title: string
  readonly pairs: number
  readonly rounds: number
  readonly tables: readonly PairedTable[]
}

/** Measures each benchmark in `pairs` pairs, and passes on what both builds did, experiment by experiment. */
export async function runPairs(
  benchmarks: readonly Benchmark[],
  other: string,
  pairs: number,
  options: OneBenchmarkOptions,
  onEvent: (event: BenchEvent | PairedEvent) => void,
): Promise<void> {
  for (const { name } of benchmarks) {
    const found: { here: ExperimentEvent[]; there: ExperimentEvent[] }[] = []
    let failed: FailedEvent | undefined
    for (let pair = 0; pair < pairs && failed === undefined; pair++) {
      const here: ExperimentEvent[] = []
      const there: ExperimentEvent[] = []
      const turns = [
        { program: ourProgram(), build: 'this checkout', into: here },
        { program: other, build: 'the other checkout', into: there },
      ]
      for (const { program, build, into } of pair % 2 === 0 ? turns : turns.toReversed()) {
        const complaint = await runOne(program, name, options, (event) => {
          if (event.type === 'experiment') into.push(event)
          else if (event.type === 'progress') onEvent(event)
        })
        if (complaint === undefined) continue
        failed = { type: 'failed', benchmark: name, message: `${build}: ${complaint}` }
        break
      }
      found.push({ here, there })
    }
    if (failed !== undefined) onEvent(failed)
    else for (const event of pairedEvents(found)) onEvent(event)
  }
}

/** One event per experiment that both builds have. */
export function pairedEvents(
  pairs: readonly {
    readonly here: readonly ExperimentEvent[]
    readonly there: readonly ExperimentEvent[]
  }[],
): PairedEvent[] {
  const [first] = pairs
  if (first === undefined) return []
  return first.here
    .filter(({ experiment }) => first.there.some((other) => other.experiment === experiment))
    .map(({ benchmark, experiment, title, rounds, tables }) => ({
      type: 'paired',
      benchmark,
      experiment,
      title,
      pairs: pairs.length,
      rounds,
      tables: tables.map(({ metric, title: metricTitle, unit, comparisonTitle, rows }) => ({
        metric,
        title: metricTitle,
        unit,
        comparisonTitle,
        rows: rows.flatMap(({ entry }) => {
          const row = pairedRow(entry, (take) => valuesOf(pairs, experiment, metric, entry, take))
          return row === undefined ? [] : [row]
        }),
      })),
    }))
}

interface MeasuredRow {
  readonly median: number
  readonly comparison?: Estimate
}

/** Undefined for an entry that only one of the builds has. */
function pairedRow(
  entry: string,
  values: (take: (row: MeasuredRow) => number | undefined) => Values,
): PairedRow | undefined {
  const { here, there } = values((row) => row.median)
  if (here.length === 0 || here.length !== there.length) return undefined
  const ratio = medianEstimate(here.map((value, pair) => value / there[pair]))
  const row = { entry, here: median(here), there: median(there), ratio }
  const compared = values((measured) => measured.comparison?.value)
  if (compared.here.length === 0 || compared.there.length === 0) return row
  return { ...row, comparison: { here: median(compared.here), there: median(compared.there) } }
}

function valuesOf(
  pairs: Parameters<typeof pairedEvents>[0],
  experiment: string,
  metric: string,
  entry: string,
  take: (row: MeasuredRow) => number | undefined,
): Values {
  const collect = (events: readonly ExperimentEvent[]): number[] =>
    events
      .filter((event) => event.experiment === experiment)
      .flatMap(({ tables }) => tables.filter((table) => table.metric === metric))
      .flatMap(({ rows }) => rows.filter((row) => row.entry === entry))
      .map(take)
      .filter((value) => value !== undefined)
  return {
    here: pairs.flatMap(({ here }) => collect(here)),
    there: pairs.flatMap(({ there }) => collect(there)),
  }
}
