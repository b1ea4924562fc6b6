/**
 * Upstream's own cases for fibers, shutdown and the deque, T17, T18 and T29 to T50, one by one, with our words.
 *
 * | case | here |
 * | ---- | ---- |
 * | T29, T50 | its pool of fibers is the records of a thread, `jobs.capacity` |
 * | T32 | a frame is the life of a root job, whose scratch goes back at its end |
 * | T33 | without its limit of 200 ms: no test here has timing thresholds |
 * | T34 | its arena is `ctx.scratch`, and needs no fallback |
 * | T45, T46, T47 | tiers, active workers, nodes: `topology/upstream.test.ts` |
 * | T48 | what a worker spawns is in its own records and memory; that no other thread's word is touched: `atomics.test.ts` |
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { JobSystem } from 'spillway'
import { census } from '../support/census.kernels.ts'
import { errorOf } from '../support/expect.ts'
import { until } from '../support/gate.ts'
import { atRest } from '../support/job-state.ts'
import { soon, withWorkers } from '../support/job-systems.ts'
import { basic, families, fibers } from '../support/jobs.kernels.ts'

withWorkers([0, 1, 2], 'T17: two jobs of five turns both reach five', async (jobs) => {
  const x = jobs.int32(2)
  const both = [0, 1].map((at) => jobs.run(fibers.yields, { x, at, times: 5 }))
  const locals = await soon(Promise.all(both), 'the turns')
  assert.deepEqual([...x], [5, 5])
  assert.deepEqual(locals, [210, 210], 'locals survive a turn')
})

withWorkers([1], 'T17: on one worker, two jobs that give turns take turns', async (jobs) => {
  const x = jobs.int32(32)
  const hold = jobs.run(basic.hold, { x, came: 30, open: 31 })
  await until(() => Atomics.load(x, 30) === 1, 'the worker to be busy')
  const both = [1, 2].map((tag) => jobs.run(fibers.logs, { x, tag, times: 10 }))
  Atomics.store(x, 31, 1)
  Atomics.notify(x, 31)
  await soon(Promise.all([hold, ...both]), 'the turns')
  const order = Array.from(x.slice(1, 21))
  const first = order[0]
  const second = 3 - first
  // Every eighth look for work begins with fibers that gave others a turn: the second may begin a turn late.
  const alone = order.indexOf(second)
  assert.ok(alone <= 2, `the first had ${alone} turns before the second began`)
  const turns = Array.from({ length: 10 - alone }, () => [second, first]).flat()
  const rest = Array.from({ length: alone }, () => second)
  assert.deepEqual(order, [...rest.map(() => first), ...turns, ...rest])
})

withWorkers([1], 'T18: what is more urgent runs first, whatever came first', async (jobs) => {
  const x = jobs.int32(32)
  const hold = jobs.run(basic.hold, { x, came: 30, open: 31 })
  await until(() => Atomics.load(x, 30) === 1, 'the worker to be busy')
  const all = (['low', 'normal', 'high', 'low', 'normal', 'high'] as const).map((priority, tag) =>
    jobs.run(basic.log, { x, tag }, { priority }),
  )
  await new Promise((resolve) => setTimeout(resolve, 5))
  Atomics.store(x, 31, 1)
  Atomics.notify(x, 31)
  await soon(Promise.all([hold, ...all]), 'the jobs')
  assert.deepEqual(Array.from(x.slice(1, 7)), [2, 5, 1, 4, 0, 3], 'oldest first at each priority')
})

withWorkers(
  [2],
  'T29: many short jobs through few records',
  async (jobs) => {
    const x = jobs.int32(1)
    await jobs.run(basic.pause, { x, ms: 1 })
    await soon(
      jobs.runMany(
        basic.pause,
        Array.from({ length: 20 }, () => ({ x, ms: 0.1 })),
      ),
      'all',
    )
    assert.equal(x[0], 21)
  },
  { jobs: { capacity: 16 } },
)

withWorkers(
  [0, 1, 4],
  'T30: one job polls, giving turns, for what another sets later',
  async (jobs) => {
    const x = jobs.int32(2)
    const poll = jobs.run(fibers.pollThenSet, { x })
    const set = jobs.run(fibers.setThenYield, { x })
    await soon(Promise.all([poll, set]), 'the flags')
    assert.deepEqual([...x], [1, 1])
  },
)

withWorkers([0, 1, 2], 'T31: who waits for a slow child goes on after it', async (jobs) => {
  const x = jobs.int32(1)
  assert.equal(await soon(jobs.run(fibers.waitForSlowChild, { x, ms: 20 }), 'the child'), 1)
})

withWorkers([0, 2], 'T32: one child, then ten in the next round: eleven', async (jobs) => {
  const x = jobs.int32(1)
  for (const children of [1, 10]) await jobs.run(families.leaveChildren, { x, children })
  assert.equal(x[0], 11)
})

withWorkers([0, 1], 'T33: 10,000 turns in one job', async (jobs) => {
  const x = jobs.int32(1)
  await soon(jobs.run(fibers.yields, { x, at: 0, times: 10_000 }), 'the turns')
  assert.equal(x[0], 10_000)
})

withWorkers(
  [0, 1, 2],
  'T34: scratch memory of a hundred children, and of ten that need more than a segment',
  async (jobs) => {
    for (const [children, bytes] of [
      [100, 100],
      [10, 1024],
      [10, 100_000],
    ] as const) {
      const total = await soon(jobs.run(families.scratchOf, { children, bytes }), `${bytes} bytes`)
      assert.equal(total, children * bytes)
    }
  },
)

withWorkers([0, 1, 2], 'T35: a job that throws ends its handle', async (jobs) => {
  const error = await soon(
    errorOf(() => jobs.run(basic.fail, 1)),
    'the failure',
  )
  assert.equal(error.message, 'job 1 failed')
  assert.equal(error['kernel'], 'fail')
})

withWorkers([0, 1], 'T36: the worker of a job that threw runs the next', async (jobs) => {
  await errorOf(() => jobs.run(basic.fail, 1))
  assert.equal(await soon(jobs.run(basic.identity, 7), 'the next job'), 7)
})

for (const workers of [0, 2]) {
  test(`T37: closing at once runs all that was ordered (${workers} workers)`, async () => {
    const jobs = await JobSystem.start({ workers })
    const x = jobs.int32(1)
    const all = Array.from({ length: 10 }, () => jobs.run(basic.pause, { x, ms: 3 }))
    await soon(jobs.close(), 'close')
    assert.equal(x[0], 10)
    await Promise.all(all)
  })
}

withWorkers([0, 2], 'T38: a job with children beside one without', async (jobs) => {
  const x = jobs.int32(2)
  await Promise.all([
    jobs.run(families.oneAndFive, { x }),
    jobs.run(basic.add, { x, at: 1, by: 1 }),
  ])
  assert.deepEqual([...x], [6, 1])
})

withWorkers([0, 2], 'T39: 50 jobs sum to 1225, from one list and one by one', async (jobs) => {
  const x = jobs.int32(1)
  await jobs.runMany(
    basic.addIndex,
    Array.from({ length: 50 }, (_, index) => ({ x, index })),
  )
  assert.equal(x[0], 1225)
  const values = await jobs.runMany(basic.identity, 50)
  assert.equal(
    values.reduce((sum, value) => sum + value, 0),
    1225,
  )
})

withWorkers([0, 1, 2], 'T40: three children with two each: nine', async (jobs) => {
  const x = jobs.int32(1)
  assert.equal(await soon(jobs.run(families.threeByTwo, { x }), 'the tree'), 9)
})

withWorkers([0, 2], 'T41: 100 particles in four chunks', async (jobs) => {
  const x = jobs.int32(100)
  await jobs.run(families.chunks, { x, size: 25 })
  assert.deepEqual(new Set(x), new Set([1]))
})

withWorkers(
  [0, 2],
  'T42: a producer of 20 consumers, of which nobody keeps a handle',
  async (jobs) => {
    const x = jobs.int32(1)
    await jobs.run(families.detach, { x, children: 20, ms: 0.01 })
    await until(() => Atomics.load(x, 0) === 20, 'the consumers')
  },
)

withWorkers([0, 1, 2], 'T43: four children sum quarters of 0..100: 4950', async (jobs) => {
  assert.equal(await soon(jobs.run(families.quarters, 100), 'the quarters'), 4950)
  assert.equal(jobs.runSync(families.quarters, 100), 4950)
})

withWorkers([0, 2], 'T44: a job of many turns lets a short one through', async (jobs) => {
  const x = jobs.int32(2)
  const long = jobs.run(fibers.yields, { x, at: 0, times: 100 })
  const short = jobs.run(basic.add, { x, at: 1, by: 1 })
  await soon(Promise.all([long, short]), 'both')
  assert.deepEqual([...x], [100, 1])
})

withWorkers([1, 2], 'T48: what a worker spawns has its memory there, and runs', async (jobs) => {
  const x = jobs.int32(1)
  const { worker, owner, before, after } = await soon(jobs.run(census.nested, { x }), 'the job')
  assert.equal(owner, worker)
  assert.equal(after, before + 1, 'one block more, for its long record of arguments')
  assert.equal(x[0], 30)
})

test('T50: ten jobs, five under a counter, a list of a hundred, twenty pinned, and slow ones among quick ones', async () => {
  for (const pinning of ['none', 'linear'] as const) {
    const jobs = await JobSystem.start({ workers: 4, pinning, jobs: { capacity: 16 } })
    const x = jobs.int32(1)
    const ran = async (count: number, what: string, all: PromiseLike<unknown>): Promise<void> => {
      await soon(all, what)
      assert.equal(x[0], count, what)
      x[0] = 0
    }
    const add = { x, at: 0, by: 1 }
    const many = (count: number): (typeof add)[] => Array.from({ length: count }, () => add)
    await ran(10, 'ten', Promise.all(many(10).map((args) => jobs.run(basic.add, args))))
    const counter = jobs.counter(5)
    const down = many(5).map(() => ({ counter, ms: 0 }))
    await soon(Promise.all([jobs.runMany(basic.counterDown, down), counter.wait()]), 'the counter')
    await ran(100, 'a list', jobs.runMany(basic.add, many(100)))
    await ran(20, pinning, jobs.runMany(basic.add, many(20)))
    const mixed = many(100).map((_, i) => ({ x, ms: i % 10 === 0 ? 0.1 : 0 }))
    await ran(100, 'slow ones', jobs.runMany(basic.pause, mixed))
    await atRest(jobs)
    await jobs.close()
  }
})
