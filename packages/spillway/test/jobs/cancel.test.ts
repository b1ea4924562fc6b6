/** Cancellation: by handle, signal and timeout, of what is queued, runs or waits, down to the last descendant. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CancelledError, TimeoutError } from 'spillway'
import type { JobHandle } from 'spillway'
import type { JobContext } from 'spillway/kernel'
import { errorOf } from '../support/expect.ts'
import { until } from '../support/gate.ts'
import { soon, withWorkers } from '../support/job-systems.ts'
import { basic } from '../support/jobs.kernels.ts'
import { batch, cancels } from '../support/rules.kernels.ts'
import { answerOf, linkedProject } from '../package/project.ts'

const project = linkedProject()

const ANY = [0, 1, 2]

function open(x: Int32Array, word: number): void {
  Atomics.store(x, word, 1)
  Atomics.notify(x, word)
}

async function isCancelled(handle: JobHandle, name: string): Promise<void> {
  const error = await soon(
    errorOf(() => handle),
    name,
  )
  assert.ok(error instanceof CancelledError, String(error))
  assert.equal(error.message, `job "${name}" was cancelled`)
  assert.equal(error.code, 'ERR_CANCELLED')
  assert.equal(handle.state, 'cancelled')
}

withWorkers([1], 'what has not begun never runs', async (jobs) => {
  const x = jobs.int32(4)
  const held = jobs.run(basic.hold, { x, came: 0, open: 1 })
  await until(() => Atomics.load(x, 0) === 1, 'the worker to be busy')
  const queued = jobs.run(basic.add, { x, at: 2, by: 1 })
  queued.cancel()
  open(x, 1)
  await isCancelled(queued, 'add')
  assert.equal(await held, 'held')
  assert.equal(x[2], 0)
})

withWorkers([1, 2], 'a plain job sees that it is to end', async (jobs) => {
  const x = jobs.int32(4)
  const handle = jobs.run(cancels.poll, { x })
  await until(() => Atomics.load(x, 1) === 1, 'the job to begin')
  handle.cancel()
  await isCancelled(handle, 'poll')
  assert.equal(x[0], 1, 'it had not ended')
})

withWorkers(
  ANY,
  'a fiber that gives turns ends at its next one, its finally blocks run',
  async (jobs) => {
    const x = jobs.int32(4)
    const handle = jobs.run(cancels.pollFiber, { x })
    await until(() => Atomics.load(x, 1) === 1, 'the fiber to begin')
    handle.cancel()
    await isCancelled(handle, 'pollFiber')
    assert.equal(x[0], 1)
  },
)

withWorkers(
  ANY,
  'a fiber that waits for a counter is woken, its finally blocks run',
  async (jobs) => {
    const x = jobs.int32(4)
    const counter = jobs.counter(1)
    const handle = jobs.run(cancels.atCounter, { x, counter })
    await until(() => handle.state === 'suspended', 'the fiber to wait')
    handle.cancel()
    await isCancelled(handle, 'atCounter')
    assert.equal(x[0], 1)
    counter.decrement()
  },
)

withWorkers(ANY, 'a tree of fibers ends, from its root to its leaves', async (jobs) => {
  const x = jobs.int32(4)
  const counter = jobs.counter(1)
  const handle = jobs.run(cancels.treeAtCounter, { x, counter, depth: 4 })
  await until(() => Atomics.load(x, 1) === 31, 'the tree to stand')
  handle.cancel()
  await isCancelled(handle, 'treeAtCounter')
  assert.equal(x[0], 31)
  counter.free()
})

withWorkers([1, 2], 'a descendant that computes sees the flag of its ancestor', async (jobs) => {
  const x = jobs.int32(4)
  const handle = jobs.run(cancels.pollUnder, { x, depth: 3 })
  await until(() => Atomics.load(x, 1) === 1, 'the leaf to begin')
  handle.cancel()
  await isCancelled(handle, 'pollUnder')
  assert.equal(x[0], 1)
})

withWorkers([1, 2], 'a cancelled job starts no more children', async (jobs) => {
  const x = jobs.int32(4)
  const handle = jobs.run(cancels.spawnWhenAborted, { x })
  await until(() => Atomics.load(x, 1) === 1, 'the job to begin')
  handle.cancel()
  await isCancelled(handle, 'spawnWhenAborted')
  assert.equal(x[2], 0)
})

withWorkers(ANY, 'a job cancels a child that gives turns for ever', async (jobs) => {
  const x = jobs.int32(4)
  assert.equal(await soon(jobs.run(cancels.cancelYielding, { x }), 'the child'), 'CancelledError')
  assert.equal(x[0], 1)
})

withWorkers(ANY, "a job cancels a child, and with it that child's children", async (jobs) => {
  const x = jobs.int32(4)
  const counter = jobs.counter(1)
  // Often: what is known of the kernel's cost decides where its children wait.
  for (let round = 0; round < 20; round++) {
    x.fill(0)
    const name = await soon(jobs.run(cancels.cancelGrandchild, { x, counter }), `round ${round}`)
    assert.equal(name, 'CancelledError')
  }
  counter.free()
})

withWorkers(ANY, 'the reason given is what the handle rejects with', async (jobs) => {
  const x = jobs.int32(4)
  const counter = jobs.counter(1)
  const reason = new Error('no longer needed')
  const handle = jobs.run(cancels.atCounter, { x, counter })
  await until(() => handle.state === 'suspended', 'the fiber to wait')
  handle.cancel(reason)
  handle.cancel(new Error('too late'))
  assert.equal(
    await soon(
      errorOf(() => handle),
      'the job',
    ),
    reason,
  )
  counter.free()
})

withWorkers(ANY, 'a signal ends a job, or keeps it from beginning', async (jobs) => {
  const x = jobs.int32(4)
  const counter = jobs.counter(1)
  const controller = new AbortController()
  const { signal } = controller
  const handle = jobs.run(cancels.atCounter, { x, counter }, { signal })
  await until(() => handle.state === 'suspended', 'the fiber to wait')
  const reason = new Error('stop')
  controller.abort(reason)
  assert.equal(
    await soon(
      errorOf(() => handle),
      'the job',
    ),
    reason,
  )
  const late = jobs.run(cancels.atCounter, { x, counter }, { signal })
  assert.equal(late.state, 'failed')
  assert.equal(await errorOf(() => late), reason)
  assert.equal(x[1], 1, 'it began though its signal was aborted')
  assert.throws(() => jobs.runSync(basic.identity, 1, { signal }), reason)
  counter.free()
})

withWorkers(ANY, 'a timeout ends a job that waits', async (jobs) => {
  const x = jobs.int32(4)
  const counter = jobs.counter(1)
  const handle = jobs.run(cancels.atCounter, { x, counter }, { timeout: 20 })
  const error = await soon(
    errorOf(() => handle),
    'the job',
  )
  assert.ok(error instanceof TimeoutError)
  assert.equal(error.message, 'the job did not end within its timeout of 20 ms')
  counter.free()
})

withWorkers(
  ANY,
  'the timeout of a sync call is seen by the job that the caller runs itself',
  async (jobs) => {
    const x = jobs.int32(4)
    assert.throws(() => jobs.runSync(cancels.poll, { x }, { timeout: 20 }), TimeoutError)
    assert.equal(x[0], 1)
  },
)

withWorkers(
  ANY,
  'the timeout of jobs.run is seen by a job that keeps its thread, whoever runs it',
  async (jobs) => {
    const x = jobs.int32(4)
    const handle = jobs.run(cancels.poll, { x }, { timeout: 20 })
    assert.ok(
      (await soon(
        errorOf(async () => await handle),
        'the job',
      )) instanceof TimeoutError,
    )
    assert.equal(x[0], 1)
    // Another call's, while a sync call keeps the event loop.
    const other = jobs.run(cancels.poll, { x }, { timeout: 20 })
    jobs.runSync(basic.pause, { x, ms: 40 })
    assert.ok(
      (await soon(
        errorOf(async () => await other),
        'the other',
      )) instanceof TimeoutError,
    )
  },
)

withWorkers(
  [0, 1],
  'runMany runs all, and reports the first in order that failed',
  async (jobs) => {
    const x = jobs.int32(1)
    await jobs.run(batch.remember, { x })
    const list = Array.from({ length: 50 }, (_, n) => n)
    for (const kernel of [batch.plain, batch.fiber]) {
      for (const given of [50, list, list.toReversed()]) {
        x[0] = 0
        const error = await soon(
          errorOf(async () => await jobs.runMany(kernel, given)),
          'the jobs',
        )
        const first = typeof given === 'number' || given[0] === 0 ? 3 : 43
        assert.equal(error.message, `job ${first} failed`)
        assert.equal(x[0], 50)
      }
    }
  },
)

withWorkers([0, 1, 2], 'runMany finds the one that fails, and leaves no hole', async (jobs) => {
  const one = (_ctx: JobContext, n: number): number | undefined => {
    if (n === 200) throw new RangeError('job 200 failed')
    return n % 2 === 0 ? undefined : n
  }
  for (const count of [201, 230, 1000]) {
    const error = await soon(
      errorOf(async () => await jobs.runMany(one, count)),
      'the jobs',
    )
    assert.equal(error.message, 'job 200 failed', `of ${count}`)
  }
  const values = await soon(jobs.runMany(one, 199), 'the jobs')
  assert.equal(values.length, 199)
  assert.deepEqual(
    values,
    Array.from({ length: 199 }, (_, n) => (n % 2 === 0 ? undefined : n)),
  )
})

withWorkers([1, 2], 'the timeout of a sync call ends a fiber that waits', async (jobs) => {
  const x = jobs.int32(4)
  const counter = jobs.counter(1)
  assert.throws(
    () => jobs.runSync(cancels.atCounter, { x, counter }, { timeout: 20 }),
    TimeoutError,
  )
  assert.equal(x[0], 1)
  counter.free()
})

withWorkers(ANY, 'cancelling one that has ended changes nothing', async (jobs) => {
  const handle = jobs.run(basic.identity, 3)
  assert.equal(await handle, 3)
  handle.cancel()
  assert.equal(handle.state, 'done')
  assert.equal(await handle, 3)
})

withWorkers(
  ANY,
  'one that waits for others, in after, is cancelled before they end',
  async (jobs) => {
    const x = jobs.int32(4)
    const counter = jobs.counter(1)
    const first = jobs.run(cancels.atCounter, { x, counter })
    const second = jobs.run(basic.add, { x, at: 2, by: 1 }, { after: [first] })
    second.cancel()
    await isCancelled(second, 'add')
    counter.decrement()
    await first
    assert.equal(x[2], 0)
  },
)

withWorkers([1, 2], 'all jobs of runMany are cancelled by their one handle', async (jobs) => {
  const x = jobs.int32(4)
  const counter = jobs.counter(1)
  const many = jobs.runMany(
    cancels.atCounter,
    Array.from({ length: 5 }, () => ({ x, counter })),
  )
  await until(() => Atomics.load(x, 1) === 5, 'the jobs to begin')
  many.cancel()
  await isCancelled(many, 'atCounter')
  assert.equal(x[0], 5)
  counter.free()
})

withWorkers([1], 'a batch of runMany that is cancelled begins no more', async (jobs) => {
  const before = await jobs.run(cancels.begun)
  // One half is split off, and does not begin once it is cancelled; the other one runs, a millisecond each.
  const many = jobs.runMany(cancels.slow, 12_000)
  await new Promise((go) => setTimeout(go, 20))
  many.cancel()
  await isCancelled(many, 'slow')
  const begun = (await jobs.run(cancels.begun)) - before
  assert.ok(begun < 3000, `${begun} of 12 000 began`)
})

test('a failed handle that nobody awaits is an unhandled rejection, one that somebody does is none', async () => {
  const ended = await project.run({
    'all.kernels.js': `
      import { job, kernels } from 'spillway/kernel'
      export const { fail, identity } = kernels(import.meta.url, {
        fail: job((ctx, n) => { throw new Error('job ' + n + ' failed') }),
        identity: job((ctx, n) => n),
      })`,
    'main.js': `
      import { JobSystem } from 'spillway'
      import { fail, identity } from './all.kernels.js'
      const seen = []
      process.on('unhandledRejection', (reason) => seen.push(reason.message))
      for (const workers of [0, 1]) {
        const jobs = await JobSystem.start({ workers })
        const caught = async (handle) => { try { await handle } catch (error) { return error.message } }
        jobs.run(fail, workers)
        await caught(jobs.run(fail, 2))
        await caught(jobs.run(identity, 3, { signal: AbortSignal.abort(new Error('refused')) }))
        const cancelled = jobs.run(identity, 4, { after: [jobs.run(identity, 4)] })
        cancelled.cancel()
        await caught(cancelled)
        await caught(jobs.runMany(fail, 5))
        await caught(jobs.runMany(fail, [6, 7]))
        await jobs.run(identity, 5)
        await jobs.close()
      }
      console.log(JSON.stringify(seen))`,
  })
  assert.deepEqual(answerOf(ended), ['job 0 failed', 'job 1 failed'])
})
