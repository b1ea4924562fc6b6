import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findKnee } from '../src/stats/knee.ts'

function curve(
  speedups: number[],
  workers = [1, 2, 4, 8, 16, 32],
): { workers: number; speedup: number }[] {
  return speedups.map((speedup, at) => ({ workers: workers[at], speedup }))
}

test('a linear curve has no knee', () => {
  assert.deepEqual(findKnee(curve([1, 2, 4, 8, 16, 32])), {
    shape: 'scales',
    kneeWorkers: null,
    peakWorkers: 32,
  })
  assert.equal(findKnee(curve([1, 1.8, 3.4, 6.3, 12, 22])).shape, 'scales')
})

test('a plateau: the knee is where it begins', () => {
  assert.deepEqual(findKnee(curve([1, 2, 3.9, 7.5, 7.9, 7.8])), {
    shape: 'plateau',
    kneeWorkers: 8,
    peakWorkers: 16,
  })
  assert.equal(findKnee(curve([1, 1.9, 3.5, 6, 9, 10])).kneeWorkers, 16)
})

test('the curve of the seed: 6.5 ms on 1, 9.9 on 8, 9.9 on 16, 13 on 32', () => {
  const speedups = [6.5, 9.9, 9.9, 13].map((ms) => 6.5 / ms)
  assert.deepEqual(findKnee(curve(speedups, [1, 8, 16, 32])), {
    shape: 'inverse',
    kneeWorkers: 1,
    peakWorkers: 1,
  })
})

test('a peak and a fall is retrograde, not inverse; the knee may lie before the peak', () => {
  assert.deepEqual(findKnee(curve([1, 1.9, 3.2, 4, 3, 2])), {
    shape: 'retrograde',
    kneeWorkers: 4,
    peakWorkers: 8,
  })
  assert.equal(findKnee(curve([1, 1.9, 3.2, 5, 4, 3])).kneeWorkers, 8)
})

test('level from the start is a plateau at one worker', () => {
  assert.deepEqual(findKnee(curve([1, 1.02, 0.98, 1])), {
    shape: 'plateau',
    kneeWorkers: 1,
    peakWorkers: 2,
  })
})

test('one disturbed point makes no knee', () => {
  assert.equal(findKnee(curve([1, 2, 2.1, 8, 16, 31])).shape, 'scales')
})

test('the order of the points does not matter', () => {
  const points = curve([1, 2, 3.9, 7.5, 7.9, 7.8])
  assert.deepEqual(findKnee(points.toReversed()), findKnee(points))
})

test('two counts', () => {
  assert.equal(findKnee(curve([1, 1.8])).shape, 'scales')
  assert.equal(findKnee(curve([1, 1.1])).shape, 'plateau')
  assert.equal(findKnee(curve([1, 0.6])).shape, 'inverse')
})

test('one count is single, none is refused', () => {
  assert.equal(findKnee(curve([1])).shape, 'single')
  assert.throws(() => findKnee([]), RangeError)
})
