import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Experiment, Metric, Target } from '../src/bench/benchmark.ts'
import type { Measured, Measurement } from '../src/bench/harness/interleave.ts'
import { compare, judge, tablesOf } from '../src/bench/harness/judge.ts'

function measured(entry: string, values: readonly number[]): Measured {
  return { entry, role: 'spillway', samples: values.map((ms) => ({ ms, bestMs: ms / 2 })) }
}

const serial = measured('serial', [10, 20, 40])
const fast = measured('fast', [5, 10, 20])
const measurement: Measurement = { measured: [serial, fast], skipped: [] }

const metric: Metric = {
  key: 'ms',
  title: 'one loop',
  unit: 'ms',
  comparison: 'speedup',
  references: ['absent', 'serial'],
}

function experimentOf(one: Metric): Experiment {
  return { name: 'x', title: 'x', metrics: [one], entries: [], targets: [], rounds: 3, warmUps: 0 }
}

const target: Target = {
  row: 'loop',
  must: '>= 1.85x',
  entry: 'fast',
  metric: 'ms',
  against: 'serial',
  comparison: 'speedup',
  limit: 1.85,
  better: 'high',
}

describe('comparison', () => {
  it('is taken round by round, so a slow round does not count', () => {
    assert.deepEqual(compare(fast, serial, 'ms', 'speedup'), { value: 2, low: 2, high: 2 })
    assert.equal(compare(fast, serial, 'ms', 'ratio').value, 0.5)
    assert.equal(compare(fast, serial, 'ms', 'speedup', 2).value, 1)
  })
})

describe('tables', () => {
  it('compare with the first reference that was measured', () => {
    const [table] = tablesOf(experimentOf(metric), measurement)
    assert.equal(table?.comparisonTitle, 'speedup over serial')
    assert.equal(table?.rows[0]?.comparison, undefined)
    assert.equal(table?.rows[1]?.comparison?.value, 2)
    assert.equal(table?.rows[1]?.median, 10)
    assert.equal(table?.rows[1]?.best, 5)
  })

  it('compare with another number of the same samples', () => {
    const within = { key: 'bestMs', title: 'its best' }
    const [table] = tablesOf(experimentOf({ ...metric, within }), measurement)
    assert.equal(table?.comparisonTitle, 'speedup over its best')
    for (const row of table?.rows ?? []) {
      assert.equal(row.reference, 'its best')
      assert.equal(row.comparison?.value, 0.5)
    }
    assert.equal(table?.rows.length, 2)
  })

  it('take the best from its own key', () => {
    const [table] = tablesOf(experimentOf({ ...metric, best: 'bestMs' }), measurement)
    assert.equal(table?.rows[1]?.best, 2.5)
  })

  it('compare an entry with its own reference', () => {
    const native = measured('C', [4, 8, 16])
    const openMp = measured('OpenMP', [2, 4, 8])
    const one: Metric = { ...metric, ownReference: { OpenMP: 'C' } }
    const all = { measured: [serial, native, openMp], skipped: [] }
    const row = tablesOf(experimentOf(one), all)[0]?.rows[2]
    assert.equal(row?.reference, 'C')
    assert.equal(row?.comparison?.value, 2)
  })

  it('compare nothing when told so or when no reference was measured', () => {
    const none = tablesOf(experimentOf({ ...metric, comparison: 'none' }), measurement)[0]
    assert.equal(none?.comparisonTitle, '')
    const lost = tablesOf(experimentOf({ ...metric, references: ['absent'] }), measurement)[0]
    assert.equal(lost?.rows[1]?.comparison, undefined)
  })
})

describe('verdicts', () => {
  it('compare the median of the ratios with the limit', () => {
    assert.equal(judge(target, measurement).met, true)
    assert.equal(judge({ ...target, limit: 2.1 }, measurement).met, false)
    assert.equal(
      judge({ ...target, comparison: 'ratio', better: 'low', limit: 0.6 }, measurement).met,
      true,
    )
    const { against: _, ...alone } = target
    assert.equal(judge({ ...alone, better: 'low', limit: 10 }, measurement).met, true)
    assert.equal(judge({ ...alone, better: 'low', limit: 9 }, measurement).met, false)
  })

  it('say when the interval crosses the limit', () => {
    assert.equal(judge(target, measurement).clear, true)
    const noisy = measured('fast', [4, 10, 30])
    const verdict = judge(target, { measured: [serial, noisy], skipped: [] })
    assert.equal(verdict.met, true)
    assert.equal(verdict.clear, false)
  })

  it('are not given without the entry they compare with, and say which and why', () => {
    const alone = judge(target, { measured: [fast], skipped: [] })
    assert.equal(alone.met, null)
    assert.match(alone.reason ?? '', /needs serial: run with --peers/)
    const skipped = [{ entry: 'serial', reason: 'gcc is not installed' }]
    const verdict = judge(target, { measured: [fast], skipped })
    assert.equal(verdict.reason, 'serial: gcc is not installed')
  })
})
