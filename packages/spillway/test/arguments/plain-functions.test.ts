import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JobSystem } from 'spillway'
import { each, range, reduce } from 'spillway/kernel'
import { errorOf, like } from '../support/expect.ts'
import { CHUNK_FORMS, LOOP_FORMS, REDUCE_FORMS, call, sharedSystems } from '../support/systems.ts'

const system = sharedSystems()

/** A function of exactly this text, whatever compiles the tests; `names` surround it as variables. */
function fromText(text: string, names: Readonly<Record<string, unknown>> = {}): unknown {
  // oxlint-disable-next-line typescript/no-implied-eval
  return new Function(...Object.keys(names), `return (${text})`)(...Object.values(names)) as unknown
}

/** Fails unless every form refuses the function before anything has run. */
function assertRefused(jobs: JobSystem, kernel: unknown, code: string, message: RegExp): void {
  const x = jobs.float64(4)
  const expected = like({ type: TypeError, code, message })
  for (const method of LOOP_FORMS) {
    assert.throws(
      () => void (jobs[method] as (...all: unknown[]) => unknown).call(jobs, 4, kernel, { x }),
      expected,
      String(message),
    )
  }
  assert.deepEqual([...x], [0, 0, 0, 0])
}

test('a plain function works wherever a kernel does, in every form', async () => {
  const texts = [
    '(i, { x }) => { x[i] = 2 * i }',
    '(i, args) => { args.x[i] = i + i }',
    'function (i, { x }) { x[i] = Math.round(2 * i) }',
    'function twice(i, { x }) { const two = (n) => n + n; x[i] = two(i) }',
    '({ double(i, { x }) { x[i] = i << 1 } }).double',
    '(i, { x, factor = 2 }) => { x[i] = factor * i }',
    '(i, { x }) => { class Twice { static of(n) { return 2 * n } } x[i] = Twice.of(i) }',
    '(i, { x }) => { const { hypot } = Math; x[i] = [i, i].reduce((a, b) => a + b) + hypot(0) }',
    '(i, { x }) => void (x[i] = performance.now() > 0 ? 2 * i : NaN)',
  ]
  for (const workers of [0, 2]) {
    const jobs = await system(workers)
    for (const text of texts) {
      for (const method of LOOP_FORMS) {
        const x = jobs.float64(500)
        await call(jobs, method, 500, fromText(text), { x })
        assert.ok(
          x.every((value, i) => value === 2 * i),
          text,
        )
        jobs.free(x)
      }
    }
    for (const method of CHUNK_FORMS) {
      const x = jobs.float64(500)
      await call(
        jobs,
        method,
        500,
        7,
        fromText('(start, end, { x }) => { for (let i = start; i < end; i++) x[i] = end - start }'),
        { x },
      )
      assert.equal(x[0], 7)
      assert.equal(x[499], 500 % 7)
    }
  }
})

test('a loop without arguments takes a function of the index alone', async () => {
  const jobs = await system(2)
  await jobs.parallelFor(10, (i) => void i)
  jobs.parallelForSync(10, () => {})
  await jobs.parallelForChunks(10, 3, (start, end) => void (end - start))
})

test('misuse.captured-variable: a variable of the surroundings is named, and where to put it', async () => {
  const jobs = await system(1)
  const factor = 3
  assertRefused(
    jobs,
    fromText('(i, { x }) => { x[i] = factor * i }', { factor }),
    'ERR_CAPTURED',
    /^kernel "inline" \(body\), which travels to workers as source text, uses "factor", which does not exist there\. `factor` is declared outside the function\. Pass its value in the arguments record, or move the function into a kernels module\.$/,
  )
  assertRefused(
    jobs,
    fromText('function scaled(i, { x }) { x[i] = factor * offset }', { factor, offset: 1 }),
    'ERR_CAPTURED',
    /^kernel "scaled" .* uses "factor", "offset", which do not exist there/,
  )
  const make = (text: string) => fromText(`((k) => ${text})(5)`)
  assertRefused(jobs, make('(i, { x }) => { x[i] = k }'), 'ERR_CAPTURED', /uses "k"/)
  assertRefused(
    jobs,
    fromText('(i, { x }) => { x[i] = document.title }'),
    'ERR_CAPTURED',
    /uses "document"/,
  )
  const captured = 7
  assertRefused(
    jobs,
    (i: number, { x }: { x: Float64Array }) => (x[i] = captured),
    'ERR_CAPTURED',
    /uses "captured"/,
  )
})

