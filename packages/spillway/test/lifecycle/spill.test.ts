/** Tiers of workers that spill over: who may take, when that grows and shrinks, and why. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { announceSleep, wakeOne } from '../../src/core/sleep/park.ts'
import { dwellOf, setTiers, shrinkIfIdle, takersOf } from '../../src/core/sleep/spill.ts'
import {
  H_GROWN_LOADED,
  H_GROWN_STARVED,
  H_LIMIT,
  H_SHRUNK,
  initialise,
  schedulerBytes,
  workerAt,
} from '../../src/layout/layout.ts'
import { sharedSystems } from '../support/systems.ts'

const system = sharedSystems()

const WORKERS = 6

/** Six workers in three tiers, all parked. */
function parked(thresholds: readonly number[]): Int32Array {
  const words = new Int32Array(new SharedArrayBuffer(schedulerBytes(WORKERS)))
  initialise(words, WORKERS)
  setTiers(words, [2, 4, 6], thresholds, 100)
  for (let worker = 0; worker < WORKERS; worker++) announceSleep(words, workerAt(worker, WORKERS))
  return words
}

function counts(words: Int32Array): readonly number[] {
  return [takersOf(words), words[H_GROWN_LOADED]!, words[H_GROWN_STARVED]!, words[H_SHRUNK]!]
}

test('spill: the next tier may take once its threshold of workers is awake', () => {
  const words = parked([0.8, 0.5])
  assert.deepEqual(counts(words), [2, 0, 0, 0])
  assert.equal(wakeOne(words, WORKERS), 0)
  assert.deepEqual(counts(words), [2, 0, 0, 0], 'one of two is less than 0.8')
  assert.equal(wakeOne(words, WORKERS), 1)
  assert.deepEqual(counts(words), [4, 1, 0, 0], 'two of two')
  assert.equal(wakeOne(words, WORKERS), 2)
  assert.deepEqual(counts(words), [6, 2, 0, 0], 'three of four is more than 0.5')
})

test('spill: work that nobody is left for wakes the next tier at once', () => {
  const words = parked([1])
  words[workerAt(0, WORKERS)] = 0
  words[workerAt(1, WORKERS)] = 0
  assert.equal(wakeOne(words, WORKERS), 2)
  assert.deepEqual(counts(words), [4, 0, 1, 0])
})

test('spill: a tier is put to sleep only if all of it sleeps, and never the first', () => {
  const words = parked([0.1])
  assert.equal(wakeOne(words, WORKERS), 0)
  assert.equal(takersOf(words), 4)
  shrinkIfIdle(words, WORKERS, 0)
  assert.equal(takersOf(words), 4, 'worker 0 is not of the last tier')
  words[workerAt(3, WORKERS)] = 0
  shrinkIfIdle(words, WORKERS, 2)
  assert.equal(takersOf(words), 4, 'worker 3 is awake')
  announceSleep(words, workerAt(3, WORKERS))
  shrinkIfIdle(words, WORKERS, 2)
  assert.deepEqual(counts(words), [2, 1, 0, 1])
  shrinkIfIdle(words, WORKERS, 1)
  assert.equal(takersOf(words), 2)
})

test('spill: only workers behind the first tier look after a while whether they are needed', () => {
  const words = parked([0.8])
  assert.deepEqual(
    [0, 1, 2, 5].map((worker) => dwellOf(words, worker)),
    [-1, -1, 100, 100],
  )
})

test('spill: a sync call holds workers back without moving the tiers', () => {
  const words = parked([0.8])
  words[H_LIMIT] = 1
  assert.equal(takersOf(words), 1)
  assert.equal(wakeOne(words, WORKERS), 0)
  assert.equal(wakeOne(words, WORKERS), -1)
  words[H_LIMIT] = WORKERS
  assert.equal(takersOf(words), 2)
})

test('spill: without tiers all workers may take', async () => {
  const jobs = await system(2)
  assert.deepEqual(jobs.metrics().spill, {
    active: 2,
    grownLoaded: 0,
    grownStarved: 0,
    shrunk: 0,
  })
})
