import assert from 'node:assert/strict'
import { test } from 'node:test'
import { JobSystem } from 'spillway'
import { HeapViews } from '../../src/heap/views.ts'
import { messages } from '../support/count-messages.ts'
import { like } from '../support/expect.ts'
import { countRange } from '../support/loop.kernels.ts'
import { reductions } from '../support/reduce.kernels.ts'
import { CHUNK_FORMS, call, fresh } from '../support/systems.ts'

const MIB = 2 ** 20

async function withSystem(
  workers: number,
  heap: { initialBytes?: number; maximumBytes?: number },
  check: (jobs: JobSystem) => Promise<void> | void,
): Promise<void> {
  const jobs = await JobSystem.start({ workers, heap })
  try {
    await check(jobs)
  } finally {
    await jobs.close()
  }
}

test('the heap grows past its initial size: old views stay valid and workers see the new memory', async () => {
  for (const workers of [0, 1, 2]) {
    await withSystem(workers, { initialBytes: MIB }, async (jobs) => {
      const old = jobs.int32(1000)
      await jobs.parallelFor(1000, fresh(countRange), { counts: old, base: 0 })
      const start = jobs.describe().heap.bytes
      const large = Array.from({ length: 6 }, () => jobs.int32(500_000))
      assert.ok(jobs.describe().heap.bytes >= start + 10 * MIB)
      for (const method of CHUNK_FORMS) {
        for (const counts of [...large, old]) {
          await call(jobs, method, 1000, 100, fresh(countRange), { counts, base: 0 })
          await call(jobs, method, [counts.length - 1000, counts.length], 100, fresh(countRange), {
            counts,
            base: 0,
          })
        }
      }
      for (const counts of large) {
        assert.equal(counts[0], 2)
        assert.equal(counts[counts.length - 1], 2)
        assert.equal(counts[1000], 0)
      }
      // 1 from before the growth, and twice from either side in each form.
      assert.ok(old.every((count) => count === 5))
      for (const counts of [old, ...large]) jobs.free(counts)
    })
  }
})

test('arrays in grown memory are the heap to every call: nothing is announced by message', async () => {
  await withSystem(1, { initialBytes: MIB }, async (jobs) => {
    const counts = jobs.int32(2_000_000)
    const before = messages.sent
    await jobs.parallelFor(1000, fresh(countRange), { counts, base: 0 })
    assert.equal(messages.sent, before)
  })
})

test('also when it was a worker that made the memory grow', async () => {
  await withSystem(1, { initialBytes: MIB }, async (jobs) => {
    const bytes = jobs.describe().heap.bytes
    await jobs.parallelReduce(40_000, fresh(reductions.indexes), {}, { hint: 'trivial' })
    assert.ok(jobs.describe().heap.bytes > bytes, 'the worker did not grow the memory')
    const counts = jobs.int32(1000)
    const before = messages.sent
    await jobs.parallelFor(1000, fresh(countRange), { counts, base: 0 })
    assert.equal(messages.sent, before)
  })
})

test('a full heap says what was asked for, what is free, and what to do', async () => {
  await withSystem(0, { initialBytes: MIB, maximumBytes: 4 * MIB }, (jobs) => {
    const full = like({
      type: RangeError,
      code: 'ERR_HEAP_FULL',
      message:
        /^the shared heap is full: 3200000 bytes asked for, \d+ free, maximum 4194304; free arrays, raise heap\.maximumBytes, or keep large data on your own SharedArrayBuffer$/,
    })
    const x = jobs.float64(200_000)
    assert.throws(() => jobs.float64(400_000), full)
    // Nothing was lost: as much as before still fits once it is free again.
    jobs.free(x)
    jobs.free(jobs.float64(200_000))
    assert.throws(
      () => jobs.float64(2 ** 40),
      like({ type: RangeError, code: 'ERR_HEAP_FULL', message: /8796093022208 bytes asked for/ }),
    )
  })
})

test('free memory at the end of the heap counts when the heap grows to its maximum', async () => {
  await withSystem(0, { initialBytes: MIB, maximumBytes: 4 * MIB }, (jobs) => {
    jobs.free(jobs.float64(200_000))
    const { bytes, maximumBytes, freeBytes } = jobs.describe().heap
    assert.ok(freeBytes + maximumBytes - bytes > 3_600_000)
    jobs.float64(400_000)[399_999] = 1
  })
})

test('the maximum is kept to, and small arrays fit until it is reached', async () => {
  await withSystem(0, { initialBytes: 65_536, maximumBytes: 2 * MIB }, (jobs) => {
    const arrays: Uint8Array[] = []
    assert.throws(() => {
      for (;;) arrays.push(jobs.uint8(1000))
    }, /heap is full/)
    const { bytes, maximumBytes, freeBytes } = jobs.describe().heap
    assert.equal(maximumBytes, 2 * MIB)
    assert.ok(bytes <= 2 * MIB)
    assert.ok(freeBytes < 1024, `${freeBytes} bytes left`)
    for (const array of arrays) jobs.free(array)
    assert.ok(jobs.uint8(1_000_000).every((byte) => byte === 0))
  })
})

test('a reduction that finds no room for its accumulators fails, and the next one works', async () => {
  await withSystem(1, { initialBytes: MIB, maximumBytes: 2 * MIB }, async (jobs) => {
    const fill: Uint8Array[] = []
    for (let size = 65_536; size >= 128; size /= 2) {
      try {
        for (;;) fill.push(jobs.uint8(size))
      } catch {
        // full at this size
      }
    }
    const full = like({ type: RangeError, code: 'ERR_HEAP_FULL', message: /heap is full/ })
    await assert.rejects(
      async () => await jobs.parallelReduce(100_000, fresh(reductions.sumOfWork), { n: 1 }),
      full,
    )
    assert.throws(
      () => jobs.parallelReduceSync(100_000, fresh(reductions.sumOfWork), { n: 1 }),
      full,
    )
    for (const array of fill) jobs.free(array)
    assert.equal(await jobs.parallelReduce(100_000, fresh(reductions.sumOfWork), { n: 1 }), 100_000)
  })
})

test('the first job may come after the heap has grown: workers reach its record', async () => {
  for (const workers of [1, 2]) {
    await withSystem(workers, { initialBytes: MIB }, async (jobs) => {
      const lost: unknown[] = []
      jobs.on('worker-lost', (error) => lost.push(error))
      jobs.float64(500_000)
      assert.equal(await jobs.run((_ctx, n: number) => n + 1, 64), 65)
      assert.deepEqual(lost, [])
    })
  }
})

test('views agree on one buffer, whatever other threads grow between two looks at the memory', () => {
  // As the engine does it: a thread may find another object behind `buffer` in any statement.
  let pages = 1
  const memory = {
    get buffer() {
      return new SharedArrayBuffer(2 ** 16 * pages++)
    },
    grow: (more: number) => (pages += more),
  }
  const views = new HeapViews(memory)
  for (const endByte of [1, 10 * 2 ** 16, 100 * 2 ** 16]) {
    views.cover(endByte)
    assert.equal(views.words.buffer, views.bytes.buffer)
    assert.equal(views.doubles.buffer, views.bytes.buffer)
    assert.ok(views.isHeap(views.bytes.buffer))
  }
})
