import assert from 'node:assert/strict'
import { test } from 'node:test'
import { scalings, sharesOf, summarise } from '../src/analyze/evaluate.ts'
import { contended, synthetic, uncontended } from './fixture.ts'

const items = 1_000_000

function near(actual: number | null | undefined, expected: number, share: number): void {
  assert.ok(
    actual !== null && actual !== undefined && Math.abs(actual / expected - 1) < share,
    `${actual} for ${expected}`,
  )
}

test('time, rate, ns per item, speedup and efficiency of calls', () => {
  const rows = summarise(synthetic(contended, [1, 2]).rows)
  const found = rows.find(
    (row) =>
      row.protocol === 'call' && row.variant === 'none' && row.workers === 2 && row.items === items,
  )
  assert.ok(found)
  near(found.median, 0.03 + (9 * 1.04) / 2, 0.02)
  near(found.itemsPerSecond, items / (found.median / 1000), 1e-9)
  near(found.nsPerItem, (found.median * 1e6) / items, 1e-9)
  near(found.speedup, 2 / 1.04, 0.03)
  near(found.efficiency, 1 / 1.04, 0.03)
  assert.ok(found.low <= found.median && found.median <= found.high)
})

test('bursts count the items of all workers for the rate, of one worker for ns per item', () => {
  const rows = summarise(synthetic(contended, [1, 2]).rows)
  const found = rows.find(
    (row) => row.protocol === 'burst' && row.variant === 'shared' && row.workers === 2,
  )
  assert.ok(found)
  near(found.nsPerItem, 19 * 3, 0.03)
  near(found.itemsPerSecond, 2e9 / (19 * 3), 0.03)
  near(found.speedup, 2 / 3, 0.03)
})

test('without one worker there is no speedup', () => {
  for (const row of summarise(synthetic(contended, [2, 4]).rows)) assert.equal(row.speedup, null)
})

test('fits and knees per protocol and variant', () => {
  const all = scalings(synthetic(contended, [1, 2, 4, 8]).rows, items)
  assert.equal(all.length, 12)
  const burst = (variant: string) =>
    all.find((one) => one.protocol === 'burst' && one.variant === variant)
  assert.equal(burst('shared')?.knee.shape, 'inverse')
  assert.equal(burst('local')?.knee.shape, 'scales')
  assert.equal(burst('shared')?.usl?.assumption, null)
  near(burst('shared')?.usl?.kappa, 0.5, 0.1)
  near(burst('local')?.usl?.sigma, 0.05, 0.4)
  assert.ok((burst('shared')?.karpFlatt ?? 0) > 1)
})

test('shares add up and name the contention', () => {
  const shares = sharesOf(synthetic(contended, [1, 2]), 2, items)
  assert.ok(shares)
  const sum = shares.parts.reduce((total, part) => total + part.share, 0)
  near(sum, 1, 1e-9)
  assert.equal(
    shares.parts.toSorted((left, right) => right.share - left.share)[0]?.name,
    'contention',
  )
  near(shares.total, 0.03 + (19 * 3) / 2, 0.03)
  near(shares.measured, shares.total, 0.05)
})

test('without contention the shares do not invent any', () => {
  const shares = sharesOf(synthetic(uncontended, [1, 2]), 2, items)
  assert.ok((shares?.parts.find((part) => part.name === 'contention')?.share ?? 1) < 0.05)
})

test('no shares of what was not measured', () => {
  assert.equal(sharesOf(synthetic(contended, [1, 2]), 4, items), null)
})
