import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import { JobSystem, TimeoutError } from 'spillway'
import { errorOf } from '../support/expect.ts'
import { ARRIVED, GATE_WORDS, PASSED, arrived, openGate } from '../support/gate.ts'
import { waitAtGate, waitInTurn } from '../support/gate.kernels.ts'
import { hook, hooked } from '../support/hook.kernels.ts'
import { count, countRange } from '../support/loop.kernels.ts'
import { Counts } from '../support/recorder.ts'
import { fresh, sharedSystems } from '../support/systems.ts'

const system = sharedSystems()
afterEach(() => {
  hook.run = undefined
})

test('a hundred async loops at once, more than there are loop slots, all cover their ranges', async () => {
  for (const workers of [0, 1, 2, 3]) {
    const jobs = await system(workers)
    const all = Array.from({ length: 100 }, (_, k) => new Counts(jobs, k, 100 + k))
    await Promise.all(
      all.map((counts, k) =>
        jobs.parallelFor([k, 100 + 2 * k], fresh(k % 2 === 0 ? count : countRange), counts.args),
      ),
    )
    for (const counts of all) {
      counts.assertOnce()
      counts.free()
    }
    assert.ok(workers === 0 || jobs.metrics().calls.queued > 0, 'no call had to wait for a slot')
  }
})

test('errors and cancellations among a hundred loops stay with their own calls', async () => {
  const jobs = await system(2)
  const gate = jobs.int32(GATE_WORDS)
  const all = Array.from({ length: 100 }, () => new Counts(jobs, 0, 50))
  const controller = new AbortController()
  const held = jobs.parallelFor(2, fresh(waitAtGate), { gate })
  const calls = all.map((counts, k) => {
    if (k % 10 === 3)
      return jobs.parallelFor(1, (i) => {
        throw new Error(`loop of index ${i}`)
      })
    return jobs.parallelFor(
      50,
      fresh(count),
      counts.args,
      k % 10 === 7 ? { signal: controller.signal } : {},
    )
  })
  // At once: a loop may fail before the gate is reached.
  const settled = Promise.allSettled(calls)
  await arrived(gate, 1)
  controller.abort()
  openGate(gate)
  const outcomes = await settled
  await held
  for (const [k, outcome] of outcomes.entries()) {
    if (k % 10 === 3)
      assert.match(String((outcome as PromiseRejectedResult).reason), /loop of index 0/)
    else if (k % 10 !== 7) {
      assert.equal(outcome.status, 'fulfilled')
      all[k].assertOnce()
    } else if (outcome.status === 'rejected') assert.equal(outcome.reason, controller.signal.reason)
  }
})

test('a queued call that is cancelled never runs, and those behind it do', async () => {
  const jobs = await system(1)
  const gate = jobs.int32(GATE_WORDS)
  const holders = Array.from({ length: 32 }, () => jobs.parallelFor(2, fresh(waitAtGate), { gate }))
  const controller = new AbortController()
  const [cancelled, late] = [new Counts(jobs, 0, 50), new Counts(jobs, 0, 50)]
  const aborted = jobs.parallelFor(50, fresh(count), cancelled.args, { signal: controller.signal })
  const timed = jobs.parallelFor(50, fresh(count), cancelled.args, { timeout: 1 })
  // Both may reject before they are looked at below.
  for (const call of [aborted, timed]) call.catch(() => {})
  const behind = jobs.parallelFor(50, fresh(count), late.args)
  await arrived(gate, 1)
  controller.abort(new Error('no longer wanted'))
  assert.equal((await errorOf(() => aborted)).message, 'no longer wanted')
  assert.ok((await errorOf(() => timed)) instanceof TimeoutError)
  openGate(gate)
  await behind
  await Promise.all(holders)
  assert.equal(cancelled.total, 0)
  late.assertOnce()
})

