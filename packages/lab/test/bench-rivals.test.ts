import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Unavailable } from '../src/bench/benchmark.ts'
import { blockSum, serialSum } from '../src/bench/problems/imbalanced-work.ts'
import { DEPTH, WORK_OF_ONE_ITEM, heavyWork } from '../src/bench/problems/heavy-work.ts'
import { nanoseconds } from '../src/bench/problems/nanoseconds.ts'
import { OPENMP_THREADS, openMp } from '../src/bench/rivals/openmp.ts'
import type { OpenMp } from '../src/bench/rivals/openmp.ts'
import { MessagePool } from '../src/bench/rivals/post-message.ts'
import { RawPool } from '../src/bench/rivals/raw-atomics.ts'
import { StampingWorker } from '../src/bench/rivals/stamps.ts'
import { taskPools } from '../src/bench/rivals/task-pools.ts'

async function openMpOrSkip(skip: (why: string) => void): Promise<OpenMp | undefined> {
  try {
    return await openMp.acquire()
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error
    skip(error.message)
    return undefined
  }
}

describe('heavyWork', () => {
  it('is the Fibonacci number of its depth', () => {
    assert.deepEqual([0, 1, 2, 3, DEPTH].map(heavyWork), [0, 1, 1, 2, WORK_OF_ONE_ITEM])
  })
})

describe('the OpenMP rival', () => {
  it('computes the same answers as the JavaScript loops', async (test) => {
    const rival = await openMpOrSkip((why) => test.skip(why))
    if (rival === undefined) return
    try {
      assert.deepEqual(await rival.ask('threads'), [OPENMP_THREADS])
      for (const command of ['reduce', 'reduce-serial']) {
        const [, sum] = await rival.ask(`${command} 1000 ${DEPTH}`)
        assert.equal(sum, 1000 * WORK_OF_ONE_ITEM)
      }
      let roots = 0
      for (let index = 0; index < 1000; index++) roots += Math.sqrt(index)
      assert.equal((await rival.ask('map 1000'))[1], roots)
      for (const schedule of ['serial', 'static', 'dynamic', 'guided']) {
        assert.equal((await rival.ask(`imbalanced 1000 30 1 ${schedule}`))[1], serialSum(true))
        assert.equal((await rival.ask(`imbalanced 1000 30 0 ${schedule}`))[1], serialSum(false))
      }
      for (const command of ['fib', 'fib-serial']) {
        assert.equal((await rival.ask(`${command} 20`))[1], 6765)
      }
      const [median, best] = (await rival.ask('dispatch 2 10 3')) as [number, number]
      assert.ok(best <= median)
      await assert.rejects(rival.ask('nonsense'), /answered "error unknown command"/)
    } finally {
      await openMp.release()
    }
  })
})

describe('the raw Atomics rival', () => {
  it('answers in every way of waiting, hot and cold', async () => {
    const pool = await RawPool.start()
    try {
      pool.hot({ notify: false })
      pool.forSpinning(1000, 50)
      pool.hot({ notify: true })
      pool.forBlocking(1000, 50)
      await pool.roundTrips(20, { wake: false })
      pool.cold({ notify: true })
      await pool.roundTrips(20, { wake: true })
      pool.cold({ notify: false })
    } finally {
      await pool.close()
    }
  })
})

describe('the postMessage rival', () => {
  it('gets an answer to every message', async () => {
    const pool = await MessagePool.start(2)
    try {
      await pool.roundTrips(5)
      assert.equal(await pool.sumOfAnswers(100), 100 * 100)
    } finally {
      await pool.close()
    }
  })
})

describe('the bare worker that is woken', () => {
  for (const byMessage of [false, true]) {
    it(`says when, ${byMessage ? 'by message' : 'by Atomics'}`, async () => {
      const worker = await StampingWorker.start({ byMessage })
      try {
        for (let call = 0; call < 20; call++) {
          const before = nanoseconds()
          const stamped = await worker.stamp()
          assert.ok(before <= stamped && stamped <= nanoseconds())
        }
      } finally {
        await worker.close()
      }
    })
  }
})

describe('the task pools', () => {
  for (const form of taskPools) {
    it(`${form.name} runs the tasks by name`, async () => {
      const pool = await form.start()
      try {
        const answers = await Promise.all(
          [0, 1, 2].map((item) => pool.run(item, { name: 'tinyTask' })),
        )
        assert.deepEqual(answers, [1, 3, 5])
        const sum = await pool.run({ block: 7, spread: true }, { name: 'blockTask' })
        assert.equal(sum, blockSum(7, true))
        const before = nanoseconds()
        const stamped = Number(await pool.run(undefined, { name: 'stampTask' }))
        assert.ok(before <= stamped && stamped <= nanoseconds())
        const items = new Float64Array(new SharedArrayBuffer(32)).fill(9)
        await pool.run({ items, start: 1, end: 3 }, { name: 'mapTask' })
        assert.deepEqual([...items], [9, 3, 3, 9])
      } finally {
        await pool.close()
      }
    })
  }
})
