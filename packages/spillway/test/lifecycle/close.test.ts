/** The end of a system. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { JobSystem } from '../../src/index.ts'
import { answerOf, linkedProject } from '../package/project.ts'

const project = linkedProject()

/** Takes a while for every index, so that a call is still under way when something else happens. */
const slow = (i: number, { x, milliseconds }: { x: Int32Array; milliseconds: number }): void => {
  const end = performance.now() + milliseconds
  while (performance.now() < end);
  Atomics.add(x, i, 1)
}

for (const workers of [0, 1, 3]) {
  const on = `with ${workers} workers`

  test(`close waits for the calls under way, ${on}`, async () => {
    const jobs = await JobSystem.start({ workers })
    const x = jobs.int32(100)
    const calls = Array.from({ length: 3 }, () =>
      jobs.parallelFor(100, slow, { x, milliseconds: 0.5 }),
    )
    let settled = 0
    for (const call of calls) void call.then(() => settled++)
    await jobs.close()
    assert.equal(settled, 3)
    assert.deepEqual(new Set(x), new Set([3]))
  })

  test(`close({ drain: false }) ends the calls under way and in the queue, ${on}`, async () => {
    const jobs = await JobSystem.start({ workers, name: 'render' })
    const x = jobs.int32(10_000)
    const calls = Array.from({ length: 40 }, () =>
      jobs.parallelFor(10_000, slow, { x, milliseconds: 1 }),
    )
    const outcomes = Promise.allSettled(calls)
    await jobs.close({ drain: false })
    const sum = x.reduce((total, value) => total + value, 0)
    assert.ok(sum < 40 * 10_000, 'the calls were not cut short')
    for (const outcome of await outcomes) {
      assert.equal(outcome.status, 'rejected')
      assert.equal(outcome.reason.code, 'ERR_CLOSED')
      assert.match(outcome.reason.message, /JobSystem "render" is closed/)
    }
    assert.equal(
      x.reduce((total, value) => total + value, 0),
      sum,
      'something wrote after close',
    )
  })

  test(`close is idempotent, and later calls throw at the call, ${on}`, async () => {
    const jobs = await JobSystem.start({ workers, name: 'render' })
    const x = jobs.int32(10)
    const first = jobs.close()
    const closed = { code: 'ERR_CLOSED', message: /JobSystem "render" is closed; start another/ }
    const args = { x, milliseconds: 0 }
    const refused = (): void => {
      assert.throws(() => jobs.parallelFor(10, slow, args), closed)
      assert.throws(() => jobs.parallelForSync(10, slow, args), closed)
      assert.throws(() => jobs.parallelForAuto(10, slow, args), closed)
      assert.throws(() => jobs.parallelForChunksSync(10, 2, () => {}), closed)
    }
    refused()
    assert.equal(jobs.close(), first)
    assert.equal(jobs.close({ drain: false }), first)
    await first
    refused()
    assert.equal(jobs.close(), first)
    await jobs[Symbol.asyncDispose]()
    assert.throws(() => jobs.int32(1), { code: 'ERR_CLOSED' })
    assert.equal(jobs.describe().workers.ready, 0)
    x[3] = 5
    assert.equal(x[3], 5, 'arrays stay readable')
  })
}

test('await using closes the system at the end of its block', async () => {
  let outer: JobSystem
  let x: Int32Array
  {
    await using jobs = await JobSystem.start({ workers: 1 })
    outer = jobs
    x = jobs.int32(100)
    void jobs.parallelFor(100, slow, { x, milliseconds: 0.1 })
  }
  assert.deepEqual(new Set(x), new Set([1]))
  assert.throws(() => outer.parallelForSync(1, () => {}), { code: 'ERR_CLOSED' })
})

test('close refuses unknown options', async () => {
  await using jobs = await JobSystem.start({ workers: 0 })
  assert.throws(() => jobs.close({ drian: false } as never), {
    name: 'TypeError',
    code: 'ERR_OPTION',
    message: /unknown close option "drian".*drain, timeout/,
  })
})

test('close refuses wrong values', async () => {
  await using jobs = await JobSystem.start({ workers: 0 })
  for (const [options, name, message] of [
    [{ drain: 'yes' }, 'TypeError', /drain must be .*; got "yes"/],
    [{ timeout: 'soon' }, 'TypeError', /timeout must be .*; got "soon"/],
    [{ timeout: -1 }, 'RangeError', /timeout must be .*; got -1/],
    [{ timeout: NaN }, 'RangeError', /timeout must be .*; got NaN/],
    [5, 'TypeError', /close options must be a record; got 5/],
    [null, 'TypeError', /close options must be a record; got null/],
  ] as const) {
    assert.throws(() => jobs.close(options as never), { name, code: 'ERR_OPTION', message })
  }
  jobs.parallelForSync(1, () => {})
})

test('on refuses unknown events and listeners that are no functions', async () => {
  await using jobs = await JobSystem.start({ workers: 0 })
  assert.throws(() => jobs.on('worker-lots' as never, () => {}), {
    name: 'TypeError',
    code: 'ERR_ARGUMENT',
    message: /event must be .*worker-lost.*; got "worker-lots"/,
  })
  assert.throws(() => jobs.on('worker-lost', 5 as never), {
    name: 'TypeError',
    code: 'ERR_ARGUMENT',
    message: /listener must be a function; got 5/,
  })
})

test('a system that was closed leaves the others alone', async () => {
  const first = await JobSystem.start({ workers: 1 })
  const second = await JobSystem.start({ workers: 1 })
  await first.close()
  const x = second.int32(100)
  await second.parallelFor(100, slow, { x, milliseconds: 0.01 })
  second.parallelForSync(100, slow, { x, milliseconds: 0.01 })
  assert.deepEqual(new Set(x), new Set([2]))
  await second.close()
})

test('close terminates workers whose kernel never ends, after its timeout', async () => {
  const ended = await project.run(
    {
      'main.js': `
      import { JobSystem } from 'spillway'
      const jobs = await JobSystem.start({ workers: 2 })
      const flags = jobs.int32(2)
      const call = jobs.parallelFor(2, (i, { flags }) => { Atomics.store(flags, i, 1); for (;;); }, { flags })
      const outcome = call.then(() => 'ran', (error) => error.code)
      while (Atomics.load(flags, 0) + Atomics.load(flags, 1) === 0) await new Promise((soon) => setTimeout(soon, 1))
      await jobs.close({ drain: false, timeout: 200 })
      console.log(JSON.stringify(await outcome))`,
    },
    { timeoutMs: 6_000 },
  )
  assert.equal(answerOf(ended), 'ERR_CLOSED')
})
