/** Jobs that wait inside each other: as deep as the stack, then a clear error; fibers go as deep as memory. */
import assert from 'node:assert/strict'
import { errorOf } from '../support/expect.ts'
import { deep } from '../support/deep.kernels.ts'
import { soon, withWorkers } from '../support/job-systems.ts'
import { basic } from '../support/jobs.kernels.ts'

const ANY = [0, 1, 2]
/** More levels than fit on the stack of any thread. */
const BOTTOMLESS = 50_000
const PLAIN = ['chain', 'unwaited', 'scopes', 'firstSides', 'secondSides', 'recursive'] as const

withWorkers(ANY, 'two hundred plain jobs may wait inside each other', async (jobs) => {
  for (const name of [...PLAIN, 'plainOfFibers'] as const) {
    const expected = name === 'recursive' ? 400 : 200
    assert.equal(await soon(jobs.run(deep[name], 200), name), expected, name)
    assert.equal(jobs.runSync(deep[name], 200), expected, name)
  }
})

withWorkers(
  ANY,
  'a pile of plain jobs that the stack cannot hold fails with ERR_TOO_DEEP, and nothing is lost',
  async (jobs) => {
    for (const name of [...PLAIN, 'plainOfFibers'] as const) {
      for (const how of ['run', 'runSync'] as const) {
        const error = await soon(
          errorOf(async () =>
            how === 'run'
              ? await jobs.run(deep[name], BOTTOMLESS)
              : jobs.runSync(deep[name], BOTTOMLESS),
          ),
          `${how} ${name}`,
        )
        assert.ok(error instanceof RangeError, `${name}: ${String(error)}`)
        assert.equal(error['code'], 'ERR_TOO_DEEP', name)
        assert.match(error.message, /job "\w+" .*used up the stack of its thread/)
        assert.match(error.message, /make it a generator job/)
      }
      assert.equal(await soon(jobs.run(basic.identity, 1), 'the next job'), 1)
    }
  },
)

withWorkers(ANY, 'a job may catch it, and go on', async (jobs) => {
  assert.equal(await soon(jobs.run(deep.recovers, BOTTOMLESS), 'the job'), 51)
  assert.equal(jobs.runSync(deep.recovers, BOTTOMLESS), 51)
})

withWorkers(ANY, 'fibers wait inside each other beyond the number of records', async (jobs) => {
  assert.equal(await soon(jobs.run(deep.fibers, 4000), 'the fibers'), 4000)
  assert.equal(jobs.runSync(deep.fibers, 4000), 4000)
  const error = await soon(
    errorOf(async () => await jobs.run(deep.failingFibers, 4000)),
    'the failing fibers',
  )
  assert.equal(error.message, 'at the bottom')
})

withWorkers(ANY, 'a long chain of suspended fibers can be cancelled', async (jobs) => {
  const counter = jobs.counter(1)
  const x = jobs.int32(1)
  // The last one needs a record to wait for the counter.
  const handle = jobs.run(deep.waitingFibers, { counter, n: 500, x })
  while (Atomics.load(x, 0) === 0) await new Promise(setImmediate)
  handle.cancel()
  assert.equal(
    (
      await soon(
        errorOf(async () => await handle),
        'the end',
      )
    ).name,
    'CancelledError',
  )
  counter.free()
})

withWorkers(ANY, 'plain jobs that give each other turns do not pile up', async (jobs) => {
  const x = jobs.int32(1)
  await soon(jobs.run(deep.manyTurns, { x, n: 20_000 }), 'the jobs')
  assert.equal(x[0], 20_000)
})

withWorkers([0, 1], 'a chain of twenty thousand after', async (jobs) => {
  const x = jobs.int32(1)
  let last = jobs.run(basic.add, { x, at: 0, by: 1 })
  for (let i = 1; i < 20_000; i++) {
    last = jobs.run(basic.add, { x, at: 0, by: 1 }, { after: [last] })
  }
  assert.equal(await soon(last, 'the last'), 19_999)

  const first = jobs.run(basic.fail, 1)
  let end = jobs.run(basic.identity, 0, { after: [first] })
  for (let i = 1; i < 20_000; i++) end = jobs.run(basic.identity, i, { after: [end] })
  assert.equal(
    (
      await soon(
        errorOf(async () => await end),
        'the last of those',
      )
    ).message,
    'job 1 failed',
  )
})
