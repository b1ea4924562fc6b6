import assert from 'node:assert/strict'
import { test } from 'node:test'
import { errorOf } from '../support/expect.ts'
import { reductions } from '../support/reduce.kernels.ts'
import { throwing } from '../support/failure.kernels.ts'
import { fresh, sharedSystems } from '../support/systems.ts'

const system = sharedSystems()

/** Bytes of shared memory that `rounds` calls of `action` add, once it has been warmed. */
async function growth(
  workers: number,
  rounds: number,
  action: (round: number) => unknown,
): Promise<{ bytes: number; used: number }> {
  const jobs = await system(workers)
  for (let round = 0; round < 30; round++) await action(round)
  const before = jobs.describe().heap
  for (let round = 0; round < rounds; round++) await action(round)
  const after = jobs.describe().heap
  return { bytes: after.bytes - before.bytes, used: after.usedBytes - before.usedBytes }
}

/**
 * One worker runs every chunk of every call, so it has all the blocks it needs after a few calls. Two share them differently each
 * time, up to one of them running all: each may then need a block of up to 1 KiB for each of 512 chunks.
 */
const mostGrowth = (workers: number): number => (workers === 1 ? 0 : workers * 512 * 1024)

test('a thousand reductions of structured accumulators leave the shared memory as it was', async () => {
  const { indexes, histogram, text } = reductions
  for (const workers of [1, 2]) {
    const jobs = await system(workers)
    const values = jobs.float64(600)
    const [list, bins, words] = [fresh(indexes), fresh(histogram), fresh(text)]
    const { bytes, used } = await growth(workers, 1000, async (round) => {
      // All async: short ones still reach the workers now and then, as their cost is not known at first.
      if (round % 3 === 0) await jobs.parallelReduce(600, list, {}, { hint: 'trivial' })
      else if (round % 3 === 1)
        await jobs.parallelReduce(600, bins, { values }, { hint: 'trivial' })
      else await jobs.parallelReduce(600, words, {}, { hint: 'trivial' })
    })
    assert.equal(used, 0)
    assert.ok(bytes <= mostGrowth(workers), `grew by ${bytes} bytes`)
  }
})

test('a thousand failed loops leave the shared memory as it was', async () => {
  for (const workers of [1, 2]) {
    const jobs = await system(workers)
    const kernel = fresh(throwing)
    const { bytes, used } = await growth(workers, 1000, () =>
      errorOf(() => jobs.parallelFor(100, kernel, { at: 50, which: 1 })),
    )
    assert.equal(used, 0)
    assert.equal(bytes, 0)
  }
})

test('accumulators are given back when a reduction fails or is cancelled', async () => {
  for (const workers of [1, 2]) {
    const jobs = await system(workers)
    const bad = jobs.uint8(5000)
    bad[4000] = 1
    const failing = fresh(reductions.listUntilBad)
    const slow = fresh(reductions.listUntilBad)
    const { bytes, used } = await growth(workers, 200, async (round) => {
      if (round % 2 === 0) await errorOf(() => jobs.parallelReduce(5000, failing, { bad }))
      else await errorOf(() => jobs.parallelReduce(5000, slow, { bad }, { timeout: 1 }))
    })
    assert.equal(used, 0)
    assert.ok(bytes <= mostGrowth(workers), `grew by ${bytes} bytes`)
  }
})

test('accumulators are given back when combine throws', async () => {
  for (const workers of [1, 2]) {
    const jobs = await system(workers)
    const kernel = fresh(reductions.combineFails)
    const { bytes, used } = await growth(workers, 300, () =>
      errorOf(() => jobs.parallelReduce(5000, kernel, {})),
    )
    assert.equal(used, 0)
    assert.ok(bytes <= mostGrowth(workers), `grew by ${bytes} bytes`)
  }
})