test('a sync loop gets on while async loops hold every worker', async () => {
  for (const loops of [1, 32, 40]) {
    const jobs = await system(1)
    const gate = jobs.int32(GATE_WORDS)
    const held = Array.from({ length: loops }, () =>
      jobs.parallelFor(3, fresh(waitAtGate), { gate }),
    )
    await arrived(gate, 1)
    const counts = new Counts(jobs, 0, 1000)
    jobs.parallelForSync(1000, fresh(count), counts.args)
    counts.assertOnce()
    assert.equal(Atomics.load(gate, ARRIVED), 1)
    openGate(gate)
    await Promise.all(held)
    assert.equal(gate[PASSED], 3 * loops)
  }
})

test('a sync loop keeps its timeout and its signal when no loop slot is free', async () => {
  const jobs = await system(1)
  const gate = jobs.int32(GATE_WORDS)
  const held = Array.from({ length: 40 }, () => jobs.parallelFor(2, fresh(waitAtGate), { gate }))
  await arrived(gate, 1)
  const slow = { gate: jobs.int32(GATE_WORDS + 1), ms: 1 }
  const timed = await errorOf(() =>
    jobs.parallelForSync(300, fresh(waitInTurn), slow, { timeout: 5 }),
  ).catch((error: unknown) => error)
  const controller = new AbortController()
  const counts = new Counts(jobs, 0, 4000)
  hook.run = () => controller.abort(new RangeError('seen'))
  const { signal } = controller
  const seen = await errorOf(() =>
    jobs.parallelForSync(4000, fresh(hooked), counts.args, { signal }),
  ).catch((error: unknown) => error)
  openGate(gate)
  await Promise.all(held)
  assert.ok(timed instanceof TimeoutError, String(timed))
  assert.ok(seen instanceof RangeError, String(seen))
})

test('a kernel in the calling thread may start a sync loop of its own', async () => {
  for (const workers of [0, 2]) {
    const jobs = await system(workers)
    const outer = new Counts(jobs, 0, 20)
    const inner = Array.from({ length: 20 }, () => new Counts(jobs, 5, 300))
    hook.run = (i) => jobs.parallelForSync([5, 305], fresh(count), inner[i].args)
    if (workers === 0) {
      jobs.parallelForSync(20, fresh(hooked), outer.args)
      await jobs.parallelFor(0, fresh(hooked), outer.args)
      for (const counts of inner) counts.assertOnce()
    } else {
      // Only what the calling thread itself runs nests here: the hook is not set in workers.
      jobs.parallelForSync(20, fresh(hooked), outer.args)
      for (const counts of inner) if (counts.total > 0) counts.assertOnce()
    }
    outer.assertOnce()
  }
})

test('nested three deep, with an error from the innermost', async () => {
  const jobs = await system(0)
  const counts = new Counts(jobs, 0, 10)
  let depth = 0
  hook.run = (i) => {
    if (depth === 2 && i === 7) throw new RangeError('deep')
    if (depth === 2 || i !== 4) return
    depth++
    try {
      jobs.parallelForSync(10, fresh(hooked), counts.args)
    } finally {
      depth--
    }
  }
  const error = await errorOf(() => jobs.parallelForSync(10, fresh(hooked), counts.args))
  assert.equal(error.message, 'deep')
  assert.equal(depth, 0)
  hook.run = undefined
  const whole = new Counts(jobs, 0, 10)
  jobs.parallelForSync(10, fresh(hooked), whole.args)
  whole.assertOnce()
})

test('two systems at once do not meet, and one reads arrays on the heap of the other', async () => {
  const here = await system(2)
  const there = await JobSystem.start({ workers: 2, name: 'other' })
  try {
    const mine = new Counts(here, 0, 3000)
    const theirs = new Counts(there, 0, 3000)
    await Promise.all([
      here.parallelFor(1000, fresh(count), mine.args),
      there.parallelFor(1000, fresh(count), theirs.args),
      here.parallelFor([1000, 2000], fresh(count), mine.args),
      there.parallelFor([2000, 3000], fresh(count), mine.args),
      here.parallelFor([1000, 3000], fresh(count), theirs.args),
    ])
    mine.assertOnce()
    theirs.assertOnce()
  } finally {
    await there.close()
  }
  const after = new Counts(here, 0, 100)
  await here.parallelFor(100, fresh(count), after.args)
  after.assertOnce()
})
