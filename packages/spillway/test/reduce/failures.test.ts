import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { TimeoutError } from 'spillway'
import type { JobSystem } from 'spillway'
import { reduce } from 'spillway/kernel'
import { errorOf, like } from '../support/expect.ts'
import { fc, holds, workerCounts } from '../support/property.ts'
import { combineCalls, reductions } from '../support/reduce.kernels.ts'
import { gated } from '../support/reduce-gate.kernels.ts'
import { GATE_WORDS, INSIDE, arrived, openGate } from '../support/gate.ts'
import { REDUCE_FORMS, SCHEDULES, call, fresh, sharedSystems } from '../support/systems.ts'

const system = sharedSystems()
const LENGTH = 700
const { failingAt, combineFails, cannotCross, sumOf } = reductions
afterEach(() => {
  combineCalls.count = 0
})

async function assertWorks(jobs: JobSystem): Promise<void> {
  const values = jobs.float64(LENGTH).fill(1)
  assert.equal(await jobs.parallelReduce(LENGTH, fresh(sumOf), { values }), LENGTH)
}

const failures = fc.record({
  workers: workerCounts,
  method: fc.constantFrom(...REDUCE_FORMS),
  schedule: fc.constantFrom(...SCHEDULES),
  grain: fc.constantFrom(1, 30),
  bad: fc.uniqueArray(fc.nat(LENGTH - 1), { minLength: 1, maxLength: 30 }),
})

test('reduce.error: the lowest failing index wins and combine is never called', async () => {
  await holds(failures, 150, async ({ workers, method, schedule, grain, bad }) => {
    const jobs = await system(workers)
    const flags = jobs.uint8(LENGTH)
    for (const index of bad) flags[index] = 1
    combineCalls.count = 0
    const error = await errorOf(() =>
      call(jobs, method, LENGTH, fresh(failingAt), { bad: flags }, { schedule, grain }),
    )
    assert.ok(error instanceof RangeError)
    assert.equal(error.message, `index ${Math.min(...bad)} is bad`)
    assert.equal(error['kernel'], 'failingAt')
    assert.equal(error['index'], Math.min(...bad))
    assert.equal(combineCalls.count, 0)
    jobs.free(flags)
  })
})

test('reduce.error: combine is not called either when the reduction is so short that the caller runs it alone', async () => {
  for (const workers of [0, 2]) {
    const jobs = await system(workers)
    const bad = jobs.uint8(LENGTH)
    for (let warm = 0; warm < 100; warm++) jobs.parallelReduceSync(64, failingAt, { bad })
    bad[63] = 1
    for (const method of REDUCE_FORMS) {
      combineCalls.count = 0
      const error = await errorOf(() => call(jobs, method, 64, failingAt, { bad }))
      assert.equal(error.message, 'index 63 is bad')
      assert.equal(combineCalls.count, 0)
    }
  }
})

test('reduce.combine-error: the call ends with the error of combine, and the next one works', async () => {
  for (const workers of [0, 1, 2]) {
    const jobs = await system(workers)
    for (const method of REDUCE_FORMS) {
      for (const kernel of [fresh(combineFails), combineFails]) {
        const error = await errorOf(() => call(jobs, method, LENGTH, kernel, {}))
        assert.ok(error instanceof TypeError)
        assert.equal(error.message, 'these do not go together')
      }
      await assertWorks(jobs)
    }
  }
})

test('reduce.codec-misuse: a function or a symbol fails the call, naming the kernel and the kind of value', async () => {
  for (const workers of [1, 2]) {
    const jobs = await system(workers)
    for (const [kind, what] of [
      [0, /function/],
      [1, /symbol/],
    ] as const) {
      const error = await errorOf(() => jobs.parallelReduce(LENGTH, fresh(cannotCross), { kind }))
      assert.ok(error instanceof TypeError)
      assert.match(error.message, what)
      assert.match(`${error.message} ${String(error['kernel'])}`, /cannotCross/)
      await assertWorks(jobs)
    }
  }
})

