import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JobSystem } from 'spillway'
import type { ReduceKernel } from 'spillway/kernel'
import { fc, holds, workerCounts } from '../support/property.ts'
import { heavyWork, reductions } from '../support/reduce.kernels.ts'
import { REDUCE_FORMS, SCHEDULES, call, fresh, sharedSystems } from '../support/systems.ts'

const system = sharedSystems()

/** The reduction as one serial loop. */
function serial<A, R>(kernel: ReduceKernel<A, R>, start: number, end: number, args: A): R {
  let total =
    typeof kernel.identity === 'function' ? (kernel.identity as () => R)() : kernel.identity
  for (let i = start; i < end; i++) total = kernel.fold!(total, i, args)
  return total
}

function randomValues(jobs: JobSystem, length: number): Float64Array {
  const values = jobs.float64(length)
  for (let i = 0; i < length; i++) values[i] = Math.abs(Math.sin(i * 12.9898) * 43758.5453) % 1
  return values
}

test('reduce.exact-sum: 4,000,000 items of 610 each are 2,440,000,000, with any number of workers', async () => {
  assert.equal(heavyWork(15), 610)
  assert.deepEqual([0, 1, 2].map(heavyWork), [0, 1, 1])
  for (const workers of [0, 1, 2, 3]) {
    const jobs = await system(workers)
    const total = await jobs.parallelReduce(4_000_000, reductions.sumOfWork, { n: 15 })
    assert.equal(total, 2_440_000_000)
    assert.equal(jobs.parallelReduceSync(4_000_000, reductions.sumOfWork, { n: 15 }), 2_440_000_000)
  }
})

test('reduce.fold-range: the same reduction by index and by range gives the same bits', async () => {
  for (const workers of [0, 2]) {
    const jobs = await system(workers)
    const values = randomValues(jobs, 10_000)
    for (const method of REDUCE_FORMS) {
      const byIndex = await call(jobs, method, [3, 9_999], fresh(reductions.sumOf), { values })
      const byRange = await call(jobs, method, [3, 9_999], fresh(reductions.sumOfRange), { values })
      assert.ok(Object.is(byIndex, byRange))
    }
  }
})

test('reduce.catalogue: extremes, position of the maximum, histogram and text equal their serial loops', async () => {
  const {
    minimum,
    maximum,
    positionOfMaximum,
    histogram,
    text,
    indexes,
    wordCount,
    statistics,
    factorialLike,
  } = reductions
  for (const workers of [0, 1, 2, 3]) {
    const jobs = await system(workers)
    const values = randomValues(jobs, 3000)
    values[700] = values[2100] = 2 - 2 ** -40
    const inUnit = { values: randomValues(jobs, 3000) }
    for (const method of REDUCE_FORMS) {
      const equal = async <A, R>(kernel: ReduceKernel<A, R>, args: A): Promise<void> => {
        for (const value of [fresh(kernel), kernel]) {
          const result = await call(jobs, method, [5, 2990], value, args)
          assert.deepEqual(
            result,
            serial(kernel, 5, 2990, args),
            `${kernel.name} with ${workers} workers`,
          )
        }
      }
      await equal(minimum, { values })
      await equal(maximum, { values })
      await equal(positionOfMaximum, { values })
      await equal(histogram, inUnit)
      await equal(text, {})
      await equal(indexes, {})
      await equal(wordCount, { values })
      await equal(factorialLike, {})
      const all = (await call(jobs, method, [5, 2990], fresh(statistics), { values })) as {
        count: number
        odd: boolean
        extremes: object
      }
      const expected = serial(statistics, 5, 2990, { values })
      assert.deepEqual({ ...all, sum: 0 }, { ...expected, sum: 0 })
    }
  }
})

test('reduce.codec: the accumulator comes back with the type and value of the serial loop', async () => {
  for (const workers of [1, 2]) {
    const jobs = await system(workers)
    const values = randomValues(jobs, 2000)
    const run = async <A, R>(kernel: ReduceKernel<A, R>, args: A): Promise<R> =>
      (await call(jobs, 'parallelReduce', 2000, fresh(kernel), args)) as R
    assert.equal(typeof (await run(reductions.text, {})), 'string')
    assert.equal(typeof (await run(reductions.factorialLike, {})), 'bigint')
    const bins = await run(reductions.histogram, { values })
    assert.ok(bins instanceof Uint32Array)
    assert.equal(
      bins.buffer instanceof SharedArrayBuffer,
      false,
      'the result still lies in shared memory',
    )
    assert.ok(Array.isArray(await run(reductions.indexes, {})))
    assert.equal(
      Object.getPrototypeOf(await run(reductions.statistics, { values })),
      Object.prototype,
    )
    assert.ok((await run(reductions.wordCount, { values })) instanceof Map)
  }
})

test('reduce.order: combine that does not commute gives the serial result', async () => {
  const { text, indexes, composed } = reductions
  for (const workers of [0, 1, 2, 3]) {
    const jobs = await system(workers)
    for (const schedule of SCHEDULES) {
      for (const method of REDUCE_FORMS) {
        assert.deepEqual(
          await call(jobs, method, [7, 2000], fresh(indexes), {}, { schedule }),
          Array.from({ length: 1993 }, (_, k) => k + 7),
        )
        assert.deepEqual(
          await call(jobs, method, 2000, fresh(composed), {}, { schedule }),
          serial(composed, 0, 2000, {}),
        )
        assert.equal(
          await call(jobs, method, 300, fresh(text), {}, { schedule, grain: 7 }),
          serial(text, 0, 300, {}),
        )
      }
    }
  }
})

const reducedTexts = fc.record({
  workers: workerCounts,
  method: fc.constantFrom(...REDUCE_FORMS),
  start: fc.integer({ min: -500, max: 500 }),
  length: fc.integer({ min: 0, max: 1500 }),
  options: fc.record(
    {
      grain: fc.integer({ min: 1, max: 200 }),
      hint: fc.constantFrom('trivial', 'light', 'moderate', 'heavy'),
      schedule: fc.constantFrom(...SCHEDULES),
    },
    { requiredKeys: [] },
  ),
})

test('reduce.order: text over random ranges, grains, hints, schedules and worker counts', async () => {
  await holds(reducedTexts, 100, async ({ workers, method, start, length, options }) => {
    const jobs = await system(workers)
    const end = start + length
    assert.equal(
      await call(jobs, method, [start, end], fresh(reductions.text), {}, options),
      serial(reductions.text, start, end, {}),
    )
  })
})
