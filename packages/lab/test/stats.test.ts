import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bootstrap, medianEstimate } from '../src/stats/bootstrap.ts'
import { median, quantile } from '../src/stats/median.ts'
import { seededRandom, shuffle } from '../src/stats/random.ts'

test('median and quantiles', () => {
  assert.equal(median([3, 1, 2]), 2)
  assert.equal(median([4, 1, 2, 3]), 2.5)
  assert.equal(median([10, 9, 100, 8]), 9.5, 'sorted as numbers')
  assert.equal(quantile([0, 10], 0.25), 2.5)
  assert.ok(Number.isNaN(median([])))
})

test('median does not reorder what it is given', () => {
  const values = [3, 1, 2]
  median(values)
  assert.deepEqual(values, [3, 1, 2])
})

test('the interval covers the true median in about 95 of 100 experiments', () => {
  const random = seededRandom(1)
  let covered = 0
  for (let experiment = 0; experiment < 300; experiment++) {
    const { low, high } = medianEstimate(Array.from({ length: 41 }, () => random() ** 3))
    if (low <= 0.125 && 0.125 <= high) covered++
  }
  assert.ok(covered > 300 * 0.9 && covered < 300 * 0.99, `${covered} of 300`)
})

test('the interval contains its value, shrinks with samples, and can be replayed', () => {
  const random = seededRandom(2)
  const values = Array.from({ length: 400 }, () => 5 + random())
  const few = medianEstimate(values.slice(0, 15))
  const many = medianEstimate(values)
  assert.ok(few.low <= few.value && few.value <= few.high)
  assert.ok(many.high - many.low < (few.high - few.low) / 2)
  assert.deepEqual(medianEstimate(values), many)
})

test('a ratio of two groups', () => {
  const random = seededRandom(3)
  const draw = (centre: number): number[] =>
    Array.from({ length: 60 }, () => centre * (0.9 + 0.2 * random()))
  const ratio = bootstrap([draw(30), draw(10)], ([top, bottom]) => median(top) / median(bottom))
  assert.ok(Math.abs(ratio.value - 3) < 0.15)
  assert.ok(ratio.low < 3 && 3 < ratio.high)
})

test('shuffle keeps every element and moves them', () => {
  const values = Array.from({ length: 50 }, (_, at) => at)
  const mixed = shuffle([...values], seededRandom(4))
  assert.notDeepEqual(mixed, values)
  assert.deepEqual(
    mixed.toSorted((left, right) => left - right),
    values,
  )
})
