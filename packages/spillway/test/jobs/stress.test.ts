/** Many jobs at once, on no worker, on one, on two, on more than there are cores. Afterwards nothing is left. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { JobSystem } from 'spillway'
import { leftovers, heapWords } from '../support/job-state.ts'
import { until } from '../support/gate.ts'
import { soon, withWorkers } from '../support/job-systems.ts'
import { basic, families } from '../support/jobs.kernels.ts'
import { FIRST_CELL, stress, twinOfMixture } from '../support/stress.kernels.ts'

const ALL = [0, 1, 2, 8]
const FEW = { jobs: { capacity: 64 } }

withWorkers(ALL, 'smoke: a thousand jobs from outside, and as many children', async (jobs) => {
  const values = await soon(jobs.runMany(basic.identity, 1000), 'the jobs')
  assert.deepEqual(
    values,
    Array.from({ length: 1000 }, (_, i) => i),
  )
  const x = jobs.int32(1)
  const all = Array.from({ length: 20 }, () =>
    jobs.run(families.leaveChildren, { x, children: 10 }),
  )
  await soon(Promise.all(all), 'the families')
  assert.equal(x[0], 200)
  const list = await soon(
    jobs.runMany(
      basic.identity,
      Array.from({ length: 3000 }, (_, i) => i),
    ),
    'a list',
  )
  assert.equal(
    list.reduce((sum, value) => sum + value, 0),
    (3000 * 2999) / 2,
  )
})

withWorkers(ALL, 'spsc: one produces, one consumes', async (jobs) => {
  const queue = jobs.int32(FIRST_CELL + 64)
  const n = 2000
  const producer = jobs.run(stress.produce, { queue, n })
  const consumer = jobs.run(stress.consume, { queue, n })
  await soon(producer, 'the producer')
  assert.equal(await soon(consumer, 'the consumer'), (n * (n + 1)) / 2)
})

withWorkers(ALL, 'mpmc: four produce, four consume', async (jobs) => {
  const queue = jobs.int32(FIRST_CELL + 16)
  const n = 500
  const producers = Array.from({ length: 4 }, () => jobs.run(stress.produce, { queue, n }))
  const consumers = Array.from({ length: 4 }, () => jobs.run(stress.consume, { queue, n }))
  await soon(Promise.all(producers), 'the producers')
  const sums = await soon(Promise.all(consumers), 'the consumers')
  assert.equal(
    sums.reduce((sum, value) => sum + value, 0),
    (4 * n * (n + 1)) / 2,
  )
})

withWorkers(
  [2],
  'a job that spawns more than its thread keeps still feeds the others',
  async (jobs) => {
    const x = jobs.int32(3)
    const [came, open] = [1, 2]
    const held = jobs.run(basic.hold, { x, came, open })
    await until(() => Atomics.load(x, came) === 1, 'one worker is held')
    // Records first; then children run in their parent's place, until enough were measured; then the private queue is full.
    const args = { x, open, first: 8192, bursts: 200 }
    await soon(jobs.run(stress.spawnForThieves, args), 'the thieves', 15_000)
    await held
  },
  FEW,
)

withWorkers(ALL, 'stampede: two hundred wait for one moment, then spawn at once', async (jobs) => {
  for (let round = 0; round < 5; round++) {
    const x = jobs.int32(2)
    const counter = jobs.counter(1)
    assert.equal(
      await soon(jobs.run(stress.stampede, { x, counter, n: 200 }), `round ${round}`),
      2000,
    )
  }
})

withWorkers(ALL, 'stress: trees of everything', async (jobs) => {
  const seeds = Array.from({ length: 12 }, (_, i) => i * 17)
  const all = seeds.map((seed) => jobs.run(stress.mixture, { depth: 5, seed: seed % 101 }))
  const values = await soon(Promise.all(all), 'the trees')
  assert.deepEqual(
    values,
    seeds.map((seed) => twinOfMixture(5, seed % 101)),
  )
  assert.equal(jobs.runSync(stress.plainMixture, { depth: 6, seed: 3 }) > 0, true)
})

withWorkers(
  [0, 1, 2],
  'stress: trees of everything with few records',
  async (jobs) => {
    for (let round = 0; round < 5; round++) {
      const value = await soon(
        jobs.run(stress.mixture, { depth: 4, seed: round }),
        `round ${round}`,
      )
      assert.equal(value, twinOfMixture(4, round))
    }
  },
  FEW,
)

withWorkers(
  ALL,
  'noStarvation: who gives turns gets turns, whatever else there is to do',
  async (jobs) => {
    const x = jobs.int32(2)
    const patient = Array.from({ length: 10 }, () => jobs.run(stress.patient, { x }))
    const flood = jobs.run(stress.flood, { x, n: 2000 })
    const urgent = jobs.run(basic.identity, 1, { priority: 'high' })
    const least = jobs.run(basic.identity, 2, { priority: 'low' })
    assert.equal(await soon(urgent, 'an urgent job'), 1)
    assert.equal(await soon(least, 'the least urgent job'), 2)
    await soon(Promise.all([...patient, flood]), 'the patient')
    assert.equal(x[0], 10)
  },
)

withWorkers([1, 2, 8], 'no wake-up is lost when workers fall asleep between jobs', async (jobs) => {
  const x = jobs.int32(1)
  const parents = Array.from({ length: 2 }, () => jobs.run(stress.sleepyParent, { x, n: 100 }))
  await soon(Promise.all(parents), 'the parents')
  assert.equal(x[0], 200)
  for (let i = 0; i < 100; i++) {
    await soon(jobs.run(basic.identity, i), `job ${i}`)
    if (i % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 1))
  }
})

for (const workers of ALL) {
  test(
    `shutdown: with jobs queued, running, waiting and detached (${workers} workers)`,
    { timeout: 20_000 },
    async () => {
      for (const drain of [true, false]) {
        const jobs = await JobSystem.start({ workers, jobs: { stallTimeout: 100 } })
        const x = jobs.int32(4)
        const counter = jobs.counter(1)
        const waiting = jobs.run(stress.charge, { x, counter })
        const detached = jobs.run(families.detach, { x: jobs.int32(1), children: 30, ms: 0.1 })
        const queued = Array.from({ length: 50 }, () =>
          jobs.run(basic.pause, { x: jobs.int32(1), ms: 0.1 }),
        )
        const all = Promise.allSettled([waiting, detached, ...queued])
        const words = heapWords(jobs)
        if (drain) setTimeout(() => counter.decrement(), 20)
        await soon(jobs.close({ drain }), 'close')
        const ends = await soon(all, 'the handles')
        if (drain) assert.ok(ends.every(({ status }) => status === 'fulfilled'))
        else {
          assert.equal(ends[0].status, 'rejected')
          assert.equal((ends[0] as PromiseRejectedResult).reason.code, 'ERR_CLOSED')
        }
        const left = leftovers(words).filter((text) => !/parked|SLEEPERS|CANCELS/.test(text))
        assert.deepEqual(left, [])
      }
    },
  )
}