test('helpers that tools write into a function are recognised, and the tool is named', async () => {
  const jobs = await system(2)
  const identity = (value: unknown): unknown => value
  // esbuild's is harmless, so the function runs.
  const x = jobs.float64(300)
  const named = fromText(
    '(i, { x }) => { const one = __name(function () { return 1 }, "one"); x[i] = one() }',
    { __name: identity },
  )
  await call(jobs, 'parallelFor', 300, named, { x })
  assert.ok(x.every((value) => value === 1))

  for (const [text, names, tool] of [
    [
      '(i, { x }) => { cov_1().s[0]++; x[i] = 1 }',
      ['cov_1'],
      /`cov_1` is a coverage counter of istanbul/,
    ],
    [
      '(i, { x }) => { cov_2k8s1v().f[3]++; x[i] = 1 }',
      ['cov_2k8s1v'],
      /`cov_2k8s1v` is a coverage counter of istanbul/,
    ],
    [
      '(i, { x }) => { x[i] = _typeof(x) === "object" ? 1 : 0 }',
      ['_typeof'],
      /`_typeof` is a helper of Babel or SWC/,
    ],
    [
      '(i, { x }) => { x[i] = (0, __vite_ssr_import_0__.twice)(i) }',
      ['__vite_ssr_import_0__'],
      /`__vite_ssr_import_0__` is how Vite and Vitest write an imported value/,
    ],
    [
      '(i, { x }) => { x[i] = __spreadArray([], x).length }',
      ['__spreadArray'],
      /`__spreadArray` is a helper of TypeScript for an old compile target/,
    ],
    [
      '(i, { x }) => { x[i] = require("fs") }',
      ['require'],
      /`require` is a name that only CommonJS modules have/,
    ],
  ] as const) {
    const surroundings = Object.fromEntries(names.map((name) => [name, identity]))
    assertRefused(jobs, fromText(text, surroundings), 'ERR_CAPTURED', tool)
    assertRefused(jobs, fromText(text, surroundings), 'ERR_CAPTURED', /kernels module/)
  }
})

test('functions that a loop cannot call, or that cannot travel, are refused', async () => {
  const jobs = await system(1)
  const wrong: readonly (readonly [text: string, message: RegExp])[] = [
    ['async (i) => {}', /must be a plain function, neither async nor a generator$/],
    ['async function (i) {}', /neither async nor a generator$/],
    ['function* (i) {}', /neither async nor a generator$/],
    ['async function* (i) {}', /neither async nor a generator$/],
    [
      'function (i, { x }) { x[i] = this.factor }',
      /cannot use this: move it into a kernels module$/,
    ],
    ['(i, { x }) => { x[i] = this.factor }', /cannot use this: move it into a kernels module$/],
    [
      '({ __proto__: {}, m(i, { x }) { x[i] = super.factor } }).m',
      /cannot use super: move it into a kernels module$/,
    ],
    ['(i) => import("node:fs")', /cannot use import\(\): move it into a kernels module$/],
    ['Math.sqrt', /cannot be read back/],
    ['((i) => i).bind(null)', /cannot be read back/],
    ['class { }', /cannot be read back|class/],
  ]
  for (const [text, message] of wrong) assertRefused(jobs, fromText(text), 'ERR_SOURCE', message)
})

