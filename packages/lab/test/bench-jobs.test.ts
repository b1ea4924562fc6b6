import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { JobSystem } from 'spillway'
import { WrongAnswer } from '../src/bench/benchmark.ts'
import type { Entry } from '../src/bench/benchmark.ts'
import { runFresh } from '../src/bench/harness/fresh.ts'
import { fibers } from '../src/bench/problems/fibers.ts'
import { BLOCKS, blockSum, serialSum } from '../src/bench/problems/imbalanced-work.ts'
import { FIB_OF_N, serialFib } from '../src/bench/problems/join.ts'
import { expectRan } from '../src/bench/problems/jobs.ts'
import { spawnTicks } from '../src/bench/problems/jobs.kernels.ts'
import { meet } from '../src/bench/problems/meeting.ts'
import { wake, wakeUs } from '../src/bench/problems/wake.ts'

const IDLE = new URL('../src/bench/fresh/idle.js', import.meta.url)

async function sampleOnce(entry: Entry): Promise<void> {
  const runner = await entry.open()
  try {
    for (const [key, value] of Object.entries(await runner.sample())) {
      assert.ok(value > 0, `${entry.name}: ${key} is ${value}`)
    }
  } finally {
    await runner.close?.()
  }
}

describe('the benchmarks of jobs', () => {
  it('count every job that ran, on all workers, and notice one that did not or ran twice', async () => {
    const jobs = await JobSystem.start({ workers: 2 })
    try {
      const arrived = jobs.int32(1)
      await jobs.run(spawnTicks, 5000)
      await expectRan(jobs, arrived, 5000)
      for (const wrong of [4999, 5001]) {
        await jobs.run(spawnTicks, 5000)
        await assert.rejects(expectRan(jobs, arrived, wrong), WrongAnswer)
      }
      await expectRan(jobs, arrived, 0)
    } finally {
      await jobs.close()
    }
  })

  it('let meet return for the last of each party', () => {
    const arrived = new Int32Array(1)
    meet({ arrived, parties: 1 })
    meet({ arrived, parties: 1 })
    assert.equal(arrived[0], 2)
    Atomics.store(arrived, 0, 3)
    meet({ arrived, parties: 2 })
    assert.equal(arrived[0], 4)
  })

  it('know what fib(32) is', () => {
    assert.equal(serialFib(20), 6765)
    assert.equal(serialFib(32), FIB_OF_N)
  })

  it('cut the uneven work into blocks without losing any', () => {
    for (const spread of [false, true]) {
      let sum = 0
      for (let block = 0; block < BLOCKS; block++) sum += blockSum(block, spread)
      assert.equal(sum, serialSum(spread))
    }
  })

  it('believe no instruction that ran before its call or after its answer', () => {
    assert.equal(wakeUs('x', 1000, 3500, 4000), 2.5)
    assert.throws(() => wakeUs('x', 1000, 999, 4000), WrongAnswer)
    assert.throws(() => wakeUs('x', 1000, 4001, 4000), WrongAnswer)
    assert.throws(() => wakeUs('x', 1000, Number.NaN, 4000), WrongAnswer)
  })

  for (const { name, experiments } of [fibers, wake]) {
    for (const entry of experiments.flatMap(({ entries }) => entries)) {
      if (entry.role === 'rival') continue
      it(`${name}, ${entry.name} gives a sample`, () => sampleOnce(entry))
    }
  }

  it('measure an idle pool that has run jobs', async () => {
    const { percent, wakeUps } = await runFresh(IDLE, ['jobs', '2', '0.2'])
    assert.ok(percent !== undefined && percent >= 0)
    assert.ok(wakeUps !== undefined && wakeUps >= 0)
  })
})
