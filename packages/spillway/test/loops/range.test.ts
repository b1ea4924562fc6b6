import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JobSystem, Range } from 'spillway'
import { like } from '../support/expect.ts'
import { count, record, recordIndex } from '../support/loop.kernels.ts'
import { Counts, Recorder, assertTiles } from '../support/recorder.ts'
import { LOOP_FORMS, call, fresh, sharedSystems } from '../support/systems.ts'

const system = sharedSystems()
const LAST = 2 ** 53 - 1

test('range.forms: a count, a pair and a record mean the same', async () => {
  for (const workers of [0, 2]) {
    const jobs = await system(workers)
    const forms: readonly (readonly [number, number, readonly Range[]])[] = [
      [0, 40, [40, [0, 40], { start: 0, end: 40 }]],
      [7, 40, [[7, 40], { start: 7, end: 40 }]],
      [-5, 5, [[-5, 5], { start: -5, end: 5 }]],
    ]
    for (const [start, end, ranges] of forms) {
      for (const range of ranges) {
        const counts = new Counts(jobs, start, end - start)
        await jobs.parallelFor(range, fresh(count), counts.args)
        counts.assertOnce()
      }
    }
  }
})

async function assertIndexes(jobs: JobSystem, start: number, end: number): Promise<void> {
  for (const method of LOOP_FORMS) {
    for (const kernel of [recordIndex, fresh(recordIndex)]) {
      const recorder = new Recorder(jobs, end - start)
      await call(jobs, method, [start, end], kernel, recorder.args)
      const indexes = recorder.edges().map(([index]) => index)
      assert.deepEqual(
        indexes,
        Array.from({ length: end - start }, (_, i) => start + i),
      )
      recorder.free()
    }
  }
}

test('range.large: indexes across 2^31, 2^32 and up to 2^53 - 1 arrive exactly', async () => {
  for (const workers of [0, 2]) {
    const jobs = await system(workers)
    for (const [start, end] of [
      [2 ** 31 - 300, 2 ** 31 + 300],
      [2 ** 32 - 300, 2 ** 32 + 300],
      [2 ** 52 - 300, 2 ** 52 + 300],
      [LAST - 600, LAST],
      [LAST - 1, LAST],
      [-LAST, -LAST + 600],
    ] as const) {
      await assertIndexes(jobs, start, end)
    }
  }
})

test('range.large: the longest ranges are cut without a gap', async () => {
  for (const workers of [0, 1, 2, 3]) {
    const jobs = await system(workers)
    for (const [start, end] of [
      [0, LAST],
      [1, LAST],
      [-(2 ** 52), 2 ** 52 - 1],
    ] as const) {
      for (const options of [
        {},
        { hint: 'heavy' },
        { schedule: 'guided' },
        { grain: 2 ** 45 + 1 },
      ] as const) {
        const recorder = new Recorder(jobs, 4096)
        await jobs.parallelFor([start, end], fresh(record), recorder.args, options)
        assertTiles(recorder.edges(), start, end)
        recorder.free()
      }
    }
  }
})

test('range.misuse: malformed ranges throw at once, by the async form too, and say what came', async () => {
  const jobs = await system(2)
  const counts = new Counts(jobs, 0, 1)
  const wrong: readonly (readonly [range: unknown, type: typeof Error, came: RegExp])[] = [
    [-1, RangeError, /range .*-1/],
    [[3, 2], RangeError, /range must not end before it starts; got \[3, 2\]/],
    [{ start: 9, end: -9 }, RangeError, /range .*\{ start: 9, end: -9 \}/],
    [1.5, RangeError, /range bounds must be integers.*1\.5/],
    [NaN, RangeError, /range bounds must be integers.*NaN/],
    [Infinity, RangeError, /range bounds must be integers.*Infinity/],
    [2 ** 53, RangeError, /range bounds must be integers.*9007199254740992/],
    [[0.5, 2], RangeError, /range bounds must be integers.*0\.5/],
    [[-LAST, LAST], RangeError, /range must not be longer/],
    [
      '4',
      TypeError,
      /range must be a length n, a pair \[start, end\], or \{ start, end \}; got "4"/,
    ],
    [4n, TypeError, /range must be .*; got 4n/],
    [null, TypeError, /range must be .*; got null/],
    [undefined, TypeError, /range must be .*; got undefined/],
    [[1], TypeError, /range must be .*; got \[1\]/],
    [[1, 2, 3], TypeError, /range must be .*; got \[1, 2, 3\]/],
    [['0', 3], TypeError, /range must be .*; got \["0", 3\]/],
    [{}, TypeError, /range must be .*; got \{ start: undefined, end: undefined \}/],
    [{ start: 0 }, TypeError, /range must be .*; got \{ start: 0, end: undefined \}/],
    [{ end: 3 }, TypeError, /range must be .*; got \{ start: undefined, end: 3 \}/],
    [() => 3, TypeError, /range must be .*; got function/],
  ]
  for (const [range, type, message] of wrong) {
    const expected = like({ type, code: 'ERR_RANGE', message })
    // Not awaited: even the async form throws where it is called.
    assert.throws(() => void jobs.parallelFor(range as Range, count, counts.args), expected)
    assert.throws(() => jobs.parallelForSync(range as Range, count, counts.args), expected)
    assert.throws(() => void jobs.parallelForAuto(range as Range, count, counts.args), expected)
    assert.throws(
      () => void jobs.parallelForChunks(range as Range, 1, record, new Recorder(jobs, 1).args),
      expected,
    )
  }
  assert.equal(counts.total, 0)
})
