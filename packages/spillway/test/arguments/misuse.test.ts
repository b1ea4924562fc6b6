import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JobSystem } from 'spillway'
import { sumTwo, sumTwoOptional, tell } from '../support/arguments.kernels.ts'
import { like } from '../support/expect.ts'
import { LOOP_FORMS, fresh, sharedSystems } from '../support/systems.ts'

const system = sharedSystems()

/** Fails unless the sync and the async form throw where they are called. */
function assertRefused(
  jobs: JobSystem,
  kernel: unknown,
  args: unknown,
  code: string,
  message: RegExp,
): void {
  const expected = like({ type: TypeError, code, message })
  for (const method of LOOP_FORMS) {
    assert.throws(
      () => void (jobs[method] as (...all: unknown[]) => unknown).call(jobs, 1, kernel, args),
      expected,
      String(message),
    )
  }
}

class Point {
  readonly x = 1
}

test('misuse.unshared-array: a typed array on memory that is not shared is named, with the way out', async () => {
  const jobs = await system(1)
  const way = 'jobs\\.float64\\(n\\) and its siblings, or copy it in with jobs\\.share\\(array\\)'
  for (const array of [
    new Float64Array(3),
    new Uint8Array(0),
    new BigInt64Array(1),
    Buffer.from('text'),
  ]) {
    const name = array.constructor.name
    assertRefused(
      jobs,
      sumTwo,
      { out: array, a: 1, nested: { b: 2 } },
      'ERR_NOT_SHARED',
      new RegExp(
        `^args\\.out of kernel "sumTwo" must lie on shared memory; got a ${name} on an ArrayBuffer\\. .*${way}`,
      ),
    )
  }
  assertRefused(
    jobs,
    sumTwo,
    { out: jobs.float64(1), a: 1, nested: { b: new Int8Array(1) } },
    'ERR_NOT_SHARED',
    /^args\.nested\.b of kernel "sumTwo" must lie on shared memory/,
  )
  assert.throws(
    () => jobs.parallelReduceSync(1, tell, { x: new Float64Array(1) }),
    like({ type: TypeError, code: 'ERR_NOT_SHARED', message: /^args\.x of kernel "tell"/ }),
  )
})

test('values that cannot cross threads are named by their path, with what to pass instead', async () => {
  const jobs = await system(1)
  const out = jobs.float64(1)
  const pass =
    'pass numbers, booleans, bigints, shared typed arrays, counters, or flat records of these'
  const wrong: readonly (readonly [value: unknown, came: string, advice?: string])[] = [
    [
      () => 1,
      'function b',
      'functions cannot cross threads; register the function in a kernels module and call it there',
    ],
    ['text', '"text"'],
    [null, 'null'],
    [undefined, 'undefined'],
    [Symbol('odd'), 'Symbol\\(odd\\)'],
    [[1, 2], '\\[1, 2\\]'],
    [new Date(0), 'an instance of Date'],
    [new Map(), 'an instance of Map'],
    [new Point(), 'an instance of Point'],
    [new SharedArrayBuffer(8), 'an instance of SharedArrayBuffer'],
    [new DataView(new SharedArrayBuffer(8)), 'DataView of 8 bytes'],
    [Promise.resolve(1), 'an instance of Promise'],
  ]
  for (const [value, came, advice = pass] of wrong) {
    const message = new RegExp(
      `^args\\.nested\\.b of kernel "sumTwo" cannot be passed to workers: got ${came}; ${advice}$`,
    )
    const b =
      typeof value === 'function' ? Object.defineProperty(value, 'name', { value: 'b' }) : value
    assertRefused(jobs, sumTwo, { out, a: 1, nested: { b } }, 'ERR_ARGUMENT', message)
  }
  assert.equal(out[0], 0)
})

test('the same holds in later calls, when the first had the right shape', async () => {
  const jobs = await system(1)
  const out = jobs.float64(1)
  jobs.parallelForSync(1, sumTwo, { out, a: 1, nested: { b: 2 } })
  assert.equal(out[0], 3)
  assertRefused(
    jobs,
    sumTwo,
    { out, a: 'text', nested: { b: 2 } },
    'ERR_ARGUMENT',
    /^args\.a of kernel "sumTwo" .*: got "text", where an earlier call passed a number; pass/,
  )
  assertRefused(
    jobs,
    sumTwo,
    { out: new Float64Array(1), a: 1, nested: { b: 2 } },
    'ERR_NOT_SHARED',
    /^args\.out/,
  )
  assertRefused(jobs, sumTwo, { out: null, a: 1, nested: { b: 2 } }, 'ERR_ARGUMENT', /^args\.out/)
  jobs.parallelForSync(1, sumTwo, { out, a: 3, nested: { b: 4 } })
  assert.equal(out[0], 7)
})

