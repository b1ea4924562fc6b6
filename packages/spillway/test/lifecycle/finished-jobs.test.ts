/** A job that has ended keeps its result, whatever becomes of the worker that ran it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { JobSystem } from '../../src/index.ts'
import { die, leaveFailing, leaveGood, outlive } from '../support/lost-jobs.kernels.ts'

test('a result that nobody has looked at survives the worker that made it', async () => {
  await using jobs = await JobSystem.start({ workers: 2 })
  for (let round = 0; round < 3; round++) {
    const flags = jobs.int32(2)
    const stop = jobs.on('worker-lost', () => Atomics.store(flags, 1, 1))
    assert.deepEqual(await jobs.run(outlive, { flags }), [41, 'WorkerLostError'])
    assert.equal(flags[0], 1)
    stop()
  }
})

test('the failure of a detached job is told when nothing is awaited, and once, though its worker dies later', async () => {
  const jobs = await JobSystem.start({ workers: 1 })
  // Detached jobs keep no process alive.
  const alive = setInterval(() => {}, 1000)
  try {
    const errors: string[] = []
    let heard = (): void => {}
    jobs.on('error', (error) => {
      errors.push((error as Error).message)
      heard()
    })
    const flags = jobs.int32(2)
    for (let n = 0; n < 3; n++) {
      await jobs.run(leaveFailing, { flags, n })
      await new Promise<void>((resolve, reject) => {
        setTimeout(() => reject(new Error(`heard only of ${errors.join()}`)), 10_000).unref()
        heard = resolve
        Atomics.store(flags, 1, n + 1)
      })
      flags[0] = 0
      await jobs.run(leaveGood, { flags })
      while (Atomics.load(flags, 0) === 0) await new Promise((resolve) => setImmediate(resolve))
      await assert.rejects(async () => void (await jobs.run(die, 0)), { name: 'WorkerLostError' })
    }
    await jobs.close()
    assert.deepEqual(errors, ['broken 0', 'broken 1', 'broken 2'])
  } finally {
    clearInterval(alive)
    await jobs.close({ drain: false })
  }
})
