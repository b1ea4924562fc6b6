// What a run says while it goes, one JSON line each. `--json` prints them; the tables and the results page are made of
// the same lines.
import type { Skipped } from './harness/interleave.ts'
import type { Row, Table, Verdict } from './harness/judge.ts'
import type { Recipe } from './recipe.ts'

export interface RecipeEvent extends Recipe {
  readonly type: 'recipe'
}

export interface ProgressEvent {
  readonly type: 'progress'
  readonly benchmark: string
  readonly experiment: string
  readonly round: number
  readonly rounds: number
}

/** All tables of one experiment, with its verdicts and with who could not be measured. */
export interface ExperimentEvent {
  readonly type: 'experiment'
  readonly benchmark: string
  readonly experiment: string
  readonly title: string
  readonly rounds: number
  readonly loadBefore: readonly number[]
  readonly loadAfter: readonly number[]
  readonly tables: readonly Table[]
  readonly skipped: readonly Skipped[]
  readonly verdicts: readonly Verdict[]
}

export interface FailedEvent {
  readonly type: 'failed'
  readonly benchmark: string
  readonly message: string
}

export type BenchEvent = RecipeEvent | ProgressEvent | ExperimentEvent | FailedEvent

/**
 * The flat lines of `--json`: one per entry and metric, one per skipped entry, one per verdict, so that a reader needs
 * no knowledge of how they are grouped.
 */
export function jsonLines(event: BenchEvent): object[] {
  if (event.type !== 'experiment') return event.type === 'progress' ? [] : [event]
  const { benchmark, experiment, rounds, loadBefore, loadAfter } = event
  const where = { benchmark, experiment }
  return [
    ...event.tables.flatMap(({ metric, unit, rows }) =>
      rows.map((row: Row) => ({ type: 'entry', ...where, metric, unit, rounds, ...row })),
    ),
    ...event.skipped.map((skip) => ({ type: 'skipped', ...where, ...skip })),
    ...event.verdicts.map((verdict) => ({ type: 'verdict', ...where, ...verdict })),
    { type: 'load', ...where, before: loadBefore, after: loadAfter },
  ]
}
