import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Measured, Verdict } from '../src/analyze/model.ts'
import { addBurst, addCheck, fewestBursts, Samples } from '../src/analyze/samples.ts'
import { failed, judge } from '../src/analyze/verdicts.ts'
import { contended, synthetic, uncontended } from './fixture.ts'

const items = 1_000_000

function judged(measured: Measured, widest = 2): Map<string, Verdict> {
  return new Map(judge(measured, items, widest).map((one) => [one.id, one]))
}

function ids(verdicts: readonly Verdict[]): string[] {
  return verdicts.map((one) => one.id)
}

test('a machine as the seed describes it passes everything', () => {
  const verdicts = judge(synthetic(contended, [1, 2]), items, 2)
  assert.deepEqual(ids(failed(verdicts)), [])
  assert.ok(verdicts.every((one) => one.ok === true))
})

test('a machine on which sharing is free fails the contention verdicts, and only those', () => {
  const verdicts = judge(synthetic(uncontended, [1, 2]), items, 2)
  assert.deepEqual(ids(failed(verdicts)), ['shared-contends', 'adjacent-contends'])
})

test('a loop that does not scale fails its verdict', () => {
  const serial = { alone: 9, sigma: 1, kappa: 0 }
  const verdicts = judged(synthetic({ ...contended, reduce: serial, none: serial }, [1, 2]))
  assert.equal(verdicts.get('reduce-scales')?.ok, false)
  assert.equal(verdicts.get('removing-the-atomic-restores-scaling')?.ok, false)
  assert.equal(verdicts.get('local-scales')?.ok, true)
})

test('a parallelReduce that scales worse than the loop fails', () => {
  const verdicts = judged(
    synthetic({ ...contended, reduce: { alone: 9, sigma: 1, kappa: 0 } }, [1, 2]),
  )
  assert.equal(verdicts.get('reduce-call-scales')?.ok, false)
})

test('one wrong sum fails, wherever it is', () => {
  for (const spoil of [
    (measured: Measured) => measured.rows[3],
    (measured: Measured) => measured.serial[0],
    (measured: Measured) => measured.wide[5],
  ]) {
    const measured = synthetic(contended, [1, 2])
    const row = spoil(measured)
    assert.ok(row)
    row.check -= 1
    assert.equal(judged(measured).get('results-exact')?.ok, false)
    row.check = Number.NaN
    assert.equal(judged(measured).get('results-exact')?.value, 1)
  }
})

test('a scheduler that takes a tenth of the call fails', () => {
  const measured = synthetic(contended, [1, 2])
  for (const row of measured.empty) row.ms = row.ms.map(() => 0.6)
  assert.equal(judged(measured).get('scheduler-share')?.ok, false)
})

test('one worker: comparisons are skipped, the rest is judged', () => {
  const verdicts = judge(synthetic(contended, [1]), items, 1)
  assert.deepEqual(ids(verdicts.filter((one) => one.ok === true)), [
    'results-exact',
    'scheduler-share',
  ])
  const skipped = verdicts.filter((one) => one.ok === null)
  assert.equal(skipped.length, verdicts.length - 2)
  assert.ok(skipped.every((one) => /one worker only/.test(one.skipped ?? '') && one.value === null))
  assert.deepEqual(failed(verdicts), [])
})

test('more cores add verdicts over all of them', () => {
  const verdicts = judged(synthetic(contended, [1, 2, 4, 8]), 8)
  assert.equal(verdicts.get('local-scales-to-all')?.ok, true)
  assert.equal(judged(synthetic(contended, [1, 2])).has('local-scales-to-all'), false)
})

test('workers that never ran at once are a failure that says so', () => {
  const measured = synthetic(contended, [1, 2])
  measured.rows = measured.rows.filter((row) => row.protocol === 'call' || row.workers === 1)
  const verdict = judged(measured).get('shared-contends')
  assert.equal(verdict?.ok, false)
  assert.equal(verdict?.value, null)
  assert.match(verdict?.note ?? '', /hardly ever ran at once/)
})

test('bursts without overlap are discarded and counted', () => {
  const samples = new Samples()
  const row = samples.row('burst', 'shared', 2, 40_000)
  for (let taken = 0; taken < fewestBursts - 1; taken++)
    addBurst(row, { variant: 'shared', workers: 2, ms: 1, overlap: 0.9 })
  addBurst(row, { variant: 'shared', workers: 2, ms: 0.5, overlap: 0.2 })
  assert.equal(row.ms.length, fewestBursts - 1)
  assert.equal(row.discarded, 1)
  assert.equal(samples.measured().rows.length, 0, 'too few are none')
  addBurst(row, { variant: 'shared', workers: 2, ms: 1, overlap: 0.9 })
  assert.equal(samples.measured().rows.length, 1)
})

test('a row keeps the first wrong sum', () => {
  const row = { items: 10, check: 6100 }
  addCheck(row, 6100)
  addCheck(row, 6099)
  addCheck(row, 6100)
  assert.equal(row.check, 6099)
})
