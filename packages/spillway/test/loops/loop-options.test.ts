import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JobSystem, LoopOptions } from 'spillway'
import { each, reduce } from 'spillway/kernel'
import { like } from '../support/expect.ts'
import type { Expected } from '../support/expect.ts'
import { count, countRange } from '../support/loop.kernels.ts'
import { Counts } from '../support/recorder.ts'
import { sharedSystems } from '../support/systems.ts'

const system = sharedSystems()
const sum = reduce({ identity: 0, fold: (total, i) => total + i, combine: (a, b) => a + b })

/** Fails unless every form of every loop throws `expected` where it is called, and nothing has run. */
function assertRefused(jobs: JobSystem, options: unknown, expected: Expected): void {
  const counts = new Counts(jobs, 0, 10)
  const wrong = options as LoopOptions
  const check = like(expected)
  assert.throws(() => void jobs.parallelFor(10, count, counts.args, wrong), check)
  assert.throws(() => jobs.parallelForSync(10, count, counts.args, wrong), check)
  assert.throws(() => void jobs.parallelForAuto(10, count, counts.args, wrong), check)
  assert.throws(() => jobs.parallelForAutoSync(10, count, counts.args, wrong), check)
  assert.throws(() => void jobs.parallelForChunks(10, 2, countRange, counts.args, wrong), check)
  assert.throws(() => jobs.parallelForChunksSync(10, 2, countRange, counts.args, wrong), check)
  assert.throws(() => void jobs.parallelReduce(10, sum, undefined, wrong), check)
  assert.throws(() => jobs.parallelReduceSync(10, sum, undefined, wrong), check)
  assert.equal(counts.total, 0)
}

test('misuse.option-key: an unknown key is named, with the known ones and a guess', async () => {
  const jobs = await system(1)
  const known = 'known: grain, hint, align, schedule, signal, timeout'
  for (const [options, message] of [
    [{ grian: 1 }, `unknown loop option "grian"; ${known}`],
    [{ Grain: 1 }, `unknown loop option "Grain" (did you mean grain?); ${known}`],
    [{ time: 1 }, `unknown loop option "time" (did you mean timeout?); ${known}`],
    [{ prio: 'high' }, `unknown loop option "prio" (did you mean priority?); ${known}`],
    [{ workers: 2, grain: 1 }, `unknown loop option "workers"; ${known}`],
  ] as const) {
    const text = message.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    assertRefused(jobs, options, { type: TypeError, code: 'ERR_OPTION', message: new RegExp(text) })
  }
})

test('options that are no record are refused', async () => {
  const jobs = await system(1)
  for (const [options, came] of [
    [null, 'null'],
    [5, '5'],
    ['fast', '"fast"'],
    [() => {}, 'function'],
  ] as const) {
    const message = new RegExp(`^loop options must be a record; got ${came}`)
    assertRefused(jobs, options, { type: TypeError, code: 'ERR_OPTION', message })
  }
})

test('a timeout is a number of milliseconds, not negative', async () => {
  const jobs = await system(1)
  for (const [timeout, type, came] of [
    [-1, RangeError, '-1'],
    [NaN, RangeError, 'NaN'],
    [-Infinity, RangeError, '-Infinity'],
    ['100', TypeError, '"100"'],
    [100n, TypeError, '100n'],
    [null, TypeError, 'null'],
    [{}, TypeError, '\\{'],
  ] as const) {
    assertRefused(
      jobs,
      { timeout },
      { type, code: 'ERR_OPTION', message: new RegExp(`^timeout must be .*; got ${came}`) },
    )
  }
})

test('a signal is an AbortSignal', async () => {
  const jobs = await system(1)
  for (const [signal, came] of [
    [true, 'true'],
    [null, 'null'],
    [{}, '\\{'],
    [new AbortController(), 'an instance of AbortController'],
  ] as const) {
    const message = new RegExp(`^signal must be an AbortSignal; got ${came}`)
    assertRefused(jobs, { signal }, { type: TypeError, code: 'ERR_OPTION', message })
  }
})

test('what only looks like an AbortSignal is refused too', async () => {
  const jobs = await system(1)
  const counts = new Counts(jobs, 0, 10)
  const options = { signal: { aborted: false } } as unknown as LoopOptions
  const expected = like({
    type: TypeError,
    code: 'ERR_OPTION',
    message: /^signal must be an AbortSignal; got \{ aborted \}/,
  })
  // The sync form only: an async call that got as far as listening would never be let go of.
  assert.throws(() => jobs.parallelForSync(10, count, counts.args, options), expected)
})

test('options that are undefined count as left out', async () => {
  const jobs = await system(1)
  const counts = new Counts(jobs, 0, 10)
  const options = {
    grain: undefined,
    hint: undefined,
    align: undefined,
    schedule: undefined,
    signal: undefined,
    timeout: undefined,
  }
  jobs.parallelForSync(10, count, counts.args, options as unknown as LoopOptions)
  counts.assertOnce()
})

test('a kernel of the wrong kind, or none at all, is refused with what the call takes', async () => {
  const jobs = await system(1)
  const wrong: readonly (readonly [action: () => unknown, message: RegExp])[] = [
    [
      () => jobs.parallelForSync(1, sum as never),
      /^kernel "inline" is made by reduce\(\); this call takes kernels made by each\(\) or range\(\)$/,
    ],
    [
      () => jobs.parallelForChunksSync(1, 1, each(() => {}) as never),
      /made by each\(\); this call takes kernels made by range\(\)$/,
    ],
    [
      () => jobs.parallelReduceSync(1, count as never),
      /^kernel "count" is made by each\(\); this call takes kernels made by reduce\(\)$/,
    ],
    [
      () => jobs.parallelReduceSync(1, ((a: number) => a) as never),
      /^kernel must be made by reduce\(\); got function/,
    ],
    [
      () => jobs.parallelForSync(1, undefined as never),
      /^kernel must be made by each\(\) or range\(\), or be a plain function; got undefined$/,
    ],
    [() => jobs.parallelForSync(1, null as never), /got null$/],
    [() => jobs.parallelForSync(1, 'count' as never), /got "count"$/],
    [() => jobs.parallelForSync(1, { kind: 'task' } as never), /got \{ kind \}$/],
    [() => jobs.parallelForSync(1, [count] as never), /got \[/],
  ]
  for (const [action, message] of wrong) {
    assert.throws(action, like({ type: TypeError, code: 'ERR_KERNEL', message }))
  }
})
