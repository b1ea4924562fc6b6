import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ExperimentEvent } from '../src/bench/events.ts'
import { pairedEvents } from '../src/bench/pairs.ts'

/** What one process says that measured these entries: median, and times the reference. */
function experiment(
  rows: Record<string, readonly [number, number?]>,
  name = 'one',
): ExperimentEvent {
  return {
    type: 'experiment',
    benchmark: 'made up',
    experiment: name,
    title: 'for a test',
    rounds: 3,
    loadBefore: [],
    loadAfter: [],
    skipped: [],
    verdicts: [],
    tables: [
      {
        metric: 'ms',
        title: 'time',
        unit: 'ms',
        comparisonTitle: 'times serial',
        rows: Object.entries(rows).map(([entry, [median, times]]) => ({
          entry,
          role: 'spillway' as const,
          samples: [median],
          median,
          p10: median,
          p90: median,
          best: median,
          ...(times !== undefined && { comparison: { value: times, low: times, high: times } }),
        })),
      },
    ],
  }
}

const pair = (here: ExperimentEvent[], there: ExperimentEvent[]) => ({ here, there })

describe('pairs of builds', () => {
  it('takes ratios within pairs: what both processes of a pair suffered cancels out', () => {
    const pairs = [1, 10, 100].map((weather) =>
      pair([experiment({ join: [8 * weather] })], [experiment({ join: [4 * weather] })]),
    )
    const [event] = pairedEvents(pairs)
    const [row] = event!.tables[0]!.rows
    assert.deepEqual(row, {
      entry: 'join',
      here: 80,
      there: 40,
      ratio: { value: 2, low: 2, high: 2 },
    })
    assert.equal(event!.pairs, 3)
  })

  it('gives the median over the processes of what each compared with its own reference', () => {
    const times = [
      [3, 2],
      [1, 9],
      [2, 4],
    ]
    const pairs = times.map(([here, there]) =>
      pair([experiment({ join: [1, here] })], [experiment({ join: [1, there] })]),
    )
    const [row] = pairedEvents(pairs)[0]!.tables[0]!.rows
    assert.deepEqual(row!.comparison, { here: 2, there: 4 })
  })

  it('leaves out what only one build has', () => {
    const here = [experiment({ old: [1], added: [2] }), experiment({ old: [1] }, 'added')]
    const there = [experiment({ old: [1], removed: [3] })]
    const events = pairedEvents([pair(here, there)])
    assert.deepEqual(
      events.map(({ experiment: name }) => name),
      ['one'],
    )
    assert.deepEqual(
      events[0]!.tables[0]!.rows.map(({ entry }) => entry),
      ['old'],
    )
  })
})