test('reduce.mutable-identity: an object, array or typed array must come from a factory', () => {
  const parts = { fold: (all: never) => all, combine: (a: never) => a }
  for (const [identity, came] of [
    [{ sum: 0 }, '\\{ sum \\}'],
    [[], '\\[\\]'],
    [new Float64Array(2), 'Float64Array of 16 bytes'],
    [new Map(), 'an instance of Map'],
  ] as const) {
    assert.throws(
      () => reduce({ ...parts, identity: identity as never }),
      like({
        type: TypeError,
        code: 'ERR_KERNEL',
        message: new RegExp(
          `must be made anew for every chunk: identity: \\(\\) => \\(…\\); got ${came}$`,
        ),
      }),
    )
  }
})

test('reduce.cancel: a signal or a timeout ends a reduction without combine, and the workers go on', async () => {
  const reason = new Error('enough')
  for (const workers of [1, 2]) {
    const jobs = await system(workers)
    for (const schedule of SCHEDULES) {
      const controller = new AbortController()
      for (const options of [{ signal: controller.signal }, { timeout: 5 }]) {
        const gate = jobs.int32(GATE_WORDS)
        combineCalls.count = 0
        const reduction = errorOf(() =>
          jobs.parallelReduce(4000, fresh(gated), { gate }, { ...options, schedule }),
        )
        if ('signal' in options) {
          await arrived(gate, 1)
          controller.abort(reason)
        } else await delay(10) // Timers of one thread fire in order of their time.
        openGate(gate)
        const error = await reduction
        if ('signal' in options) assert.equal(error, reason)
        else assert.ok(error instanceof TimeoutError)
        assert.equal(combineCalls.count, 0)
        assert.equal(gate[INSIDE], 0)
        await assertWorks(jobs)
      }
    }
  }
})

test('reduce.cancel: a sync reduction minds the clock, and an aborted signal keeps it from starting', async () => {
  for (const workers of [0, 2]) {
    const jobs = await system(workers)
    const gate = jobs.int32(GATE_WORDS)
    openGate(gate)
    const bad = jobs.uint8(LENGTH)
    const signal = AbortSignal.abort(new Error('before'))
    assert.equal(
      (await errorOf(() => jobs.parallelReduceSync(LENGTH, fresh(failingAt), { bad }, { signal })))
        .message,
      'before',
    )
    assert.equal(
      (await errorOf(() => jobs.parallelReduce(LENGTH, fresh(failingAt), { bad }, { signal })))
        .message,
      'before',
    )
    assert.throws(
      () => jobs.parallelReduceSync(4000, fresh(gated), { gate, ms: 1 }, { timeout: 5 }),
      like({ type: TimeoutError, code: 'ERR_TIMEOUT', message: /timeout of 5 ms/ }),
    )
    assert.equal(combineCalls.count, 0)
    await assertWorks(jobs)
  }
})

test('parts of a reduction are checked when it is made', () => {
  const fold = (sum: number): number => sum
  const combine = (a: number): number => a
  const wrong: readonly (readonly [parts: unknown, message: RegExp])[] = [
    [undefined, /needs \{ identity, fold or foldRange, combine \}; got undefined/],
    [{ fold, combine }, /identity is missing/],
    [{ identity: 0, combine }, /give one of fold and foldRange/],
    [{ identity: 0, fold, foldRange: fold, combine }, /give one of fold and foldRange/],
    [{ identity: 0, fold, combine: 5 }, /combine must be a function; got 5/],
    [{ identity: 0, fold }, /combine must be a function; got undefined/],
    [{ identity: 0, fold: 'x', combine }, /fold must be a function; got "x"/],
    [
      { identity: 0, fold: async () => 0, combine },
      /fold must be a plain function: .* AsyncFunction/,
    ],
    [
      { identity: 0, foldRange: function* () {}, combine },
      /foldRange must be a plain function: .* GeneratorFunction/,
    ],
    [
      { identity: 0, fold, combine, merge: combine },
      /unknown part "merge"; known: identity, fold, foldRange, combine/,
    ],
  ]
  for (const [parts, message] of wrong) {
    assert.throws(
      () => reduce(parts as never),
      like({ type: TypeError, code: 'ERR_KERNEL', message }),
    )
  }
})
