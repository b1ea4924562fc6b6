/** A job ends after its children; what becomes of their failures; scopes, joins and nested loops. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { errorOf } from '../support/expect.ts'
import { until } from '../support/gate.ts'
import { soon, systemOf, withWorkers } from '../support/job-systems.ts'
import { basic, families } from '../support/jobs.kernels.ts'
import { lives } from '../support/lifecycle.kernels.ts'
import { endings, waits } from '../support/rules.kernels.ts'

const ANY = [0, 1, 2]

withWorkers(ANY, 'a job ends after children that nobody waited for', async (jobs) => {
  const x = jobs.int32(1)
  await soon(jobs.run(families.leaveChildren, { x, children: 30 }), 'the parent')
  assert.equal(x[0], 30)
  if (jobs.workers > 0) jobs.runSync(families.leaveChildren, { x, children: 30 })
  assert.equal(x[0], jobs.workers > 0 ? 60 : 30)
})

for (const kernel of ['leaveFailing', 'leaveFailingFiber', 'leaveFailingAsync'] as const) {
  withWorkers(ANY, `a failure that nobody waited for fails the parent: ${kernel}`, async (jobs) => {
    const error = await soon(
      errorOf(() => jobs.run(endings[kernel], 3)),
      'the parent',
    )
    assert.ok(error instanceof RangeError)
    assert.equal(error.message, 'job 5 failed')
    assert.equal(error['kernel'], 'fail')
  })
}

withWorkers(ANY, 'a failure among many children that ended well is found', async (jobs) => {
  for (const kernel of ['leaveFailing', 'leaveFailingFirst'] as const) {
    const error = await soon(
      errorOf(() => jobs.run(endings[kernel], 2000)),
      'the parent',
    )
    assert.equal(error.message, 'job 5 failed', kernel)
  }
})

for (const kernel of ['catchTwo', 'catchTwoFiber', 'catchTwoAsync'] as const) {
  withWorkers(
    ANY,
    `waiting for two that fail throws the first, and is over with both: ${kernel}`,
    async (jobs) => {
      assert.equal(await soon(jobs.run(endings[kernel]), 'the job'), 'job 1 failed')
    },
  )
}

for (const kernel of ['throwWithChildren', 'throwWithChildrenFiber'] as const) {
  withWorkers(
    ANY,
    `a job that throws cancels its children and waits for those that run: ${kernel}`,
    async (jobs) => {
      const x = jobs.int32(1)
      const error = await soon(
        errorOf(() => jobs.run(endings[kernel], { x })),
        'the job',
      )
      assert.equal(error.message, 'the parent')
      const ran = x[0]
      await new Promise((resolve) => setTimeout(resolve, 10))
      assert.equal(x[0], ran, 'a child outlived its parent')
    },
  )
}

withWorkers(ANY, 'a child that its parent cancels does not fail it', async (jobs) => {
  const x = jobs.int32(1)
  assert.equal(await soon(jobs.run(endings.cancelAndLeave, { x }), 'plain'), 'left')
  assert.equal(await soon(jobs.run(endings.cancelAndLeaveFiber, { x }), 'a fiber'), 'left')
  assert.equal(
    await soon(jobs.run(endings.cancelOwnChild, { x }), 'who waits'),
    'job "pause" was cancelled',
  )
})

withWorkers(
  ANY,
  'a scope waits for its children, however many the job had before',
  async (jobs) => {
    const x = jobs.int32(1)
    assert.equal(await soon(jobs.run(endings.scopeAfterMany, { x }), 'the scope'), 100)
  },
)

withWorkers(
  ANY,
  'both sides of a join wait for their children, however many the job had before',
  async (jobs) => {
    const x = jobs.int32(1)
    assert.equal(await soon(jobs.run(endings.joinAfterMany, { x }), 'the join'), 200)
  },
)

withWorkers(ANY, 'a job that catches what its scope or join throws ends well', async (jobs) => {
  const x = jobs.int32(1)
  assert.equal(await soon(jobs.run(endings.catchScope, { x }), 'the scope'), 'out of the scope')
  assert.equal(await soon(jobs.run(endings.catchJoin, { x }), 'the join'), 'out of the first side')
})

withWorkers(
  ANY,
  'a join of what cannot be joined says so each time, and spoils no other',
  async (jobs) => {
    const x = jobs.int32(1)
    for (let round = 0; round < 3; round++) {
      const [wrong, fiber, right] = await soon(jobs.run(endings.badJoins, { x }), 'the joins')
      assert.match(wrong, /takes plain jobs; got "rules\/touch", a kernel of each\(\)/)
      assert.match(fiber, /takes plain jobs; got "fiberOne", a generator job: spawn it/)
      assert.equal(right, '3')
      assert.equal(await soon(jobs.run(endings.rightJoin, 0), 'another join'), 12)
    }
  },
)

withWorkers(ANY, 'ctx.join in a fiber is refused, as it would block', async (jobs) => {
  const message = await soon(jobs.run(endings.joinInFiber, 0), 'the fiber')
  assert.match(message, /ctx.join blocks .* job "joinInFiber" is no plain function/)
})

withWorkers(
  ANY,
  'no promise is made of a child where no event loop would settle it',
  async (jobs) => {
    const message = await soon(jobs.run(endings.childThen, 0), 'the job')
    assert.match(message, /job "identity" cannot be awaited here/)
  },
)

withWorkers([1, 2], 'an async job ends after all children it raced', async (jobs) => {
  const x = jobs.int32(4)
  const race = jobs.run(endings.race, { x })
  await until(() => Atomics.load(x, 1) === 1, 'the slow child')
  let ended = false
  void race.then(() => (ended = true))
  await new Promise((resolve) => setTimeout(resolve, 20))
  assert.ok(!ended, 'it ended before its child')
  Atomics.store(x, 2, 1)
  Atomics.notify(x, 2)
  assert.equal(await soon(race, 'the race'), 7)
})

withWorkers(ANY, 'nested loops in a job that was suspended before', async (jobs) => {
  const x = jobs.int32(1)
  const counter = jobs.counter(1)
  const job = jobs.run(waits.loopsAfterWait, { x, counter })
  await until(() => job.state === 'suspended', 'the job to wait')
  counter.decrement()
  assert.equal(await soon(job, 'the loops'), 120)
})

withWorkers(
  [2],
  'a suspended fiber goes on when a private child of it was published and stolen',
  async (jobs) => {
    const x = jobs.int32(1)
    let stolen = 0
    for (let round = 0; round < 10; round++) {
      Atomics.store(x, 0, 0)
      const [thief, home] = await soon(jobs.run(waits.stolenFromPrivate, { x }), `round ${round}`)
      // Beside other tests a kernel may look long for a while.
      if (thief !== home) stolen++
    }
    assert.ok(stolen > 0)
  },
)

withWorkers(ANY, 'a job ends after a loop that it did not wait for', async (jobs) => {
  const x = jobs.int32(1)
  for (let round = 0; round < 6; round++) {
    Atomics.store(x, 0, 0)
    assert.equal(await soon(jobs.run(waits.leaveLoop, { x, n: 64 }), 'the job'), 'ended')
    assert.equal(x[0], 64, `round ${round}`)
  }
})

withWorkers(ANY, 'a loop that fails unseen fails its job', async (jobs) => {
  const error = await soon(
    errorOf(() => jobs.run(waits.leaveFailingLoop, 10)),
    'the job',
  )
  assert.equal(error.message, 'index three')
})

withWorkers(ANY, 'the loops of a job that failed are not those of the next', async (jobs) => {
  for (let round = 0; round < 3; round++) {
    const error = await soon(
      errorOf(() => jobs.run(waits.leaveFailingLoopsAsync, 10)),
      'the job',
    )
    assert.equal(error.message, 'the body')
    assert.equal(await soon(jobs.run(lives.timer, round), 'the next job'), round)
  }
})

withWorkers(
  ANY,
  'trees of plain jobs, of fibers and of joins give what recursion gives',
  async (jobs) => {
    assert.equal(await soon(jobs.run(families.tree, 9), 'fibers'), 1023)
    assert.equal(await soon(jobs.run(families.plainTree, 9), 'plain jobs'), 1023)
    assert.equal(await soon(jobs.run(families.fib, 18), 'joins'), 2584)
    assert.equal(jobs.runSync(families.tree, 6), 127)
    assert.equal(jobs.runSync(families.fib, 12), 144)
  },
)

test('a handle says what state its job is in, and gives no value before the end', async () => {
  const jobs = await systemOf(1)
  const x = jobs.int32(4)
  const held = jobs.run(basic.hold, { x, came: 0, open: 1 })
  const queued = jobs.run(basic.identity, 1)
  await until(() => Atomics.load(x, 0) === 1, 'the job to begin')
  assert.equal(held.state, 'running')
  assert.equal(queued.state, 'queued')
  assert.throws(() => held.value, /job "hold" has not ended/)
  Atomics.store(x, 1, 1)
  Atomics.notify(x, 1)
  assert.equal(await held, 'held')
  assert.equal(held.state, 'done')
  assert.equal(held.value, 'held')
  const failing = jobs.run(basic.fail, 1)
  await errorOf(() => failing)
  assert.equal(failing.state, 'failed')
  assert.throws(() => failing.value, /job 1 failed/)
  assert.equal(await queued, 1)
})
