import assert from 'node:assert/strict'
import { test } from 'node:test'
import { JobSystem } from 'spillway'
import type { CloseOptions } from 'spillway'
import { errorOf, like } from '../support/expect.ts'
import { GATE_WORDS, PASSED, arrived, openGate } from '../support/gate.ts'
import { waitAtGate } from '../support/gate.kernels.ts'
import { count } from '../support/loop.kernels.ts'
import { Counts } from '../support/recorder.ts'
import { LOOP_FORMS, call, fresh } from '../support/systems.ts'

const closed = like({ code: 'ERR_CLOSED', message: /is closed; start another JobSystem$/ })

test('after close every call throws where it is made, and arrays stay readable', async () => {
  for (const workers of [0, 1]) {
    const jobs = await JobSystem.start({ workers, name: 'ended' })
    const counts = new Counts(jobs, 0, 10)
    jobs.parallelForSync(10, count, counts.args)
    await jobs.close()
    const again = counts.args
    assert.throws(() => void jobs.parallelFor(10, count, again), closed)
    assert.throws(() => jobs.parallelForSync(10, count, again), closed)
    assert.throws(() => void jobs.parallelForAuto(0, count, again), closed)
    assert.throws(() => jobs.float64(1), closed)
    assert.throws(() => jobs.share(new Float64Array(1)), closed)
    assert.throws(() => jobs.paddedCells(Int32Array, 1), closed)
    assert.match(
      String(await errorOf(() => call(jobs, 'parallelFor', 1, count, again))),
      /"ended" is closed/,
    )
    counts.assertOnce()
    assert.equal(jobs.copyOut(counts.args.counts).length, counts.args.counts.length)
  }
})

test('close is idempotent: the same promise, whatever the options', async () => {
  const jobs = await JobSystem.start({ workers: 1 })
  const first = jobs.close()
  assert.equal(jobs.close(), first)
  assert.equal(jobs.close({ drain: false }), first)
  await first
  assert.equal(jobs.close(), first)
  await jobs[Symbol.asyncDispose]()
  assert.equal(jobs.describe().workers.ready, 0)
})

test('close waits for the loops in flight, but takes no new ones', async () => {
  for (const loops of [1, 50]) {
    const jobs = await JobSystem.start({ workers: 1 })
    const gate = jobs.int32(GATE_WORDS)
    const all = Array.from({ length: loops }, () =>
      jobs.parallelFor(2, fresh(waitAtGate), { gate }),
    )
    await arrived(gate, 1)
    const ended = jobs.close()
    assert.throws(() => void jobs.parallelFor(1, waitAtGate, { gate }), closed)
    openGate(gate)
    await ended
    await Promise.all(all)
    assert.equal(gate[PASSED], 2 * loops)
  }
})

test('close without draining ends loops between chunks, queued ones too', async () => {
  const jobs = await JobSystem.start({ workers: 1 })
  const gate = jobs.int32(GATE_WORDS)
  const all = Array.from({ length: 50 }, () => jobs.parallelFor(100, fresh(waitAtGate), { gate }))
  await arrived(gate, 1)
  const outcomes = Promise.allSettled(all)
  const ended = jobs.close({ drain: false })
  openGate(gate)
  await ended
  for (const outcome of await outcomes) {
    assert.equal(outcome.status, 'rejected')
    closed(outcome.reason)
  }
  assert.ok(gate[PASSED] < 100)
})

test('leaving an `await using` block closes the system', async () => {
  let outside: JobSystem
  {
    await using jobs = await JobSystem.start({ workers: 1 })
    outside = jobs
    const counts = new Counts(jobs, 0, 10)
    for (const method of LOOP_FORMS) await call(jobs, method, 0, count, counts.args)
  }
  assert.throws(() => outside.int32(1), closed)
})

test('options of close are checked', async () => {
  const jobs = await JobSystem.start({ workers: 0 })
  const wrong: readonly (readonly [options: unknown, type: typeof Error, message: RegExp])[] = [
    [{ force: true }, TypeError, /^unknown close option "force"; known: drain, timeout$/],
    [null, TypeError, /close options must be a record; got null/],
    [{ drain: 'no' }, TypeError, /drain must be .*; got "no"/],
    [{ timeout: -1 }, RangeError, /timeout must be .*; got -1/],
    [{ timeout: NaN }, RangeError, /timeout must be .*; got NaN/],
    [{ timeout: '5' }, TypeError, /timeout must be .*; got "5"/],
  ]
  try {
    for (const [options, type, message] of wrong) {
      assert.throws(
        () => void jobs.close(options as CloseOptions),
        like({ type, code: 'ERR_OPTION', message }),
        String(message),
      )
    }
  } finally {
    await jobs.close()
  }
})

test('events are checked: an unknown name and a listener that is no function', async () => {
  const jobs = await JobSystem.start({ workers: 0 })
  try {
    assert.throws(
      () => jobs.on('worker-found' as 'worker-lost', () => {}),
      like({ type: TypeError, code: 'ERR_ARGUMENT', message: /worker-lost.*got "worker-found"/ }),
    )
    assert.throws(
      () => jobs.on('worker-lost', 5 as never),
      like({
        type: TypeError,
        code: 'ERR_ARGUMENT',
        message: /listener must be a function; got 5/,
      }),
    )
  } finally {
    await jobs.close()
  }
})
