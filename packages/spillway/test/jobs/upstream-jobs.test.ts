/**
 * Upstream's own cases for jobs, T01 to T28, one by one, with our words.
 *
 * | case | here |
 * | ---- | ---- |
 * | T05, T06, T07 | the same loops, started by a job |
 * | T09 | its errors are `WorkerLostError` and the `TimeoutError` of a job: there is no shutdown that fails |
 * | T10, T28 | its builder is `JobSystem.start(options)`; a stack size has no counterpart, `jobs.capacity` is the pool of records |
 * | T11, T24, T25 | presets and placement: `topology/presets.test.ts`, `topology/upstream.test.ts` |
 * | T20 | alignment of the counter and the records |
 * | T21 | its iterators are loops over an array with arguments |
 * | T22 | a bare job is a plain one without arguments; a counter is taken to 0 by it |
 * | T23 | its metrics are counts in the threads' records |
 * | T26, T27 | upstream prints how long they take; here they say that nothing is lost |
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { availableParallelism } from 'node:os'
import { JobSystem, TimeoutError, WorkerLostError } from 'spillway'
import { COUNTER, JOB, THREAD, T_DETACHED, T_JOBS, threadAt } from '../../src/layout/jobs.ts'
import { LINE_BYTES, LINE_WORDS } from '../../src/layout/layout.ts'
import { readStartOptions } from '../../src/start-options.ts'
import { areaOf, atRest, heapWords } from '../support/job-state.ts'
import { until } from '../support/gate.ts'
import { soon, withWorkers } from '../support/job-systems.ts'
import { basic, families, loopsOfJobs } from '../support/jobs.kernels.ts'

withWorkers([4], 'T01: four workers are four workers, and the system ends well', (jobs) => {
  assert.equal(jobs.workers, 4)
  assert.equal(jobs.describe().workers.ready, 4)
})

withWorkers([0, 2], 'T02: a job runs once', async (jobs) => {
  const x = jobs.int32(4)
  await soon(jobs.run(basic.add, { x, at: 0, by: 1 }), 'the job')
  assert.deepEqual([...x], [1, 0, 0, 0])
})

withWorkers([0, 4], 'T03: ten jobs under one handle run ten times', async (jobs) => {
  const x = jobs.int32(4)
  const list = Array.from({ length: 10 }, () => ({ x, at: 1, by: 1 }))
  const before = await soon(jobs.runMany(basic.add, list), 'the jobs')
  assert.equal(x[1], 10)
  assert.deepEqual(
    before.toSorted((a, b) => a - b),
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
  )
})

withWorkers([0, 1, 2], 'T04: a job and its five children count to six', async (jobs) => {
  const x = jobs.int32(1)
  await soon(jobs.run(families.oneAndFive, { x }), 'the family')
  assert.equal(x[0], 6)
})

for (const [id, n, grain] of [
  ['T05', 1000, 100],
  ['T06', 10_000, 1],
  ['T07', 105, 10],
] as const) {
  withWorkers(
    [0, 4],
    `${id}: a loop over ${n} indexes, from a job and from outside`,
    async (jobs) => {
      const x = jobs.int32(1)
      await soon(jobs.run(families.loopOfOnes, { x, n, grain }), 'the loop')
      assert.equal(x[0], n)
      await jobs.parallelForAuto(n, loopsOfJobs.addOne, { x })
      assert.equal(x[0], 2 * n)
    },
  )
}

test('T07: 105 indexes in chunks of 10 are 11 chunks, the last of 5', async () => {
  const jobs = await JobSystem.start({ workers: 2 })
  const x = jobs.int32(106)
  await jobs.run(families.chunkSizes, { x, n: 105, size: 10 })
  const sizes = [...x].filter((size) => size !== 0)
  await jobs.close()
  assert.deepEqual(sizes, [10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 5])
})

test('T08: closing after a job has ended', async () => {
  const jobs = await JobSystem.start({ workers: 2 })
  const x = jobs.int32(4)
  await jobs.run(basic.add, { x, at: 0, by: 1 })
  assert.equal(await soon(jobs.close(), 'close'), undefined)
  assert.equal(x[0], 1)
})

test('T09: what is lost and what is late are errors with a text', () => {
  const lost = new WorkerLostError(3, 'tree')
  assert.ok(lost instanceof Error)
  assert.match(lost.message, /^worker 3 was lost while it ran kernel "tree": its thread ended$/)
  const late = new TimeoutError(50, 'job')
  assert.ok(late instanceof Error)
  assert.equal(late.message, 'the job did not end within its timeout of 50 ms')
})

test('T10: options, and what they are by default', async () => {
  const chosen = await JobSystem.start({ workers: 4, jobs: { capacity: 16 } })
  const auto = await JobSystem.start()
  assert.equal(chosen.workers, 4)
  assert.ok(auto.workers >= 1 && auto.workers <= availableParallelism())
  await Promise.all([chosen.close(), auto.close()])
})

withWorkers([0, 1, 2], 'T12: jobs that ran are counted', async (jobs) => {
  await jobs.run(basic.nothing)
  const before = jobsRun(jobs)
  await jobs.runMany(basic.nothing, [undefined, undefined, undefined])
  assert.equal(jobsRun(jobs), before + 3)
})

function jobsRun(jobs: JobSystem): number {
  const words = heapWords(jobs)
  const area = areaOf(words)!
  let ran = 0
  for (let thread = 0; thread < area.threads; thread++)
    ran += words[threadAt(area, thread) + T_JOBS]
  return ran
}

withWorkers([0, 2], 'T13: what a job has stored is seen by who waited for it', async (jobs) => {
  const x = jobs.int32(1)
  await soon(jobs.run(basic.store42, { x }), 'the job')
  assert.equal(x[0], 42)
})

withWorkers([0, 1, 4], 'T14: 100 jobs add their index: 4950', async (jobs) => {
  const x = jobs.int32(1)
  const all = Array.from({ length: 100 }, (_, index) => jobs.run(basic.addIndex, { x, index }))
  await soon(Promise.all(all), 'the jobs')
  assert.equal(x[0], 4950)
})

withWorkers(
  [1, 2],
  'T15: ten slow jobs count a counter down, and who waits goes on',
  async (jobs) => {
    const counter = jobs.counter(10)
    const list = Array.from({ length: 10 }, () => ({ counter, ms: 2 }))
    const all = jobs.runMany(basic.counterDown, list)
    await soon(counter.wait(), 'the counter')
    assert.equal(counter.value, 0)
    await all
  },
)

withWorkers([8], 'T16: 1000 jobs of 100 additions', async (jobs) => {
  const x = jobs.int32(1)
  await soon(
    jobs.runMany(
      basic.adds,
      Array.from({ length: 1000 }, () => ({ x, times: 100 })),
    ),
    'all',
  )
  assert.equal(x[0], 100_000)
})

withWorkers([0, 1], 'T19: a counter goes down and up, and is complete at 0', async (jobs) => {
  const counter = jobs.counter(5)
  assert.equal(counter.decrement(), 4)
  assert.equal(counter.increment(), 5)
  assert.equal(counter.decrement(5), 0)
  await soon(counter.wait(), 'a counter that is complete')
  assert.equal(counter.increment(5), 5)
  assert.equal(counter.value, 5)
  counter.free()
})

test('T20: a counter has a cache line of its own, and records are whole lines', async () => {
  const jobs = await JobSystem.start({ workers: 0 })
  const counters = Array.from({ length: 8 }, () => jobs.counter(1))
  const lines = counters.map(({ word }) => word / LINE_WORDS)
  for (const line of lines) assert.ok(Number.isInteger(line))
  assert.equal(new Set(lines).size, lines.length)
  for (const { words } of [JOB, THREAD]) assert.equal((words * 4) % LINE_BYTES, 0)
  assert.ok(COUNTER.words <= LINE_WORDS)
  await jobs.close()
})

withWorkers(
  [0, 2],
  'T21: every element of an array, with what a loop takes along',
  async (jobs) => {
    const x = jobs.share(Int32Array.of(1, 2, 3, 4, 5))
    await jobs.run(families.multiplyAll, { x, by: 10 })
    assert.deepEqual([...x], [10, 20, 30, 40, 50])
    assert.equal(await soon(jobs.run(families.sumByLoop, 6), 'the sum'), 15)
  },
)

withWorkers([0, 1], 'T22: a bare job runs, and one takes a counter to 0', async (jobs) => {
  assert.equal(await soon(jobs.run(basic.nothing), 'a bare job'), undefined)
  const counter = jobs.counter(1)
  await jobs.run(basic.counterDown, { counter, ms: 0 })
  assert.equal(counter.value, 0)
})

test('T23: counts are 0 before the first job, and add up after many', async () => {
  const jobs = await JobSystem.start({ workers: 2 })
  const words = heapWords(jobs)
  assert.equal(areaOf(words), null)
  const x = jobs.int32(1)
  await jobs.run(families.detach, { x, children: 9, ms: 0 })
  await atRest(jobs)
  const area = areaOf(words)!
  let ran = 0
  let detached = 0
  for (let thread = 0; thread < area.threads; thread++) {
    ran += words[threadAt(area, thread) + T_JOBS]
    detached += words[threadAt(area, thread) + T_DETACHED]
  }
  assert.deepEqual([ran, detached, x[0]], [10, 9, 9])
  await jobs.close()
})

withWorkers([4], 'T26: fifty thousand jobs, ordered and spawned', async (jobs) => {
  const n = 50_000
  const x = jobs.int32(1)
  const args = { x, at: 0, by: 1 }
  const list = Array.from({ length: n }, () => args)
  const before = await soon(jobs.runMany(basic.add, list), 'those ordered')
  assert.equal(x[0], n)
  assert.equal(new Set(before).size, n, 'each has seen another value')
  await soon(jobs.run(families.spawnAll, { x, n }), 'those spawned')
  assert.equal(x[0], 2 * n)
})

withWorkers([4], 'T27: fifty thousand jobs, detached and under one counter', async (jobs) => {
  const n = 50_000
  const x = jobs.int32(1)
  await soon(jobs.run(families.detachAll, { x, n }), 'the job that detaches')
  await until(() => Atomics.load(x, 0) === n, 'those detached')
  const counter = jobs.counter(n)
  assert.equal(await soon(jobs.run(families.countDownAll, { counter, n }), 'the counter'), 0)
})

test('T28: options have defaults, and those given are kept', async () => {
  const defaults = readStartOptions({})
  const given = {
    workers: 3,
    heap: { initialBytes: 65_536, maximumBytes: 2 ** 26 },
    idle: { spinMicroseconds: 5 },
    jobs: { capacity: 32, stallTimeout: 700 },
    trace: { events: 512 },
    name: 'given',
  } as const
  assert.deepEqual(defaults, {
    ...defaults,
    workers: 'auto',
    initialBytes: 16 * 2 ** 20,
    maximumBytes: undefined,
    spinMicroseconds: 50,
    jobCapacity: undefined,
    stallMs: 2000,
    pinning: null,
    traceEvents: 0,
    name: 'spillway',
  })
  assert.deepEqual(readStartOptions(given), {
    ...defaults,
    workers: 3,
    initialBytes: 65_536,
    maximumBytes: 2 ** 26,
    spinMicroseconds: 5,
    jobCapacity: 32,
    stallMs: 700,
    traceEvents: 512,
    name: 'given',
  })
  for (const [options, capacity] of [
    [{}, 1024],
    [given, 32],
  ] as const) {
    const jobs = await JobSystem.start({ ...options, workers: 1 })
    await jobs.run(basic.nothing)
    assert.equal(areaOf(heapWords(jobs))!.capacity, capacity)
    assert.equal(jobs.name, 'name' in options ? 'given' : 'spillway')
    await jobs.close()
  }
})
