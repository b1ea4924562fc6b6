import assert from 'node:assert/strict'
import { test } from 'node:test'
import { range } from 'spillway/kernel'
import {
  ODD_VALUES,
  THROWN_NAMES,
  failing,
  failingRange,
  throwing,
  throwingFunction,
  throwingOdd,
} from '../support/failure.kernels.ts'
import { errorOf } from '../support/expect.ts'
import { LOOP_FORMS, call, fresh, sharedSystems } from '../support/systems.ts'

const system = sharedSystems()
const CLASSES = [
  TypeError,
  RangeError,
  SyntaxError,
  ReferenceError,
  EvalError,
  URIError,
  Error,
  AggregateError,
]

test('error.details: a built-in class arrives as that class with message, stack, kernel, range and index', async () => {
  for (const workers of [0, 1, 2]) {
    const jobs = await system(workers)
    for (const method of LOOP_FORMS) {
      for (const [which, type] of CLASSES.entries()) {
        const error = await errorOf(() =>
          call(jobs, method, [10, 110], fresh(throwing), { at: 73, which }, { hint: 'light' }),
        )
        assert.equal(
          Object.getPrototypeOf(error),
          type.prototype,
          `${error.name} from ${workers} workers`,
        )
        assert.equal(error.name, type.name)
        assert.match(error.message, /^(a|an|several)\b/)
        assert.match(String(error.stack), /failure\.kernels\./)
        assert.equal(error['kernel'], 'throwing')
        assert.equal(error['index'], 73)
        const [start, end] = error['range'] as [number, number]
        assert.ok(start <= 73 && 73 < end && start >= 10 && end <= 110, `range ${start}..${end}`)
      }
    }
  }
})

test('error.details: the range is that of the failing chunk, whatever was claimed together', async () => {
  const ranges = new Set<string>()
  for (const workers of [1, 2]) {
    const jobs = await system(workers)
    // A kernel known to be cheap is given many chunks in one call.
    const cheap = fresh(throwing)
    for (let warm = 0; warm < 20; warm++) {
      jobs.parallelForSync(100_000, cheap, { at: -1, which: 0 })
    }
    for (let repetition = 0; repetition < 10; repetition++) {
      for (const method of LOOP_FORMS) {
        const kernel = repetition % 2 === 0 ? fresh(throwing) : cheap
        const error = await errorOf(() =>
          call(jobs, method, 100_000, kernel, { at: 60_000, which: 1 }),
        )
        ranges.add(String(error['range']))
      }
    }
  }
  assert.equal(ranges.size, 1, [...ranges].join(' '))
})

test('error.details: cause and errors of an AggregateError cross too', async () => {
  const jobs = await system(1)
  const caused = await errorOf(() => jobs.parallelFor(4, fresh(throwing), { at: 2, which: 6 }))
  assert.ok(caused.cause instanceof TypeError)
  assert.equal(caused.cause.message, 'its cause')
  const several = await errorOf(() => jobs.parallelFor(4, fresh(throwing), { at: 2, which: 7 }))
  assert.ok(several instanceof AggregateError)
  assert.deepEqual(
    several.errors.map((one: Error) => `${one.constructor.name} ${one.message}`),
    ['RangeError one', 'TypeError two'],
  )
})

test('error.details: a class of the program arrives from a worker as Error with its name and own fields', async () => {
  const which = THROWN_NAMES.indexOf('DomainError')
  for (const workers of [1, 2]) {
    const jobs = await system(workers)
    const error = await errorOf(() => jobs.parallelFor(4, fresh(throwing), { at: 2, which }))
    assert.ok(error instanceof Error)
    assert.equal(error.name, 'DomainError')
    assert.equal(error.message, '17 is outside of the domain')
    assert.equal(error['code'], 'E_DOMAIN')
    assert.equal(error['value'], 17)
    assert.deepEqual(error['details'], { limits: [1, 2], unit: 'metre' })
    assert.match(String(error.stack), /DomainError: 17 is outside of the domain/)
    assert.match(String(error.stack), /failure\.kernels\./)
    assert.ok([0, 1].includes(error['worker'] as number))
  }
})

test('error.details: a range kernel reports its call, and no index', async () => {
  const jobs = await system(1)
  const bad = jobs.uint8(100)
  bad[60] = 1
  const args = { bad, seen: jobs.uint8(100), base: 0 }
  const error = await errorOf(() => jobs.parallelForChunks(100, 25, fresh(failingRange), args))
  assert.equal(error['kernel'], 'failingRange')
  assert.deepEqual(error['range'], [50, 75])
  assert.equal('index' in error, false)
  const inChunk = await errorOf(() => jobs.parallelFor(100, fresh(failing), args, { grain: 25 }))
  assert.deepEqual(inChunk['range'], [50, 75])
  assert.equal(inChunk['index'], 60)
})

test('error.details: a plain function names its kernel and shows where in its text it threw', async () => {
  for (const workers of [0, 1]) {
    const jobs = await system(workers)
    const error = await errorOf(() =>
      jobs.parallelFor(10, function breaksAtFive(i: number) {
        if (i === 5) throw new TypeError('five')
      }),
    )
    assert.ok(error instanceof TypeError)
    assert.equal(error['kernel'], 'breaksAtFive')
    assert.equal(error['index'], 5)
    assert.match(String(error.stack), /breaksAtFive/)
  }
})

test('thrown values that are no errors arrive as they are', async () => {
  for (const workers of [0, 1, 2]) {
    const jobs = await system(workers)
    for (const [which, value] of ODD_VALUES.entries()) {
      for (const method of LOOP_FORMS) {
        let thrown: unknown = 'nothing'
        try {
          await call(jobs, method, 64, fresh(throwingOdd), { at: 40, which })
        } catch (error) {
          thrown = error
        }
        assert.deepEqual(thrown, value)
      }
    }
  }
})

test('a thrown value that cannot cross threads becomes an Error that says so', async () => {
  const jobs = await system(1)
  const error = await errorOf(() => jobs.parallelFor(4, fresh(throwingFunction), { at: 1 }))
  assert.ok(error instanceof Error)
  assert.match(error.message, /could not cross threads/)
  assert.equal(error['kernel'], 'throwingFunction')
})

test('a frozen error is thrown all the same', async () => {
  const jobs = await system(0)
  const frozen = range(() => {
    throw Object.freeze(new RangeError('frozen'))
  })
  const error = await errorOf(() => jobs.parallelForSync(4, frozen))
  assert.ok(error instanceof RangeError)
  assert.equal(error.message, 'frozen')
})
