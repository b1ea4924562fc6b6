/** Jobs in a trace: each once, whole, and inside what waited for it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Trace } from 'spillway'
import { families } from '../support/jobs.kernels.ts'
import { lives } from '../support/lifecycle.kernels.ts'
import { waits } from '../support/rules.kernels.ts'
import { sharedSystems } from '../support/systems.ts'
import {
  allOf,
  assertCovered,
  assertJobsWhole,
  eventsOf,
  threadOf,
  traced,
} from '../support/traces.ts'

const WORKERS = [0, 1, 2] as const
const systems = sharedSystems({ trace: true })

for (const workers of WORKERS) {
  test(`jobs nest, and fibers go on where they began, with ${workers} workers`, async () => {
    const jobs = await systems(workers)
    const plain = await traced(jobs, async () => await jobs.run(families.plainTree, 7))
    assertJobsWhole(plain, 255)
    const fibers = await traced(jobs, async () => await jobs.run(families.tree, 7))
    assertJobsWhole(fibers, 255)
    assert.deepEqual(new Set(allOf(fibers, 'job').map(({ kernel }) => kernel)), new Set(['tree']))
    const sync = await traced(jobs, () => jobs.runSync(families.plainTree, 7))
    assertJobsWhole(sync, 255)
    assert.ok(eventsOf(threadOf(sync, -1), 'job').length > 0, 'the caller took part')
    const many = await traced(jobs, async () => await jobs.runMany(families.fib, 20))
    assert.ok(allOf(many, 'job').length >= 20)
  })

  test(`loops of jobs have every index once, with ${workers} workers`, async () => {
    const jobs = await systems(workers)
    const x = jobs.int32(1)
    const trace = await traced(jobs, async () => {
      const loops = Array.from({ length: 6 }, (_, grain) => ({ x, n: 3000, grain: grain + 1 }))
      await jobs.runMany(families.loopOfOnes, loops)
    })
    const loops = allOf(trace, 'loop')
    assert.equal(loops.length, 6)
    assert.equal(new Set(loops.map(({ loop }) => loop)).size, 6, 'their numbers')
    for (const loop of loops) assertCovered(trace, loop)
  })

  test(`async jobs have a thread of their own, with ${workers} workers`, async () => {
    const jobs = await systems(workers)
    // The second time nothing is left of the first.
    for (let round = 0; round < 2; round++) {
      const trace = await traced(jobs, async () => await jobs.runMany(lives.timer, 3))
      const home = threadOf(trace, workers === 0 ? -1 : -2)
      assert.deepEqual(
        eventsOf(home, 'async').map(({ kernel }) => kernel),
        ['timer', 'timer', 'timer'],
      )
      assert.equal(allOf(trace, 'async').length, 3)
    }
  })
}

test('a job that was stolen is told by the thief, with whom it stole from', async () => {
  const jobs = await systems(2)
  const x = jobs.int32(1)
  let stolen: readonly number[]
  let trace: Trace
  do {
    Atomics.store(x, 0, 0)
    jobs.clearTrace()
    stolen = await jobs.run(waits.stolenFromPrivate, { x })
    trace = jobs.trace()
  } while (stolen[0] === stolen[1])
  const [thief = 0, home = 0] = stolen
  const stealsOf = (worker: number): readonly number[] =>
    eventsOf(threadOf(trace, worker), 'steal')
      .filter(({ of, units }) => of === 'job' && units === 1)
      .map(({ victim }) => victim)
  assert.ok(stealsOf(thief).includes(home), 'from the parent')
  assert.ok(stealsOf(home).includes(-1), 'what the program ordered')
})
