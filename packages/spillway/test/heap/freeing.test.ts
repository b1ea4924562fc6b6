import assert from 'node:assert/strict'
import { test } from 'node:test'
import { JobSystem } from 'spillway'
import { like } from '../support/expect.ts'
import { reductions } from '../support/reduce.kernels.ts'
import { fresh, sharedSystems } from '../support/systems.ts'

const system = sharedSystems()
const refused = like({
  code: 'ERR_HEAP_ADDRESS',
  message: /^free: .* is not an array of this heap/,
})

test('an array can be freed once, by any view that covers it whole', async () => {
  const jobs = await system(0)
  const before = jobs.describe().heap.usedBytes
  const x = jobs.float64(100)
  jobs.free(x)
  assert.equal(jobs.describe().heap.usedBytes, before)
  assert.throws(() => jobs.free(x), refused)
  const empty = jobs.int8(0)
  jobs.free(empty)
  assert.throws(() => jobs.free(empty), refused)
  assert.equal(jobs.describe().heap.usedBytes, before)
})

test('freeing what the heap did not hand out is refused and changes nothing', async () => {
  const jobs = await system(0)
  const other = await JobSystem.start({ workers: 0 })
  const x = jobs.float64(100)
  const before = jobs.describe().heap
  try {
    for (const view of [
      x.subarray(16),
      x.subarray(16, 32),
      x.subarray(1, 3),
      x.subarray(100),
      new Float64Array(4),
      new Float64Array(new SharedArrayBuffer(4096), 128),
      other.float64(100),
      new Uint8Array(x.buffer, 0, 128),
      new Uint8Array(x.buffer),
      new Uint8Array(x.buffer, x.byteOffset, 2000),
    ]) {
      assert.throws(() => jobs.free(view), refused)
    }
    assert.deepEqual(jobs.describe().heap, before)
    x[99] = 7
    jobs.free(x)
  } finally {
    await other.close()
  }
})

test('a part that begins where its array begins is a part all the same', async () => {
  const jobs = await system(0)
  const x = jobs.float64(1000)
  assert.throws(() => jobs.free(x.subarray(0, 10)), refused)
  jobs.free(x)
})

test('values that are no views are refused with a message', async () => {
  const jobs = await system(0)
  for (const value of [undefined, null, 5, {}, [1], new SharedArrayBuffer(8)]) {
    assert.throws(
      () => jobs.free(value as never),
      (error: unknown) => typeof (error as { code?: unknown }).code === 'string',
      `${typeof value} fails without a code`,
    )
  }
})

test('an array of a scope that was freed before is reported at its end, and the others are freed', async () => {
  const jobs = await system(0)
  const before = jobs.describe().heap.usedBytes
  const scope = jobs.scope()
  const [, x] = [scope.float64(10), scope.float64(10), scope.float64(10)]
  jobs.free(x)
  assert.throws(() => scope.free(), refused)
  assert.equal(jobs.describe().heap.usedBytes, before)
})

test('arrays stay arrays of the heap when a worker makes the memory larger', async () => {
  const jobs = await system(2)
  const old = jobs.float64(10)
  const bytes = jobs.describe().heap.bytes
  // Accumulators larger than what a worker has room for make it grow the memory by itself.
  await jobs.parallelReduce(40_000, fresh(reductions.indexes), {}, { hint: 'trivial' })
  assert.ok(jobs.describe().heap.bytes > bytes, 'no worker grew the memory')
  const after = jobs.float64(10)
  jobs.free(after)
  jobs.free(old)
})
