/** What there is too little of, what can never end, what has ended: errors that say so, and a pool that lives on. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DeadlockError, JobSystem } from 'spillway'
import { errorOf, like } from '../support/expect.ts'
import { until } from '../support/gate.ts'
import { soon, withWorkers } from '../support/job-systems.ts'
import { basic } from '../support/jobs.kernels.ts'
import { limits } from '../support/limits.kernels.ts'

const ANY = [0, 1, 2]
const CAPACITY = 16
const FEW = { jobs: { capacity: CAPACITY } }
const FULL =
  /all 16 job records of this thread belong to jobs that have not ended; wait for some of them, or raise jobs\.capacity/

for (const kernel of ['detachTooMany', 'detachTooManyFiber'] as const) {
  withWorkers(
    ANY,
    `a job that detaches more fibers that wait than there are records is told: ${kernel}`,
    async (jobs) => {
      const x = jobs.int32(2)
      const counter = jobs.counter(1)
      const message = await soon(jobs.run(limits[kernel], { counter, x, n: 100 }), 'the job')
      assert.match(message, new RegExp(`^ERR_JOBS_FULL: ${FULL.source}`))
      counter.decrement()
      // Those that came to be do what they were to do.
      await until(() => Atomics.load(x, 0) >= CAPACITY - 1, 'the fibers')
    },
    FEW,
  )
}

withWorkers(
  ANY,
  'when all records of the program wait, sync calls and waits are refused, and orders queue',
  async (jobs) => {
    const x = jobs.int32(2)
    const counter = jobs.counter(1)
    const all = Array.from({ length: CAPACITY }, () => jobs.run(limits.waiting, { counter, x }))
    await until(() => Atomics.load(x, 0) === CAPACITY, 'the fibers')
    const full = like({ type: RangeError, code: 'ERR_JOBS_FULL', message: FULL })
    assert.throws(() => jobs.runSync(basic.identity, 1), full)
    await assert.rejects(async () => await counter.wait(), full)
    const queued = jobs.run(basic.identity, 5)
    assert.equal(queued.state, 'queued')
    counter.decrement()
    assert.equal(await soon(queued, 'what was queued'), 5)
    await soon(Promise.all(all), 'the fibers')
    assert.equal(jobs.runSync(basic.identity, 6), 6)
  },
  FEW,
)

for (const workers of ANY) {
  test(
    `jobs that wait for each other are named, and so is nobody else (${workers} workers)`,
    { timeout: 20_000 },
    async () => {
      const jobs = await JobSystem.start({ workers, jobs: { stallTimeout: 100 } })
      const stalls: DeadlockError[] = []
      jobs.on('stall', (error) => stalls.push(error))
      for (const way of ['broken', 'closed'] as const) {
        const [a, b] = [jobs.counter(1), jobs.counter(1)]
        const chicken = jobs.run(limits.chicken, { mine: a, others: b })
        const egg = jobs.run(limits.egg, { mine: b, others: a })
        const third = jobs.run(basic.identity, 3, { after: [chicken, egg] })
        const said = stalls.length
        await until(() => stalls.length > said, 'the stall')
        const stall = stalls.at(-1)!
        assert.ok(stall instanceof DeadlockError)
        assert.equal(stall.code, 'ERR_DEADLOCK')
        for (const name of ['chicken', 'egg']) {
          const line = `job "${name}" waits for a counter to fall to 0, which is 1`
          assert.equal(stall.message.split(line).length, 2, stall.message)
        }
        assert.equal(stall.message.split('waits for').length, 3, stall.message)
        if (way === 'broken') {
          const ends = [chicken, third].map((handle) => errorOf(() => handle))
          chicken.cancel()
          b.decrement()
          await soon(egg, 'the egg')
          for (const end of ends) assert.equal((await soon(end, 'the end')).name, 'CancelledError')
          assert.equal(await soon(jobs.run(basic.identity, 4), 'another job'), 4)
          continue
        }
        const ends = Promise.all([chicken, egg, third].map((handle) => errorOf(() => handle)))
        await soon(jobs.close(), 'close')
        for (const error of await soon(ends, 'the ends')) {
          assert.equal(error.name, 'DeadlockError')
          for (const name of ['chicken', 'egg'])
            assert.ok(error.message.includes(`"${name}" waits`))
        }
      }
    },
  )
}

test('what waits for a job that was lost is told, in after and by the watchdog', async () => {
  const jobs = await JobSystem.start({ workers: 2, jobs: { stallTimeout: 100 } })
  const stalls: string[] = []
  jobs.on('stall', ({ message }) => stalls.push(message))
  jobs.on('worker-lost', () => {})
  const x = jobs.int32(2)
  const counter = jobs.counter(1)
  const waiter = jobs.run(limits.waiting, { counter, x })
  await until(() => Atomics.load(x, 0) === 1, 'the waiter')
  let error: Error | null = null
  while (error === null) {
    const lost = jobs.run(limits.dieElsewhere, { counter, x })
    const next = jobs.run(basic.add, { x, at: 0, by: 10 }, { after: [lost] })
    try {
      await soon(lost, 'who dies')
      await next
      Atomics.store(x, 0, 1)
    } catch (caught) {
      error = caught as Error
      assert.equal(await errorOf(() => next), error)
    }
  }
  assert.equal((error as Error & { code?: string }).code, 'ERR_WORKER_LOST')
  assert.equal(x[0], 1, 'what was to come after it did not run')
  await until(() => stalls.length > 0, 'the stall')
  assert.match(stalls[0], /^[^"]*job "waiting" waits for a counter to fall to 0, which is 1[^"]*$/)
  counter.decrement()
  assert.equal(await soon(waiter, 'the waiter'), 'waited')
  assert.equal(await soon(jobs.run(basic.identity, 1), 'another job'), 1)
  await jobs.close()
})

withWorkers(
  [0],
  'a job holds on to none of the children that have ended well',
  async (jobs) => {
    const most = await soon(jobs.run(limits.mostHeld, 2000), 'the job')
    // Up to 16 are private at a time; what is beyond runs at once. What has ended is dropped from 256 on.
    assert.ok(most.atOnce <= 2 * CAPACITY, `${most.atOnce} of 200`)
    assert.ok(most.inTurns <= 300, `${most.inTurns} of 2000`)
  },
  FEW,
)

withWorkers(ANY, 'a context that outlived its job starts nothing', async (jobs) => {
  const x = jobs.int32(1)
  await soon(jobs.run(limits.keepContext), 'the job')
  const messages = await soon(jobs.run(limits.useKept, { x }), 'another job')
  assert.equal(messages.length, 6)
  for (const message of messages) {
    assert.match(message, /^ERR_HANDLE: job "keepContext" has ended, and its context with it/)
  }
  assert.equal(x[0], 0)
})

withWorkers(ANY, 'small children that were cancelled are not kept', async (jobs) => {
  for (const { before, after } of [
    await jobs.run(limits.keptPrivate),
    jobs.runSync(limits.keptPrivate),
  ]) {
    // Workers take what they can before the scope fails.
    if (jobs.workers === 0) assert.equal(before, 8)
    assert.equal(after, 0)
  }
})
