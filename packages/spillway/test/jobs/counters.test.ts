/** Counters: what they refuse, who waits for them, and that nobody waits in vain. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { JobSystem } from 'spillway'
import { errorOf, like } from '../support/expect.ts'
import { until } from '../support/gate.ts'
import { soon, systemOf, withWorkers } from '../support/job-systems.ts'
import { basic, fibers } from '../support/jobs.kernels.ts'
import { waits } from '../support/rules.kernels.ts'

const UNUSABLE = {
  code: 'ERR_HANDLE',
  message: /^args\.counter of kernel "asyncWait" is a counter that was freed; make another one$/,
}

withWorkers([0, 1, 2], 'who waits for a counter that is complete goes on at once', async (jobs) => {
  const counter = jobs.counter(0)
  const x = jobs.int32(32)
  await soon(counter.wait(), 'the program')
  await soon(jobs.run(waits.one, { x, counter }), 'a fiber')
  assert.equal(await soon(jobs.run(waits.asyncWait, { counter }), 'an async job'), 0)
})

withWorkers([0, 1, 2], 'one change lets fifty waiters go on', async (jobs) => {
  const counter = jobs.counter(2)
  const x = jobs.int32(2)
  const all = jobs.run(waits.many, { x, counter, n: 50 })
  await until(() => Atomics.load(x, 1) === 50, 'the waiters')
  counter.decrement()
  assert.equal(Atomics.load(x, 0), 0)
  counter.decrement()
  await soon(all, 'the waiters')
  assert.equal(x[0], 50)
})

withWorkers(
  [0, 1, 2],
  'waiters for a value go on when it is reached, others stay',
  async (jobs) => {
    const counter = jobs.counter(4)
    const x = jobs.int32(32)
    const targets = [0, 3, 1, 2, 3]
    const all = targets.map((target) => jobs.run(waits.until, { x, counter, target }))
    const program = [2, 0].map((target) => counter.wait(target).then(() => target))
    await until(() => Atomics.load(x, 30) === targets.length, 'the waiters')
    for (const [value, ended] of [
      [3, 2],
      [2, 3],
      [1, 4],
      [0, 5],
    ] as const) {
      counter.decrement()
      await until(() => Atomics.load(x, 0) === ended, `${ended} waiters at ${value}`)
    }
    assert.deepEqual(Array.from(x.slice(1, 6)), [3, 3, 2, 1, 0])
    await soon(Promise.all([...all, ...program]), 'the waiters')
  },
)

withWorkers([0, 1], 'a counter never falls below 0, nor rises to 2^30', async (jobs) => {
  const counter = jobs.counter(2)
  const below = {
    type: RangeError,
    code: 'ERR_RANGE',
    message: /must not fall below 0; it is 2, and was to be decremented by 5/,
  }
  assert.throws(() => counter.decrement(5), like(below))
  assert.equal(counter.value, 2)
  assert.match(await jobs.run(waits.underflow, { counter }), below.message)
  assert.equal(counter.value, 2)
  counter.increment(2 ** 30 - 3)
  assert.throws(
    () => counter.increment(),
    like({ type: RangeError, code: 'ERR_RANGE', message: /below 2\^30; got 1073741824/ }),
  )
  assert.equal(counter.value, 2 ** 30 - 1)
  counter.free()
})

test('what is no count is refused at the call', async () => {
  const jobs = await systemOf(0)
  const counter = jobs.counter(1)
  const refused = (action: () => unknown, type: typeof TypeError, message: RegExp): void => {
    assert.throws(action, (error: Error) => error instanceof type && message.test(error.message))
  }
  for (const value of [-1, 0.5, Number.NaN, Infinity, 2 ** 30]) {
    refused(
      () => jobs.counter(value),
      RangeError,
      /value must be an integer from 0 to 2\^30 - 1; got/,
    )
    refused(() => counter.wait(value), RangeError, /target must be an integer from 0/)
    refused(() => counter.increment(value), RangeError, /by must be an integer from 1/)
    refused(() => counter.decrement(value), RangeError, /by must be an integer from 1/)
  }
  refused(() => counter.increment(0), RangeError, /by must be an integer from 1/)
  for (const value of ['1', null, {}, 1n] as never[]) {
    refused(() => jobs.counter(value), TypeError, /value must be a number; got/)
    refused(() => counter.increment(value), TypeError, /by must be a number; got/)
  }
  assert.equal(counter.value, 1)
})

withWorkers([0, 1], 'a plain job cannot wait for a counter, and hears why', async (jobs) => {
  const counter = jobs.counter(1)
  const message = await jobs.run(waits.plainWait, { counter })
  assert.match(message, /job "plainWait" is a plain function .* Make it a generator/)
  counter.free()
})

withWorkers([0, 1, 2], "a job's own counter", async (jobs) => {
  assert.equal(await soon(jobs.run(waits.own, 20), 'the counter'), 0)
})

test('a counter of another system is refused where it is passed', async () => {
  const jobs = await systemOf(1)
  const other = await JobSystem.start({ workers: 0 })
  const counter = other.counter(1)
  const expected = {
    type: TypeError,
    code: 'ERR_ARGUMENT',
    message: /counter of another JobSystem/,
  }
  await assert.rejects(async () => await jobs.run(waits.asyncWait, { counter }), like(expected))
  await other.close()
})

test('a counter shows through the handle of another thread', async () => {
  const jobs = await systemOf(2)
  const counter = jobs.counter(1000)
  const all = [1, 2, 3, 4].map(() => jobs.run(waits.decrementMany, { counter, n: 250 }))
  await soon(Promise.all(all), 'the decrements')
  assert.equal(counter.value, 0)
  const error = await errorOf(() => jobs.run(waits.decrementMany, { counter, n: 1 }))
  assert.ok(error instanceof RangeError)
  assert.equal(error['code'], 'ERR_RANGE')
})

withWorkers(
  [1, 2, 8],
  'no waiter is forgotten when others come and go at the same time',
  async (jobs) => {
    const x = jobs.int32(32)
    for (let round = 0; round < 30; round++) {
      const counter = jobs.counter(8)
      x.fill(0)
      const waiters = Array.from({ length: 8 }, (_, target) =>
        jobs.run(waits.until, { x, counter, target }),
      )
      const changes = jobs.runMany(
        basic.counterDown,
        Array.from({ length: 8 }, () => ({ counter, ms: 0.01 })),
      )
      await soon(Promise.all([...waiters, changes, counter.wait()]), `round ${round}`)
    }
  },
)

withWorkers([0, 1], 'a counter gives its memory back', async (jobs) => {
  const counter = jobs.counter(3)
  const before = jobs.describe().heap.usedBytes
  for (let i = 0; i < 10_000; i++) jobs.counter(i).free()
  {
    using scoped = jobs.counter(7)
    assert.equal(scoped.value, 7)
  }
  assert.equal(jobs.describe().heap.usedBytes, before)
  counter.free()
  assert.equal(jobs.describe().heap.usedBytes, before - 128)

  const freed = { code: 'ERR_HANDLE', message: /this counter was freed/ }
  assert.throws(() => counter.free(), like(freed))
  assert.throws(() => counter.value, like(freed))
  assert.throws(() => counter.decrement(), like(freed))
  assert.throws(() => counter.wait(), like(freed))
  assert.throws(() => jobs.run(waits.asyncWait, { counter }), like(UNUSABLE))
})

withWorkers(
  [0, 1],
  'a counter that was freed is no argument, also of a kernel that had it',
  async (jobs) => {
    const counter = jobs.counter(0)
    await jobs.run(waits.asyncWait, { counter })
    counter.free()
    // More often than there are records, which such a call must not keep.
    for (let i = 0; i < 2000; i++) {
      assert.throws(() => jobs.run(waits.asyncWait, { counter }), like(UNUSABLE))
    }
  },
)

withWorkers([0, 1], 'a counter that jobs wait for cannot be freed', async (jobs) => {
  const counter = jobs.counter(1)
  const x = jobs.int32(32)
  const handle = jobs.run(waits.until, { x, counter, target: 0 })
  await until(() => Atomics.load(x, 30) === 1, 'the waiter')
  const program = counter.wait()
  const settled = program.then(() => 'settled')
  await new Promise(setImmediate)
  assert.throws(
    () => counter.free(),
    like({ code: 'ERR_HANDLE', message: /jobs wait for this counter, which is 1/ }),
  )
  counter.decrement()
  await soon(handle, 'the waiter')
  assert.equal(await soon(settled, 'the program'), 'settled')
  counter.free()
})

withWorkers([0, 1], 'only the program frees counters', async (jobs) => {
  const counter = jobs.counter(1)
  const messages = await soon(jobs.run(waits.freeAll, { counter }), 'the job')
  for (const message of messages)
    assert.match(message, /a counter is freed where jobs\.counter made it/)
  counter.free()
})

withWorkers([0, 1], 'a scope gives its counters back with its arrays', async (jobs) => {
  const scope = jobs.scope()
  const [counter] = [scope.counter(2), scope.counter(0)]
  const [x] = [scope.int32(1), scope.float64(100)]
  const handle = jobs.run(fibers.waitFor, { counter, x, target: 0 })
  await until(() => handle.state === 'suspended', 'the job to wait')
  const taken = jobs.describe().heap.usedBytes
  const awaited = like({ code: 'ERR_HANDLE', message: /jobs wait for this counter, which is 2/ })
  assert.throws(() => scope.free(), awaited)
  assert.equal(jobs.describe().heap.usedBytes, taken, 'nothing was freed')
  counter.decrement(2)
  assert.equal(await handle, 0)
  scope.free()
  assert.equal(jobs.describe().heap.usedBytes, taken - (2 + 1 + 7) * 128)
  assert.throws(() => counter.value, like({ code: 'ERR_HANDLE', message: /was freed/ }))
  const again = jobs.describe().heap.usedBytes
  {
    using block = jobs.scope()
    block.float64(100)
    assert.equal(block.counter(3).value, 3)
  }
  assert.equal(jobs.describe().heap.usedBytes, again)
  const [freed, other] = [scope.counter(1), scope.counter(1)]
  freed.free()
  assert.throws(() => scope.free(), like({ code: 'ERR_HANDLE', message: /was freed/ }))
  assert.throws(() => other.value, like({ code: 'ERR_HANDLE', message: /was freed/ }))
  assert.equal(jobs.describe().heap.usedBytes, again)
  assert.throws(() => scope.counter(-1), RangeError)
  scope.free()
})
