import assert from 'node:assert/strict'
import { test } from 'node:test'
import { indexOfUnit } from '../../src/core/geometry.ts'
import { cutLoop } from '../../src/loops/loop-options.ts'
import type { Hint } from '../../src/loops/loop-options.ts'
import { like } from '../support/expect.ts'
import { record } from '../support/loop.kernels.ts'
import { fc, holds, starts, workerCounts } from '../support/property.ts'
import { Recorder, assertTiles, balanced } from '../support/recorder.ts'
import { AUTO_FORMS, HINTS, LOOP_FORMS, call, fresh, sharedSystems } from '../support/systems.ts'

const system = sharedSystems()
const hintNames = Object.keys(HINTS) as Hint[]

/** Lengths of the chunks that a loop over `length` indexes is cut into. */
function cutLengths(
  length: number,
  workers: number,
  options: { hint?: Hint; grain?: number },
): number[] {
  const made = {
    start: 0,
    end: length,
    origin: 0,
    step: 1,
    units: 0,
    blocksPerUnit: 0,
    longerUnits: 0,
  }
  const resolved = {
    hint: options.hint,
    grain: options.grain ?? 1,
    align: undefined,
    schedule: 'adaptive',
    signal: undefined,
    timeout: Infinity,
    level: 1,
  } as const
  cutLoop(made, resolved, undefined, workers)
  return Array.from(
    { length: made.units },
    (_, unit) => indexOfUnit(made, unit + 1) - indexOfUnit(made, unit),
  )
}

test('split.hints: 2, 4, 8 and 16 chunks per worker reach the kernel, balanced', async () => {
  for (const workers of [0, 1, 2, 3]) {
    const jobs = await system(workers)
    for (const hint of hintNames) {
      for (const method of [...AUTO_FORMS, ...LOOP_FORMS]) {
        for (const kernel of [fresh(record), record]) {
          const recorder = new Recorder(jobs, 100)
          await call(jobs, method, [5, 1006], kernel, recorder.args, { hint })
          assert.equal(recorder.calls, Math.max(1, workers) * HINTS[hint], `${method} ${hint}`)
          assert.deepEqual(recorder.edges(), balanced(5, 1006, recorder.calls))
          recorder.free()
        }
      }
    }
  }
})

test('split.hints: parallelForAuto without a hint is light', async () => {
  for (const workers of [1, 3]) {
    const jobs = await system(workers)
    for (const method of AUTO_FORMS) {
      const recorder = new Recorder(jobs, 100)
      await call(jobs, method, 1000, fresh(record), recorder.args)
      assert.equal(recorder.calls, workers * 4)
      recorder.free()
    }
  }
})

test('split.hints: up to 4,096 chunks for any number of workers', () => {
  for (const workers of [1, 2, 3, 7, 32, 256, 257, 1024]) {
    for (const hint of hintNames) {
      const wanted = Math.min(workers * HINTS[hint], 4096)
      assert.equal(cutLengths(1e6, workers, { hint }).length, wanted, `${workers} ${hint}`)
      assert.equal(cutLengths(3, workers, { hint }).length, Math.min(3, wanted))
    }
  }
})

test('split.hint-misuse: another word throws at once and lists the four', async () => {
  const jobs = await system(1)
  const { args } = new Recorder(jobs, 1)
  for (const [hint, came] of [
    ['Light', '"Light"'],
    ['', '""'],
    ['constructor', '"constructor"'],
    [4, '4'],
    [null, 'null'],
  ] as const) {
    const expected = like({
      type: TypeError,
      code: 'ERR_OPTION',
      message: new RegExp(`^hint must be one of trivial, light, moderate, heavy; got ${came}$`),
    })
    assert.throws(
      () => void jobs.parallelForAuto(9, record, args, { hint: hint as Hint }),
      expected,
    )
    assert.throws(() => jobs.parallelForSync(9, record, args, { hint: hint as Hint }), expected)
  }
  assert.equal(args.calls[0], 0)
})

test('split.grain: a large grain makes fewer chunks, none but the last shorter than it', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 100_000 }),
      fc.integer({ min: 1, max: 64 }),
      fc.integer({ min: 1, max: 120_000 }),
      fc.constantFrom(undefined, ...hintNames),
      (length, workers, grain, hint) => {
        const lengths = cutLengths(length, workers, { grain, ...(hint && { hint }) })
        const unbounded = cutLengths(length, workers, hint ? { hint } : {})
        assert.ok(lengths.length <= unbounded.length)
        assert.equal(
          lengths.reduce((sum, one) => sum + one, 0),
          length,
        )
        for (const one of lengths.slice(0, -1)) assert.ok(one >= grain, `${one} < ${grain}`)
        if (length >= grain * unbounded.length) assert.equal(lengths.length, unbounded.length)
      },
    ),
  )
})

const grained = fc.record({
  workers: workerCounts,
  method: fc.constantFrom(...LOOP_FORMS, ...AUTO_FORMS),
  schedule: fc.constantFrom('adaptive' as const, 'guided' as const),
  start: starts,
  length: fc.integer({ min: 1, max: 3000 }),
  grain: fc.integer({ min: 1, max: 500 }),
})

test('split.grain: no call of the kernel but the last covers fewer indexes', async () => {
  await holds(grained, 100, async ({ workers, method, schedule, start, length, grain }) => {
    const jobs = await system(workers)
    const recorder = new Recorder(jobs, 3000)
    await call(jobs, method, [start, start + length], fresh(record), recorder.args, {
      grain,
      schedule,
    })
    const edges = recorder.edges()
    assertTiles(edges, start, start + length)
    for (const [from, to] of edges.slice(0, -1))
      assert.ok(to - from >= grain, `${to - from} < ${grain}`)
    recorder.free()
  })
})

test('split.grain-misuse: everything that is no positive integer is refused at once', async () => {
  const jobs = await system(1)
  const { args } = new Recorder(jobs, 1)
  for (const [grain, type, came] of [
    [0, RangeError, '0'],
    [-4, RangeError, '-4'],
    [0.5, RangeError, '0\\.5'],
    [NaN, RangeError, 'NaN'],
    [Infinity, RangeError, 'Infinity'],
    ['8', TypeError, '"8"'],
    [8n, TypeError, '8n'],
    [null, TypeError, 'null'],
  ] as const) {
    const expected = like({
      type,
      code: 'ERR_OPTION',
      message: new RegExp(`^grain must be .*; got ${came}$`),
    })
    assert.throws(
      () => void jobs.parallelFor(9, record, args, { grain: grain as number }),
      expected,
    )
    assert.throws(
      () => jobs.parallelForAutoSync(9, record, args, { grain: grain as number }),
      expected,
    )
  }
  assert.equal(args.calls[0], 0)
})