test('equal text is one kernel, in as many function objects as it may come', async () => {
  const jobs = await system(1)
  const x = jobs.float64(100)
  const text = '(i, { x }) => { x[i] += 1 }'
  await call(jobs, 'parallelFor', 100, fromText(text), { x })
  const before = jobs.describe().heap.usedBytes
  for (let round = 1; round <= 200; round++)
    await call(jobs, 'parallelFor', 100, fromText(text), { x })
  assert.equal(jobs.describe().heap.usedBytes, before)
  assert.ok(x.every((value) => value === 201))
  await call(jobs, 'parallelFor', 100, fromText('(i, { x }) => { x[i] += 2 }'), { x })
  assert.ok(jobs.describe().heap.usedBytes > before, 'another text is another kernel')
  assert.ok(x.every((value) => value === 203))
})

test('a reduction written in place is one kernel to the workers, however often it is made', async () => {
  const jobs = await system(1)
  const total = async (offset: number): Promise<number> =>
    await jobs.parallelReduce(
      100,
      reduce({
        identity: 0,
        fold: (sum: number, i: number) => sum + i,
        combine: (a, b) => a + b + offset,
      }),
    )
  const chunks = (await total(1)) - 4950
  const before = jobs.describe().heap.usedBytes
  // `combine` runs in this thread, so each call has its own.
  for (let offset = 0; offset < 50; offset++) {
    assert.equal(await total(offset), 4950 + offset * chunks)
  }
  assert.equal(jobs.describe().heap.usedBytes, before)
})

test('each, range and reduce values that no module registered work as they are', async () => {
  for (const workers of [0, 2]) {
    const jobs = await system(workers)
    for (const method of LOOP_FORMS) {
      const x = jobs.float64(400)
      await call(
        jobs,
        method,
        400,
        each((i, { x: out }: { x: Float64Array }) => void (out[i] = i)),
        { x },
      )
      await call(
        jobs,
        method,
        400,
        range((start, end, { x: out }: { x: Float64Array }) => {
          for (let i = start; i < end; i++) out[i]! += 1
        }),
        { x },
      )
      assert.ok(x.every((value, i) => value === i + 1))
    }
    for (const method of REDUCE_FORMS) {
      let combined = 0
      const sum = reduce({
        identity: 0,
        fold: (total, i, { k }: { k: number }) => total + i * k,
        // Runs in this thread, so it may use what is around it.
        combine: (a, b) => {
          combined++
          return a + b
        },
      })
      assert.equal(await call(jobs, method, 400, sum, { k: 2 }), 400 * 399)
      assert.ok(combined > 0)
    }
  }
})

test('identities of unregistered reductions keep their value on the way to a worker', async () => {
  const jobs = await system(1)
  for (const identity of [
    0,
    -0,
    NaN,
    Infinity,
    -Infinity,
    1e300,
    5n,
    '',
    'it\'s a "quoted" \u2028 text',
    true,
    null,
    undefined,
  ] as unknown[]) {
    const first = reduce<unknown, unknown>({ identity, fold: (all) => all, combine: (a) => a })
    assert.ok(Object.is(await jobs.parallelReduce(1, first), identity), String(identity))
  }
  const made = reduce<unknown, { readonly list: readonly number[] }>({
    identity: () => ({ list: [1, 2] }),
    fold: (all) => all,
    combine: (a) => a,
  })
  assert.deepEqual(await jobs.parallelReduce(1, made), { list: [1, 2] })
})

test('two functions with one name and other texts do not mix', async () => {
  const jobs = await system(2)
  const x = jobs.float64(200)
  const [one, two] = [
    'function work(i, { x }) { x[i] = 1 }',
    'function work(i, { x }) { x[i] += 2 }',
  ].map((text) => fromText(text))
  await call(jobs, 'parallelFor', 200, one, { x })
  await call(jobs, 'parallelFor', 200, two, { x })
  assert.ok(x.every((value) => value === 3))
})

test('the text runs as strict code', async () => {
  const jobs = await system(1)
  const sloppy = fromText(
    '(i, { x }) => { x[i] = (function () { return this === undefined ? 1 : 2 })() }',
  )
  const x = jobs.float64(50)
  await call(jobs, 'parallelFor', 50, sloppy, { x })
  assert.ok(x.every((value) => value === 1))
  const error = await errorOf(() => call(jobs, 'parallelFor', 1, fromText('() => { Math.PI = 3 }')))
  assert.ok(error instanceof TypeError)
})
