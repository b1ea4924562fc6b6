import assert from 'node:assert/strict'
import { test } from 'node:test'
import { diagnose } from '../src/analyze/diagnosis.ts'
import { contended, syntheticAnalysis, uncontended } from './fixture.ts'

type Costs = typeof contended

function notes(costs: Costs, workers: number[]): Map<string, string> {
  return new Map(syntheticAnalysis(costs, workers).diagnosis.map((note) => [note.id, note.text]))
}

test('contention is named: true sharing for one word, false sharing for neighbours', () => {
  const found = notes(contended, [1, 2])
  assert.match(found.get('where-time-goes') ?? '', /Contention dominates/)
  assert.match(found.get('true-sharing') ?? '', /TRUE sharing/)
  assert.match(found.get('false-sharing') ?? '', /FALSE sharing/)
  assert.doesNotMatch(found.get('true-sharing') ?? '', /FALSE/)
  assert.match(found.get('cure') ?? '', /1,024 times where the shared counter writes 1,000,000/)
  assert.match(found.get('cure') ?? '', /restores scaling/)
})

test('where nothing contends, nothing is claimed', () => {
  const found = notes(uncontended, [1, 2])
  assert.match(
    found.get('where-time-goes') ?? '',
    /atomic instruction itself dominates|The work itself dominates/,
  )
  assert.doesNotMatch(found.get('true-sharing') ?? '', /TRUE sharing/)
  assert.doesNotMatch(found.get('false-sharing') ?? '', /FALSE sharing/)
})

test('calls that took longer than their parts say that cores were shared', () => {
  const slow = syntheticAnalysis(contended, [1, 2])
  const [shares] = slow.shares.filter((one) => one.workers === 2)
  const text = (measured: number) =>
    diagnose(slow.rows, slow.scaling, [{ ...shares, measured }], 2)[0].text
  assert.doesNotMatch(text(shares.total), /cores to themselves/)
  assert.match(text(2 * shares.total), /did not have their cores to themselves/)
})

test('two worker counts: the fit admits that it is underdetermined', () => {
  assert.match(notes(contended, [1, 2]).get('usl') ?? '', /underdetermined/)
  assert.doesNotMatch(notes(contended, [1, 2, 4]).get('usl') ?? '', /underdetermined/)
})

test('a knee is found where the curve bends', () => {
  const bent = { ...contended, local: { alone: 9, sigma: 0, kappa: 0.03 } }
  assert.match(
    notes(bent, [1, 2, 4, 8, 16]).get('knee') ?? '',
    /local: retrograde, knee at 4 workers/,
  )
  assert.match(notes(contended, [1, 2, 4]).get('knee') ?? '', /shared: inverse, knee at 1 worker;/)
})

test('one core: no claim about scaling', () => {
  const found = notes(contended, [1])
  assert.match(found.get('one-core') ?? '', /no statement/)
  assert.equal(found.has('true-sharing'), false)
})

test('unmeasured bursts are not called free of contention', () => {
  const { rows, scaling, shares } = syntheticAnalysis(contended, [1, 2])
  const calls = rows.filter((row) => row.protocol === 'call' || row.workers === 1)
  const fits = scaling.map((one) =>
    one.protocol === 'call' ? one : { ...one, points: one.points.slice(0, 1) },
  )
  const found = diagnose(calls, fits, shares, 2)
  assert.match(found.find((note) => note.id === 'true-sharing')?.text ?? '', /Not measured/)
})

test("the seed's milliseconds are quoted as the seed's", () => {
  assert.match(
    notes(contended, [1, 2]).get('seed') ?? '',
    /^The seed reports.*9\.9 ms on 8.*Measured here:/,
  )
})
