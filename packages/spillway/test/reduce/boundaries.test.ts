import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setEnvironmentData } from 'node:worker_threads'
import { cut, indexOfUnit } from '../../src/core/geometry.ts'
import { cutReduction } from '../../src/loops/loop-options.ts'
import type { Hint, LoopOptions } from '../../src/loops/loop-options.ts'
import { fc } from '../support/property.ts'
import { Recorder, assertTiles } from '../support/recorder.ts'
import { CALLS_KEY, IDENTITY_CALLS, combineCalls, reductions } from '../support/reduce.kernels.ts'
import { HINTS, REDUCE_FORMS, SCHEDULES, call, fresh, sharedSystems } from '../support/systems.ts'

const identityCalls = new Int32Array(new SharedArrayBuffer(8))
setEnvironmentData(CALLS_KEY, identityCalls)

const system = sharedSystems()
const { counted, countedNumbers } = reductions

test('reduce.boundaries: the chunks are the same for any number of workers, schedule and form', async () => {
  for (const [range, options] of [
    [10_000, {}],
    [[-7, 5_000], { hint: 'heavy' }],
    [[3, 1_000], { grain: 17 }],
    [[0, 2 ** 53 - 1], { hint: 'trivial' }],
  ] as const) {
    const seen = new Set<string>()
    for (const workers of [0, 1, 2, 3, 8]) {
      const jobs = await system(workers)
      for (const schedule of SCHEDULES) {
        for (const method of REDUCE_FORMS) {
          for (const kernel of [fresh(countedNumbers), countedNumbers]) {
            const recorder = new Recorder(jobs, 4096)
            await call(jobs, method, range, kernel, recorder.args, { ...options, schedule })
            seen.add(JSON.stringify(recorder.edges()))
          }
        }
      }
    }
    assert.equal(seen.size, 1, `${seen.size} ways to cut ${JSON.stringify(range)}`)
    const [start, end] = typeof range === 'number' ? [0, range] : range
    assertTiles(JSON.parse([...seen][0]!) as [number, number][], start, end)
  }
})

test('reduce.factory-count: the identity is made once per chunk', async () => {
  for (const workers of [0, 1, 2, 3]) {
    const jobs = await system(workers)
    for (const kernel of [counted, countedNumbers]) {
      for (const value of [fresh(kernel), kernel]) {
        for (const method of REDUCE_FORMS) {
          for (const length of [1, 2, 100, 3000]) {
            const recorder = new Recorder(jobs, 3000)
            identityCalls[IDENTITY_CALLS] = 0
            combineCalls.count = 0
            const result = await call(jobs, method, length, value, recorder.args)
            assert.equal(identityCalls[IDENTITY_CALLS], recorder.calls)
            assert.equal(combineCalls.count, recorder.calls - 1)
            if (kernel === counted) assert.deepEqual(result, { chunks: recorder.calls })
            else assert.equal(result, length)
          }
        }
      }
    }
  }
})

test('reduce.empty: the identity, and neither fold nor combine is called', async () => {
  for (const workers of [0, 2]) {
    const jobs = await system(workers)
    const recorder = new Recorder(jobs, 1)
    const before = combineCalls.count
    for (const range of [0, [5, 5], { start: -1, end: -1 }]) {
      for (const method of REDUCE_FORMS) {
        for (const kernel of [counted, fresh(counted)]) {
          assert.deepEqual(await call(jobs, method, range, kernel, recorder.args), { chunks: 0 })
        }
        assert.equal(
          await call(jobs, method, range, reductions.minimum, { values: jobs.float64(1) }),
          Infinity,
        )
        assert.equal(await call(jobs, method, range, reductions.text, {}), '')
      }
    }
    assert.equal(recorder.calls, 0)
    assert.equal(combineCalls.count, before)
  }
})

test('reduce.empty: each empty reduction has an identity of its own', async () => {
  const jobs = await system(0)
  const { args } = new Recorder(jobs, 1)
  const one = await jobs.parallelReduce(0, counted, args)
  assert.notEqual(one, await jobs.parallelReduce(0, counted, args))
})

function cutFor(
  start: number,
  end: number,
  options: Pick<LoopOptions, 'grain' | 'hint'>,
): { units: number; edges: number[] } {
  const made = { start, end, origin: 0, step: 1, units: 0, blocksPerUnit: 0, longerUnits: 0 }
  cut(made, start, end, start, 1, 1)
  const { hint, grain = 1 } = options
  cutReduction(
    made,
    {
      hint,
      grain,
      align: undefined,
      schedule: 'adaptive',
      signal: undefined,
      timeout: Infinity,
      level: 1,
    },
    undefined,
  )
  return {
    units: made.units,
    edges: Array.from({ length: made.units }, (_, unit) => indexOfUnit(made, unit)),
  }
}

test('reduce.chunk-limit: at most 4,096 chunks for any range and hint', () => {
  fc.assert(
    fc.property(
      fc.maxSafeNat(),
      fc.maxSafeNat(),
      fc.constantFrom(undefined, ...(Object.keys(HINTS) as Hint[])),
      fc.oneof(
        fc.constant(1),
        fc.integer({ min: 1, max: 10_000 }),
        fc.maxSafeNat().map((n) => Math.max(1, n)),
      ),
      (a, b, hint, grain) => {
        const [start, end] = a < b ? [a, b] : [b, a]
        const { units, edges } = cutFor(start, end, { grain, ...(hint && { hint }) })
        assert.ok(units <= 4096)
        assert.ok(units >= (start === end ? 0 : 1))
        if (units > 0) assert.equal(edges[0], start)
        for (let unit = 1; unit < units; unit++) assert.ok(edges[unit]! - edges[unit - 1]! >= grain)
      },
    ),
  )
})
