/** Async and detached jobs, priorities, full tables of records, results that need memory, and the end of a system. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { JobSystem } from 'spillway'
import { errorOf } from '../support/expect.ts'
import { until } from '../support/gate.ts'
import { soon, systemOf, withWorkers } from '../support/job-systems.ts'
import { basic } from '../support/jobs.kernels.ts'
import { lives } from '../support/lifecycle.kernels.ts'
import { cancels, detachings } from '../support/rules.kernels.ts'
import { answerOf, linkedProject } from '../package/project.ts'

const project = linkedProject()
const ANY = [0, 1, 2]
const FEW = { jobs: { capacity: 16 } }

withWorkers(ANY, 'an async job has children of every kind, counters and loops', async (jobs) => {
  const x = jobs.int32(1)
  const counter = jobs.counter(1)
  assert.equal(await soon(jobs.run(lives.family, { x, counter }), 'the family'), 8)
  assert.equal(x[0], 50)
  assert.equal(await soon(jobs.run(lives.fiberOf, 4), 'a fiber'), 4)
  const error = await soon(
    errorOf(() => jobs.run(lives.failing, 3)),
    'the failure',
  )
  assert.ok(error instanceof TypeError)
  assert.equal(error.message, 'async 3')
  const many = await soon(jobs.runMany(lives.timer, 40), 'many')
  assert.deepEqual(
    many,
    Array.from({ length: 40 }, (_, i) => i),
  )
})

withWorkers(
  [1, 2],
  'a plain job waits for an async child, also under a sync call',
  async (jobs) => {
    assert.equal(await soon(jobs.run(lives.plainOfAsync, 5), 'the job'), 5)
    assert.equal(jobs.runSync(lives.plainOfAsync, 6), 6)
  },
)

test('the worker of async jobs is started for a blocked caller too', async () => {
  const jobs = await JobSystem.start({ workers: 1 })
  assert.equal(jobs.runSync(lives.plainOfAsync, 6), 6)
  await jobs.close()
})

withWorkers(ANY, 'a job knows where it runs', async (jobs) => {
  const index = await jobs.run(lives.workerIndex, 0)
  assert.ok(index >= 0 && index < Math.max(1, jobs.workers), `${index}`)
  assert.equal(jobs.runSync(lives.workerIndex, 0), jobs.workers)
  assert.equal(await jobs.run(lives.asyncIndex, 0), jobs.workers === 0 ? 0 : -1)
})

withWorkers(ANY, 'a child has the priority of its parent, unless it is given one', async (jobs) => {
  for (const priority of ['high', 'normal', 'low'] as const) {
    const seen = await soon(jobs.run(lives.priorities, 2, { priority }), priority)
    assert.deepEqual(seen, [priority, priority, priority, 'low', 'low'])
  }
})

withWorkers(
  ANY,
  'more children than records: plain ones',
  async (jobs) => {
    assert.equal(await soon(jobs.run(lives.manyPlain, 500), 'the job'), (500 * 499) / 2)
  },
  FEW,
)

withWorkers(
  ANY,
  'more children than records: fibers that give turns',
  async (jobs) => {
    assert.equal(await soon(jobs.run(lives.manyFibers, 200), 'the job'), (200 * 199) / 2)
  },
  FEW,
)

withWorkers(
  ANY,
  'more waiting fibers than records are refused, and hang nobody',
  async (jobs) => {
    const counter = jobs.counter(1)
    assert.equal(await soon(jobs.run(lives.manyWaiting, { counter, n: 100 }), 'the job'), 'refused')
  },
  FEW,
)

withWorkers(
  [0, 1, 2, 8],
  'more detached jobs than records',
  async (jobs) => {
    const x = jobs.int32(1)
    await soon(jobs.run(lives.manyDetached, { x, n: 500 }), 'the plain job')
    await soon(jobs.run(lives.manyDetachedFiber, { x, n: 500 }), 'the fiber')
    await until(() => Atomics.load(x, 0) === 1000, 'the detached jobs')
  },
  FEW,
)

withWorkers(
  ANY,
  'more jobs from outside than records wait in order',
  async (jobs) => {
    const all = Array.from({ length: 500 }, (_, i) => jobs.run(basic.identity, i))
    assert.deepEqual(
      await soon(Promise.all(all), 'the jobs'),
      Array.from({ length: 500 }, (_, i) => i),
    )
  },
  FEW,
)

withWorkers(
  [1],
  'a sync call finds a record, though all wait for the event loop',
  async (jobs) => {
    const all = Array.from({ length: 16 }, (_, i) => jobs.run(basic.identity, i))
    const end = performance.now() + 100
    while (performance.now() < end);
    assert.equal(jobs.runSync(basic.identity, 7), 7)
    await soon(Promise.all(all), 'the jobs')
  },
  FEW,
)

withWorkers(ANY, 'results that need memory give it back', async (jobs) => {
  for (let i = 0; i < 50; i++) await jobs.run(lives.text, 20_000)
  await jobs.runMany(lives.text, 64)
  const before = jobs.describe().heap
  for (let i = 0; i < 200; i++) {
    const { text, list } = await jobs.run(lives.text, 20_000)
    assert.equal(text.length, 20_000)
    assert.deepEqual(list, [1, 20_000])
  }
  const after = jobs.describe().heap
  assert.equal(after.bytes, before.bytes, 'the heap grew')
})

withWorkers(ANY, 'scratch memory of jobs comes back', async (jobs) => {
  for (let i = 0; i < 5; i++) await jobs.run(lives.scratchTree, 7)
  const before = jobs.describe().heap.bytes
  for (let i = 0; i < 20; i++) await jobs.run(lives.scratchTree, 7)
  assert.equal(jobs.describe().heap.bytes, before, 'the heap grew')
})

test('scratch memory and foreign arrays reach children from jobs in any thread', async () => {
  for (const workers of ANY) {
    const jobs = await systemOf(workers)
    const foreign = new Int32Array(new SharedArrayBuffer(64))
    foreign[3] = 5
    assert.equal(
      await soon(jobs.run(basic.add, { x: foreign, at: 3, by: 2 }), 'a foreign array'),
      5,
    )
    assert.equal(jobs.runSync(basic.add, { x: foreign, at: 3, by: 2 }), 7)
    assert.equal(foreign[3], 9)
  }
})

withWorkers(ANY, 'the failure of a detached job is told when it happens', async (jobs) => {
  const x = jobs.int32(4)
  const told: unknown[] = []
  const stop = jobs.on('error', (error) => told.push(error))
  if (jobs.workers === 0) x[2] = 1
  await soon(jobs.run(detachings.detachFailing, { x }), 'the parent')
  Atomics.store(x, 2, 1)
  Atomics.notify(x, 2)
  await until(() => told.length === 1, 'the failure')
  assert.match(String(told[0]), /a detached job failed/)
  stop()
})

withWorkers(
  [0],
  'without workers, detached jobs run though nobody waits for anything',
  async (jobs) => {
    const x = jobs.int32(1)
    await jobs.run(detachings.detachSlow, { x, n: 6 })
    await until(() => x[0] === 6, 'the detached jobs')
    jobs.runSync(detachings.detachSlow, { x, n: 6 })
    await until(() => x[0] === 12, 'the detached jobs of a sync call')
  },
)

for (const workers of ANY) {
  test(
    `close ends though jobs wait for what never comes, and says so (${workers} workers)`,
    { timeout: 20_000 },
    async () => {
      const jobs = await JobSystem.start({ workers, jobs: { stallTimeout: 100 } })
      const stalls: string[] = []
      jobs.on('stall', (error) => stalls.push(error.message))
      const x = jobs.int32(4)
      const counter = jobs.counter(1)
      const waiting = errorOf(() => jobs.run(cancels.atCounter, { x, counter }))
      const program = errorOf(() => counter.wait())
      await jobs.run(detachings.detachWaiting, { x, counter })
      await until(() => Atomics.load(x, 1) === 2, 'both to wait')
      await soon(jobs.close(), 'close')
      assert.equal((await waiting).name, 'DeadlockError')
      assert.equal((await program).name, 'DeadlockError')
      assert.match(stalls[0], /job "atCounter" waits for a counter to fall to 0, which is 1/)
      assert.equal(x[0], 2, 'finally blocks ran')
    },
  )
}

test('a stall is told once, while the system is open', async () => {
  const jobs = await JobSystem.start({ workers: 1, jobs: { stallTimeout: 50 } })
  const stalls: string[] = []
  jobs.on('stall', (error) => stalls.push(error.message))
  const x = jobs.int32(4)
  const counter = jobs.counter(1)
  const job = jobs.run(cancels.atCounter, { x, counter })
  await until(() => stalls.length > 0, 'the stall')
  await new Promise((resolve) => setTimeout(resolve, 300))
  assert.equal(stalls.length, 1)
  counter.decrement()
  assert.equal(await soon(job, 'the job'), 'ended')
  await jobs.close()
})

for (const workers of ANY) {
  test(`a process ends by itself with an open system and nothing awaited (${workers} workers)`, async () => {
    const ended = await project.run({
      'all.kernels.js': `
        import { job, kernels } from 'spillway/kernel'
        export const k = kernels(import.meta.url, {
          one: job(() => 1),
          wait: job(function* (ctx, { c }) { yield* c.wait() }),
          detach: job((ctx, { c }) => { ctx.spawnDetached(k.wait, { c }); ctx.spawnDetached(k.one) }),
        })`,
      'main.js': `
        import { JobSystem } from 'spillway'
        import { k } from './all.kernels.js'
        const jobs = await JobSystem.start({ workers: ${workers} })
        const c = jobs.counter(1)
        await jobs.run(k.one)
        jobs.runSync(k.one)
        await jobs.run(k.detach, { c })
        console.log(JSON.stringify('done'))`,
    })
    assert.equal(answerOf(ended), 'done')
  })
}