test('what an earlier call passed in the same place is told', async () => {
  const jobs = await system(1)
  const counter = jobs.counter(0)
  const good = {
    n: 4,
    b: true,
    big: 1n,
    x: jobs.int32(1),
    y: jobs.float64(1),
    counter,
    in: { k: 1 },
  }
  const kernel = fresh(tell)
  const call = (args: object): void => void jobs.parallelReduceSync(1, kernel, args as never)
  assert.throws(
    () => call({ ...good, n: 'four' }),
    like({ code: 'ERR_ARGUMENT', message: /^args\.n .*: got "four"; pass numbers, booleans/ }),
    'nothing is known yet',
  )
  call(good)
  for (const [args, path, expected] of [
    [{ n: 'four' }, 'n', 'a number'],
    [{ n: null }, 'n', 'a number'],
    [{ b: 'yes' }, 'b', 'a boolean'],
    [{ big: 'many' }, 'big', 'a bigint'],
    [{ x: [1] }, 'x', 'an Int32Array'],
    [{ y: '' }, 'y', 'a Float64Array'],
    [{ counter: new Map() }, 'counter', 'a counter'],
    [{ in: { k: 'four' } }, 'in.k', 'a number'],
  ] as const) {
    const message = new RegExp(
      `^args\\.${path} of kernel "tell" .*: got .*, where an earlier call passed ${expected}; pass`,
    )
    assert.throws(
      () => call({ ...good, ...args }),
      like({ type: TypeError, code: 'ERR_ARGUMENT', message }),
    )
  }
  call(good)
})

test('a bigint must fit 64 signed bits', async () => {
  const jobs = await system(1)
  for (const value of [2n ** 63n, -(2n ** 63n) - 1n, 2n ** 200n]) {
    assert.throws(
      () => jobs.parallelReduceSync(1, tell, { value }),
      like({
        type: TypeError,
        code: 'ERR_ARGUMENT',
        message: new RegExp(
          `^args\\.value of kernel "tell" must fit 64 signed bits; got ${value}n$`,
        ),
      }),
    )
  }
})

test('args that are no plain record are refused', async () => {
  const jobs = await system(1)
  for (const [args, came] of [
    [null, 'null'],
    [5, '5'],
    ['text', '"text"'],
    [[1], '\\[1\\]'],
    [new Point(), 'an instance of Point'],
    [jobs.float64(1), 'Float64Array of 8 bytes'],
    [() => ({}), 'function'],
  ] as const) {
    assertRefused(
      jobs,
      sumTwo,
      args,
      'ERR_ARGUMENT',
      new RegExp(`^args of kernel "sumTwo" must be a plain record .*; got ${came}`),
    )
  }
})

test('fields that the kernel takes and the record lacks are named', async () => {
  const jobs = await system(1)
  const out = jobs.float64(1)
  assertRefused(
    jobs,
    sumTwo,
    undefined,
    'ERR_ARGUMENT',
    /^args of kernel "sumTwo" must have \{ out, a, nested \}; got \{ +\}, without out, a, nested$/,
  )
  assertRefused(
    jobs,
    sumTwo,
    { out, A: 1, nested: { b: 1 } },
    'ERR_ARGUMENT',
    /must have \{ out, a, nested \}; got \{ out, A, nested \}, without a$/,
  )
  assertRefused(
    jobs,
    (i: number, { x, y }: { x: Float64Array; y: number }) => (x[i] = y),
    { x: out },
    'ERR_ARGUMENT',
    /^args of kernel "inline" must have \{ x, y \}; got \{ x \}, without y$/,
  )
  jobs.parallelForSync(1, sumTwoOptional, { out, a: 2 })
  assert.equal(out[0], 42)
  jobs.parallelForSync(1, sumTwoOptional, { out, a: 2, b: 3 })
  assert.equal(out[0], 5)
  // More than the kernel takes is fine: one record may serve several kernels.
  jobs.parallelForSync(1, sumTwo, { out, a: 1, nested: { b: 5, c: 6 }, more: 1n } as never)
  assert.equal(out[0], 6)
})

test('a record that contains itself is refused, not followed for ever', async () => {
  const jobs = await system(1)
  const loop: Record<string, unknown> = { a: 1 }
  loop['self'] = { loop }
  assertRefused(jobs, tell, loop, 'ERR_KERNEL', /made by reduce/)
  assert.throws(
    () => jobs.parallelReduceSync(1, tell, loop),
    like({ type: TypeError, code: 'ERR_ARGUMENT', message: /args\.self\.loop/ }),
  )
})
