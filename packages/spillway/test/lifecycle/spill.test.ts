/** Tiers of workers that spill over: who may take, when that grows and shrinks, and why. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { announceSleep, wakeOne } from '../../src/core/sleep/park.ts'
import { beginAwake, endAwake, measureLoad, ticksOf } from '../../src/core/sleep/load.ts'
import { setTiers, shrinkIfIdle, takersOf, watchOf } from '../../src/core/sleep/spill.ts'
import { JobSystem } from '../../src/index.ts'
import type { Metrics, SpillOptions } from '../../src/index.ts'
import {
  AWAKE,
  H_LIMIT,
  H_MEASURED_AT,
  W_PARK,
  initialise,
  schedulerBytes,
  workerAt,
} from '../../src/layout/layout.ts'
import { readMetrics } from '../../src/observe/metrics.ts'
import { like } from '../support/expect.ts'
import { sharedSystems } from '../support/systems.ts'

const system = sharedSystems()

const WORKERS = 6
const WINDOW = 50
const DWELL = 100
/** When the system started, by the workers' clock: hours after the machine. */
const START = 1e7

/** Six workers in three tiers, all parked. */
function parked(thresholds: readonly number[]): Int32Array {
  const words = new Int32Array(new SharedArrayBuffer(schedulerBytes(WORKERS)))
  initialise(words, WORKERS)
  setTiers(words, { ends: [2, 4, 6], thresholds, windowMs: WINDOW, dwellMs: DWELL }, START)
  for (let worker = 0; worker < WORKERS; worker++) {
    announceSleep(words, at(worker))
    endAwake(words, at(worker), START)
  }
  return words
}

const at = (worker: number): number => workerAt(worker, WORKERS)

function spillOf(words: Int32Array): Metrics['spill'] {
  return readMetrics(words, WORKERS, { inline: 0, shared: 0, queued: 0 }).spill
}

function counts(words: Int32Array): readonly unknown[] {
  const { active, grownLoaded, grownStarved, shrunk, lastChange } = spillOf(words)
  return [active, grownLoaded, grownStarved, shrunk, lastChange]
}

/** Worker works from `from` to `end`, in milliseconds after the start, and is asleep before and after. */
function works(words: Int32Array, worker: number, from: number, end: number): void {
  beginAwake(words, at(worker), START + from)
  endAwake(words, at(worker), START + end)
}

test('spill: the next tier may take once its threshold of workers is awake, and its first worker is woken', () => {
  const words = parked([0.8, 0.5])
  assert.deepEqual(counts(words), [2, 0, 0, 0, null])
  assert.equal(wakeOne(words, WORKERS), 0)
  assert.deepEqual(counts(words), [2, 0, 0, 0, null], 'one of two is less than 0.8')
  assert.equal(wakeOne(words, WORKERS), 1)
  assert.deepEqual(counts(words), [4, 1, 0, 0, 'loaded'], 'two of two')
  assert.equal(words[at(2) + W_PARK], AWAKE)
  assert.equal(wakeOne(words, WORKERS), 3)
  assert.deepEqual(counts(words), [6, 2, 0, 0, 'loaded'], 'four of four are more than 0.5')
})

test('spill: work that nobody is left for wakes the next tier at once', () => {
  const words = parked([1])
  for (const worker of [0, 1]) words[at(worker) + W_PARK] = AWAKE
  assert.equal(wakeOne(words, WORKERS), 2)
  assert.deepEqual(counts(words), [4, 0, 1, 0, 'starved'])
})

test('spill: the load is how long workers were awake over the window, also those that still are', () => {
  const words = parked([0.8])
  works(words, 0, 10, 30)
  works(words, 1, 0, 5)
  works(words, 1, 40, 45)
  assert.equal(measureLoad(words, WORKERS, START + 49), -1, 'the window is not over')
  assert.equal(measureLoad(words, WORKERS, START + 50), 600, '30 ms of 50')
  assert.equal(measureLoad(words, WORKERS, START + 60), -1, 'somebody has measured')
  beginAwake(words, at(2), START + 80)
  words[at(2) + W_PARK] = AWAKE
  assert.equal(measureLoad(words, WORKERS, START + 100), 400, 'awake for 20 ms')
  words[at(2) + W_PARK] = 1
  endAwake(words, at(2), START + 110)
  assert.equal(measureLoad(words, WORKERS, START + 150), 200, 'and 10 more')
  assert.equal(spillOf(words).load, 0.2)
  // Ticks wrap, and after six hours without a measurement nothing is known.
  words[H_MEASURED_AT] = ticksOf(START + 150 - 6 * 3600_000)
  assert.equal(measureLoad(words, WORKERS, START + 150), -1)
  works(words, 3, 150, 175)
  assert.equal(measureLoad(words, WORKERS, START + 200), 500)
})

