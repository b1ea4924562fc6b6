import assert from 'node:assert/strict'
import { after, afterEach, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { TimeoutError } from 'spillway'
import type { LoopOptions } from 'spillway'
import { errorOf, like } from '../support/expect.ts'
import { ARRIVED, GATE_WORDS, INSIDE, PASSED, arrived, openGate } from '../support/gate.ts'
import { waitAtGate, waitInTurn } from '../support/gate.kernels.ts'
import { LOOP_SLOTS } from '../../src/layout/layout.ts'
import { hook, hooked } from '../support/hook.kernels.ts'
import { count } from '../support/loop.kernels.ts'
import { Counts } from '../support/recorder.ts'
import { SCHEDULES, call, fresh, sharedSystems } from '../support/systems.ts'

const system = sharedSystems()
afterEach(() => {
  hook.run = undefined
})

test('cancel.signal: an abort ends a running loop between chunks, with the reason', async () => {
  for (const workers of [1, 2, 3]) {
    const jobs = await system(workers)
    for (const schedule of SCHEDULES) {
      const gate = jobs.int32(GATE_WORDS)
      const controller = new AbortController()
      const reason = new Error(`enough of ${schedule}`)
      const options = { signal: controller.signal, schedule, hint: 'heavy' } as const
      const loop = jobs.parallelFor(500, fresh(waitAtGate), { gate }, options)
      await arrived(gate, 1)
      controller.abort(reason)
      openGate(gate)
      assert.equal(await errorOf(() => loop), reason)
      assert.equal(gate[INSIDE], 0)
      assert.equal(gate[PASSED], gate[ARRIVED])
      // What was taken runs to its end: a chunk of a new kernel, a static part, half a fair share of a guided loop.
      const chunk = Math.ceil(500 / (workers * 16))
      const most = { adaptive: workers * chunk, guided: 8 * workers * chunk, static: 500 }[schedule]
      assert.ok(gate[PASSED] <= most, `${gate[PASSED]} of 500 ran, at most ${most} can have begun`)
    }
  }
})

test('cancel.signal: an abort without a reason gives an AbortError', async () => {
  const jobs = await system(2)
  const gate = jobs.int32(GATE_WORDS)
  const controller = new AbortController()
  const loop = jobs.parallelFor(500, fresh(waitAtGate), { gate }, { signal: controller.signal })
  controller.abort()
  openGate(gate)
  const error = await errorOf(() => loop)
  assert.equal(error.name, 'AbortError')
  assert.equal(error, controller.signal.reason)
})

test('cancel.signal: a sync loop reads the signal between claims', async () => {
  for (const workers of [0, 1]) {
    const jobs = await system(workers)
    const counts = new Counts(jobs, 0, 4000)
    const controller = new AbortController()
    const reason = { not: 'an error' }
    hook.run = () => controller.abort(reason)
    const options = { signal: controller.signal, grain: 10 }
    const run = (): void => jobs.parallelForSync(4000, fresh(hooked), counts.args, options)
    const isReason = (error: unknown): boolean => error === reason
    if (workers === 0) assert.throws(run, isReason)
    else {
      // The worker may be done before the caller has taken a chunk, and then nobody has aborted anything.
      let thrown = false
      try {
        run()
      } catch (error) {
        thrown = isReason(error)
      }
      assert.equal(thrown, controller.signal.aborted)
    }
    if (workers === 0) assert.ok(counts.total < 4000, 'the whole loop ran')
    assert.ok(counts.total >= 1)
  }
})

test('cancel.signal: a signal is let go of once its loop has settled', async () => {
  const jobs = await system(2)
  const counts = new Counts(jobs, 0, 100)
  const controller = new AbortController()
  let listeners = 0
  const { signal } = controller
  const add = signal.addEventListener.bind(signal)
  const remove = signal.removeEventListener.bind(signal)
  signal.addEventListener = (...args: Parameters<typeof add>) => (listeners++, add(...args))
  signal.removeEventListener = (...args: Parameters<typeof remove>) => (
    listeners--,
    remove(...args)
  )
  await jobs.parallelFor(100, fresh(count), counts.args, { signal })
  jobs.parallelForSync(100, fresh(count), counts.args, { signal })
  assert.equal(listeners, 0)
  controller.abort()
})

test('cancel.before-start: an aborted signal keeps the kernel from being called at all', async () => {
  for (const workers of [0, 2]) {
    const jobs = await system(workers)
    const counts = new Counts(jobs, 0, 100)
    const reason = new RangeError('before')
    const options = { signal: AbortSignal.abort(reason) }
    for (const kernel of [fresh(count), count]) {
      assert.equal(await errorOf(() => jobs.parallelFor(100, kernel, counts.args, options)), reason)
      assert.equal(
        await errorOf(() => jobs.parallelForAuto(100, kernel, counts.args, options)),
        reason,
      )
      assert.throws(
        () => jobs.parallelForSync(100, kernel, counts.args, options),
        (error) => error === reason,
      )
    }
    assert.equal(counts.total, 0)
  }
})

const timedOut = (milliseconds: number) =>
  like({
    type: TimeoutError,
    code: 'ERR_TIMEOUT',
    message: new RegExp(`did not end within its timeout of ${milliseconds} ms$`),
  })

test('cancel.timeout: a loop that is held up ends between chunks when its time is over', async () => {
  for (const workers of [1, 2]) {
    const jobs = await system(workers)
    const gate = jobs.int32(GATE_WORDS)
    const loop = jobs.parallelFor(500, fresh(waitAtGate), { gate }, { timeout: 5 })
    // Timers of one thread fire in order of their time, so the loop's is over when this one is.
    const opened = delay(10).then(() => openGate(gate))
    await assert.rejects(loop, timedOut(5))
    await opened
    assert.equal(gate[INSIDE], 0)
    assert.ok(gate[PASSED] < 500)
  }
})

test('cancel.timeout: a sync loop minds the clock', async () => {
  for (const workers of [0, 1, 2]) {
    const jobs = await system(workers)
    const gate = jobs.int32(GATE_WORDS + 1)
    assert.throws(
      () => jobs.parallelForSync(500, fresh(waitInTurn), { gate, ms: 1 }, { timeout: 8 }),
      timedOut(8),
    )
    assert.equal(gate[INSIDE], 0)
    assert.ok(gate[PASSED] < 500)
  }
})

test('cancel.timeout: a sync loop minds the clock where awaited ones have every slot', async () => {
  const jobs = await system(1)
  const gate = jobs.int32(GATE_WORDS)
  const held = Array.from({ length: LOOP_SLOTS }, () =>
    jobs.parallelFor(2, fresh(waitAtGate), { gate }, { hint: 'heavy' }),
  )
  await arrived(gate, 1)
  const own = jobs.int32(GATE_WORDS + 1)
  after(() => openGate(gate))
  assert.throws(
    () =>
      jobs.parallelForSync(500, fresh(waitInTurn), { gate: own, ms: 1 }, { timeout: 8, grain: 1 }),
    timedOut(8),
  )
  assert.ok(own[PASSED] > 0 && own[PASSED] < 500, `${own[PASSED]} of 500 ran`)
  openGate(gate)
  await Promise.all(held)
})

test('cancel.timeout: 0 runs nothing, and a timeout that is not reached changes nothing', async () => {
  for (const workers of [0, 2]) {
    const jobs = await system(workers)
    const counts = new Counts(jobs, 0, 100)
    await assert.rejects(
      jobs.parallelFor(100, fresh(count), counts.args, { timeout: 0 }),
      timedOut(0),
    )
    assert.throws(
      () => jobs.parallelForSync(100, fresh(count), counts.args, { timeout: 0 }),
      timedOut(0),
    )
    assert.equal(counts.total, 0)
    await jobs.parallelFor(100, fresh(count), counts.args, { timeout: 60_000 })
    counts.assertOnce()
  }
})

test('cancel.timeout: also when every earlier call of the kernel was short', async () => {
  for (const workers of [0, 2]) {
    const jobs = await system(workers)
    const kernel = fresh(waitInTurn)
    const gate = jobs.int32(GATE_WORDS + 1)
    for (let short = 0; short < 100; short++) jobs.parallelForSync(64, kernel, { gate, ms: 0 })
    for (let long = 0; long < 4; long++) {
      gate.fill(0)
      assert.throws(
        () => jobs.parallelForSync(64, kernel, { gate, ms: 2 }, { timeout: 4 }),
        timedOut(4),
      )
      assert.ok(gate[PASSED] < 64)
    }
  }
})

test('cancel.timeout: a time longer than a timer can count does not end the loop at once', async () => {
  const jobs = await system(2)
  for (const timeout of [2 ** 31, 1e12, Infinity]) {
    const gate = jobs.int32(GATE_WORDS)
    const loop = jobs.parallelFor(8, fresh(waitAtGate), { gate }, { timeout })
    const opened = delay(5).then(() => openGate(gate))
    await loop
    await opened
    assert.equal(gate[PASSED], 8)
  }
})

test('cancel.timeout: a loop that ends while this thread stands still has not timed out', async () => {
  const jobs = await system(2)
  const gate = jobs.int32(GATE_WORDS)
  const started = performance.now()
  const loop = jobs.parallelFor(8, fresh(waitAtGate), { gate }, { timeout: 500 })
  await arrived(gate, 1)
  openGate(gate)
  // Of what is due when the event loop goes on from here, timers come first, and news of the loop's end after them.
  await new Promise((resolve) => setImmediate(resolve))
  while (performance.now() < started + 600 || Atomics.load(gate, PASSED) < 8);
  await loop
})

test('cancel.reuse: after a cancelled loop the next one covers its range on the same workers', async () => {
  const cancel: readonly ((options: LoopOptions) => LoopOptions)[] = [
    (options) => ({ ...options, signal: AbortSignal.timeout(2) }),
    (options) => ({ ...options, timeout: 2 }),
  ]
  for (const workers of [1, 2, 3]) {
    const jobs = await system(workers)
    const lost: unknown[] = []
    const stop = jobs.on('worker-lost', (error) => lost.push(error))
    for (const cancelled of cancel) {
      for (const schedule of SCHEDULES) {
        const gate = jobs.int32(GATE_WORDS + 1)
        const counts = new Counts(jobs, 0, 1000)
        const slow = { gate, ms: 1 }
        await assert.rejects(
          jobs.parallelFor(400, fresh(waitInTurn), slow, cancelled({ schedule, hint: 'heavy' })),
        )
        assert.equal(gate[INSIDE], 0)
        await call(jobs, 'parallelFor', 1000, fresh(count), counts.args, { schedule })
        counts.assertOnce()
      }
    }
    stop()
    assert.deepEqual(lost, [])
    assert.equal(jobs.describe().workers.ready, workers)
  }
})
