/** A sync call that has one chunk left runs it itself: nobody else could take part of it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JobSystem } from 'spillway'
import { countRange } from '../support/loop.kernels.ts'
import { Counts } from '../support/recorder.ts'
import { reductions } from '../support/reduce.kernels.ts'
import { sharedSystems } from '../support/systems.ts'

const system = sharedSystems()
/** A call with an end is never run as one that is too short to be shared. */
const ENDS = { timeout: 60_000 }

function sharedBy(jobs: JobSystem, run: () => void): number {
  const before = jobs.metrics().calls
  run()
  const after = jobs.metrics().calls
  assert.equal(after.inline + after.shared, before.inline + before.shared + 1, 'one call')
  return after.shared - before.shared
}

for (const workers of [1, 2]) {
  test(`one chunk is offered to nobody, two are, with ${workers} workers`, async () => {
    const jobs = await system(workers)
    for (const [chunks, shared] of [
      [1, 0],
      [2, 1],
      [1, 0],
    ] as const) {
      const counts = new Counts(jobs, 0, 100)
      const size = 100 / chunks
      const run = (): void => jobs.parallelForChunksSync(100, size, countRange, counts.args, ENDS)
      assert.equal(sharedBy(jobs, run), shared, `${chunks} chunks`)
      counts.assertOnce()
      counts.free()
    }
    const reduce = (): void => {
      const [first, ...more] = jobs.parallelReduceSync([7, 8], reductions.indexes, {}, ENDS)
      assert.deepEqual([first, more], [7, []])
    }
    assert.equal(sharedBy(jobs, reduce), 0, 'a reduction of one index')
  })

  test(`what fails or is ended in the only chunk is told, with ${workers} workers`, async () => {
    const jobs = await system(workers)
    const used = jobs.describe().heap.usedBytes
    const error = (): void =>
      jobs.parallelForChunksSync(
        [3, 8],
        5,
        (start) => {
          throw new RangeError(`from ${start}`)
        },
        {},
        ENDS,
      )
    assert.throws(error, (thrown: Error & { range?: unknown }) => {
      assert.equal(thrown.message, 'from 3')
      assert.deepEqual(thrown.range, [3, 8])
      return thrown instanceof RangeError
    })
    const controller = new AbortController()
    controller.abort(new Error('stop'))
    const counts = new Counts(jobs, 0, 5)
    const { signal } = controller
    assert.throws(
      () => jobs.parallelForChunksSync(5, 5, countRange, counts.args, { signal }),
      /stop/,
    )
    assert.equal(counts.total, 0)
    counts.free()
    assert.ok(jobs.describe().heap.usedBytes - used < 4096)
  })
}
