// Where Spillway loses: to whom, at what, by how much. Found in the measured rows, so that no page can leave it out.
import { medianEstimate } from '../../stats/bootstrap.ts'
import type { Estimate } from '../../stats/bootstrap.ts'
import type { ExperimentEvent } from '../events.ts'
import type { Row, Table } from '../harness/judge.ts'

export interface Loss {
  readonly benchmark: string
  readonly experiment: string
  readonly metric: string
  readonly entry: string
  /** Whom it loses to, and how many times more it needs. Every metric here is better when low. */
  readonly to: readonly { readonly entry: string; readonly times: Estimate }[]
}

/** Less than this nobody notices, and a clock's resolution can show. */
const NOTICEABLE = 1.02

/** Spillway entries with all those against whom the whole interval says that they need noticeably more. */
export function losses(events: readonly ExperimentEvent[]): Loss[] {
  return events.flatMap(({ benchmark, experiment, tables }) =>
    tables.flatMap((table) =>
      lossesIn(table).map((loss) => ({ benchmark, experiment, metric: table.title, ...loss })),
    ),
  )
}

function lossesIn(table: Table): Pick<Loss, 'entry' | 'to'>[] {
  const ours = table.rows.filter(({ role }) => role === 'spillway')
  const others = table.rows.filter(({ role }) => role === 'baseline' || role === 'rival')
  return ours
    .map((our) => ({
      entry: our.entry,
      to: others
        .map((other) => ({ entry: other.entry, times: timesMore(our, other) }))
        .filter(({ times }) => times.low > NOTICEABLE),
    }))
    .filter(({ to }) => to.length > 0)
}

function timesMore(our: Row, other: Row): Estimate {
  return medianEstimate(our.samples.map((sample, round) => sample / (other.samples[round] ?? NaN)))
}
