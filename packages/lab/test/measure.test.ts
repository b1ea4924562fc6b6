import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { measure, type Outcome } from '../src/analyze/measure.ts'
import type { Row } from '../src/analyze/model.ts'
import { makePlan } from '../src/analyze/plan.ts'
import { variants } from '../src/analyze/variants.ts'

// A tiny run on the real library: what was computed and counted, never how long it took.

const items = [1, 105, 20_000]
let outcome: Outcome
const steps: string[] = []

before(async () => {
  const plan = {
    ...makePlan(2, true),
    items,
    mainItems: 20_000,
    passes: 2,
    minimumPasses: 2,
    burstItems: 500,
    burstBlocksPerPass: 10,
    deadlineMs: 0,
  }
  outcome = await measure(plan, { step: (words) => steps.push(words), update: () => {} })
})

function calls(variant: string): Row[] {
  return outcome.measured.rows.filter((row) => row.protocol === 'call' && row.variant === variant)
}

test('every variant is measured over items and workers, and every sum is exact', () => {
  for (const variant of variants) {
    assert.deepEqual(
      calls(variant).map((row) => [row.workers, row.items]),
      [1, 2].flatMap((workers) => items.map((count) => [workers, count])),
    )
  }
  for (const row of outcome.measured.rows) {
    assert.equal(row.check, 610 * row.items, `${row.protocol} ${row.variant}`)
    assert.ok(row.ms.length > 0 && row.ms.every((ms) => ms > 0))
  }
  for (const row of outcome.measured.serial) assert.equal(row.check, 610 * row.items)
})

test('sums beyond 32 bits are exact', () => {
  assert.deepEqual(
    outcome.measured.wide.map((row) => row.variant),
    [...variants],
  )
  for (const row of outcome.measured.wide) {
    assert.ok(row.items * 610 > 2 ** 32)
    assert.equal(row.check, 610 * row.items, row.variant)
  }
})

test('atomics are counted: one per item, one per chunk, none', () => {
  for (const variant of ['shared', 'adjacent', 'padded'])
    for (const row of calls(variant)) assert.equal(row.atomics, row.items)
  for (const row of calls('local')) {
    assert.ok(row.chunks !== null && row.chunks >= 1 && row.chunks <= row.items)
    assert.equal(row.atomics, row.chunks)
  }
  for (const variant of ['reduce', 'none'])
    for (const row of calls(variant)) assert.equal(row.atomics, 0)
  assert.ok(calls('reduce').every((row) => row.chunks !== null && row.chunks >= 1))
})

test('two passes were made and told', () => {
  assert.equal(outcome.passes, 2)
  assert.ok(steps.some((words) => words.includes('interleaved passes')))
})