test('spill: a tier is put to sleep when the load has fitted into the others for the dwell, one after the other', () => {
  const words = parked([0.5])
  assert.equal(wakeOne(words, WORKERS), 0)
  assert.equal(wakeOne(words, WORKERS), 1)
  for (let worker = 0; worker < WORKERS; worker++) words[at(worker) + W_PARK] = 1
  assert.deepEqual(counts(words), [6, 2, 0, 0, 'loaded'])
  const shrinkAt = (time: number): number => shrinkIfIdle(words, WORKERS, START + time)
  assert.equal(shrinkAt(50), -1, 'grown in this window')
  // 2.5 workers of four, threshold 0.5.
  for (const worker of [0, 1, 2, 3, 4]) works(words, worker, 60, 85)
  assert.equal(shrinkAt(100), -1, 'needed')
  for (const worker of [0, 1, 2]) works(words, worker, 110, 140)
  assert.equal(shrinkAt(150), -1, '1.8 workers: not for long enough')
  assert.deepEqual(counts(words), [6, 2, 0, 0, 'loaded'])
  for (const worker of [0, 1, 2]) works(words, worker, 160, 190)
  assert.equal(shrinkAt(200), 2, 'a worker of the second tier watches next')
  assert.deepEqual(counts(words), [4, 2, 0, 1, 'idle'])
  // Now for the first tier: 1 worker of two.
  assert.equal(shrinkAt(250), -1)
  assert.equal(shrinkAt(300), -1, 'nobody is left to watch')
  assert.deepEqual(counts(words), [2, 2, 0, 2, 'idle'])
  for (const time of [400, 500, 600]) assert.equal(shrinkAt(time), -1)
  assert.deepEqual(counts(words), [2, 2, 0, 2, 'idle'], 'never the first')
})

test('spill: short bursts do not keep a tier that they do not fill, though it never sleeps for long', () => {
  const words = parked([0.5])
  wakeOne(words, WORKERS)
  wakeOne(words, WORKERS)
  // Every 10 ms all six work for one: 0.6 workers in all.
  let shrunkAt = -1
  for (let time = 0; time < 1000 && shrunkAt < 0; time += 10) {
    for (let worker = 0; worker < WORKERS; worker++) works(words, worker, time, time + 1)
    shrinkIfIdle(words, WORKERS, START + time + 5)
    if (takersOf(words) === 2) shrunkAt = time
  }
  // The window of the growth, and two dwells.
  assert.ok(
    shrunkAt >= WINDOW + 2 * DWELL && shrunkAt < WINDOW + 2 * (DWELL + WINDOW),
    `${shrunkAt}`,
  )
})

test('spill: only workers of the last tier watch, and nobody once the first tier is left', () => {
  const words = parked([0.8])
  const watching = (): number[] =>
    [0, 1, 2, 3, 4, 5].filter((worker) => watchOf(words, worker) === WINDOW)
  assert.deepEqual(watching(), [])
  for (const worker of [0, 1]) words[at(worker) + W_PARK] = AWAKE
  wakeOne(words, WORKERS)
  assert.deepEqual(watching(), [2, 3])
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
    load: 0,
    grownLoaded: 0,
    grownStarved: 0,
    shrunk: 0,
    lastChange: null,
  })
})

test('spill: a live system grows under load and comes back to its first tier', async () => {
  const jobs = await JobSystem.start({
    workers: 4,
    pinning: { strategy: 'tiered-spillover', spill: { window: 5, dwell: 5 } },
  })
  const first = jobs.metrics().spill.active
  const x = jobs.int32(4)
  // Every chunk waits for all: they end only if all four workers take part.
  await jobs.parallelForChunks(
    4,
    1,
    (_, __, { x: met }) => {
      Atomics.add(met, 0, 1)
      Atomics.notify(met, 0)
      for (;;) {
        const came = Atomics.load(met, 0)
        if (came === 4) return
        if (Atomics.wait(met, 0, came, 20_000) === 'timed-out') throw new Error('nobody came')
      }
    },
    { x },
  )
  const grown = jobs.metrics().spill
  assert.equal(x[0], 4)
  if (first < 4) assert.ok(grown.grownLoaded + grown.grownStarved > 0)
  const end = Date.now() + 20_000
  const isBack = ({ active, lastChange }: Metrics['spill']): boolean =>
    active === first && (first === 4 || lastChange === 'idle')
  while (!isBack(jobs.metrics().spill)) {
    assert.ok(Date.now() < end, JSON.stringify(jobs.metrics().spill))
    await new Promise((soon) => setTimeout(soon, 5))
  }
  await jobs.close()
})

test('spill: wrong options', () => {
  const wrong: [spill: object, message: RegExp][] = [
    [
      { thresholds: [] },
      /^pinning\.spill\.thresholds must be shares above 0 and up to 1; got \[\]/,
    ],
    [{ thresholds: [0.8, 0] }, /^pinning\.spill\.thresholds must be shares/],
    [{ window: 0 }, /^pinning\.spill\.window must be an integer from 1 to 60000 ms; got 0/],
    [{ window: 1.5 }, /^pinning\.spill\.window must be an integer from 1 to 60000 ms; got 1\.5/],
    [{ dwell: -1 }, /^pinning\.spill\.dwell must be an integer from 0 to 60000 ms; got -1/],
    [{ dwell: 60_001 }, /^pinning\.spill\.dwell must be an integer from 0 to 60000 ms; got 60001/],
  ]
  for (const [spill, message] of wrong) {
    assert.throws(
      () =>
        void JobSystem.start({
          workers: 1,
          pinning: { strategy: 'tiered-spillover', spill: spill as SpillOptions },
        }),
      like({ type: RangeError, code: 'ERR_OPTION', message }),
    )
  }
  assert.throws(
    () => void JobSystem.start({ workers: 1, pinning: { strategy: 'linear', spill: {} } }),
    like({
      type: TypeError,
      code: 'ERR_OPTION',
      message: /^pinning\.spill is for the strategy 'tiered-spillover'/,
    }),
  )
})
