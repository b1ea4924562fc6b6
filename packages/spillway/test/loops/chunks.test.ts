import assert from 'node:assert/strict'
import { test } from 'node:test'
import { each } from 'spillway/kernel'
import { like } from '../support/expect.ts'
import { countRange, record } from '../support/loop.kernels.ts'
import { fc, holds, lengths, starts, workerCounts } from '../support/property.ts'
import { Counts, Recorder } from '../support/recorder.ts'
import { CHUNK_FORMS, SCHEDULES, call, fresh, sharedSystems } from '../support/systems.ts'

const system = sharedSystems()

/** Chunk k runs from start + k * size to the smaller of start + (k + 1) * size and end. */
function expectedChunks(start: number, end: number, size: number): [number, number][] {
  const chunks: [number, number][] = []
  for (let at = start; at < end; at += size) chunks.push([at, Math.min(at + size, end)])
  return chunks
}

const loops = fc.record({
  workers: workerCounts,
  method: fc.constantFrom(...CHUNK_FORMS),
  schedule: fc.constantFrom(undefined, ...SCHEDULES),
  isNew: fc.boolean(),
  start: starts,
  length: lengths,
  size: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 6000 })),
})

test('chunks.edges: multiples of the size from the start, each once, over random ranges and sizes', async () => {
  await holds(loops, 250, async ({ workers, method, schedule, isNew, start, length, size }) => {
    const jobs = await system(workers)
    const recorder = new Recorder(jobs, Math.ceil(length / size) + 8)
    const kernel = isNew ? fresh(record) : record
    await call(
      jobs,
      method,
      [start, start + length],
      size,
      kernel,
      recorder.args,
      schedule && { schedule },
    )
    assert.deepEqual(recorder.edges(), expectedChunks(start, start + length, size))
    recorder.free()
  })
})

test('chunks.coverage: every index is counted exactly once over random ranges and sizes', async () => {
  await holds(loops, 150, async ({ workers, method, schedule, isNew, start, length, size }) => {
    const jobs = await system(workers)
    const counts = new Counts(jobs, start, length)
    const kernel = isNew ? fresh(countRange) : countRange
    await call(
      jobs,
      method,
      [start, start + length],
      size,
      kernel,
      counts.args,
      schedule && { schedule },
    )
    counts.assertOnce()
    counts.free()
  })
})

test('chunks.one: a size above the length is one call with the whole range', async () => {
  for (const workers of [0, 2]) {
    const jobs = await system(workers)
    for (const method of CHUNK_FORMS) {
      for (const size of [10, 11, 2 ** 53 - 1]) {
        const recorder = new Recorder(jobs, 16)
        await call(jobs, method, [4, 14], size, fresh(record), recorder.args)
        assert.deepEqual(recorder.edges(), [[4, 14]])
      }
    }
  }
})

test('chunks.schedules: the set of chunks is the same under each schedule and number of workers', async () => {
  const seen = new Set<string>()
  for (const workers of [0, 1, 2, 3]) {
    const jobs = await system(workers)
    for (const method of CHUNK_FORMS) {
      for (const schedule of SCHEDULES) {
        const recorder = new Recorder(jobs, 200)
        await call(jobs, method, [17, 1000], 13, fresh(record), recorder.args, { schedule })
        seen.add(JSON.stringify(recorder.edges()))
      }
    }
  }
  assert.deepEqual([...seen], [JSON.stringify(expectedChunks(17, 1000, 13))])
})

test('chunks.edges: more chunks than a loop has range words for, up to 2^53 - 1', async () => {
  for (const workers of [0, 2]) {
    const jobs = await system(workers)
    for (const [start, end, size] of [
      [0, 4096, 1],
      [0, 4097, 1],
      [3, 30_000, 3],
      [0, 2 ** 53 - 1, 2 ** 40 + 1],
    ] as const) {
      const recorder = new Recorder(jobs, Math.ceil((end - start) / size) + 8)
      await jobs.parallelForChunks([start, end], size, fresh(record), recorder.args)
      assert.deepEqual(recorder.edges(), expectedChunks(start, end, size))
      recorder.free()
    }
  }
})

test('chunks.local-sum: the exact total, added to as often as there are chunks', async () => {
  const localSum = (start: number, end: number, { cells }: { cells: BigInt64Array }): void => {
    let sum = 0
    for (let i = start; i < end; i++) sum += 610
    Atomics.add(cells, 0, BigInt(sum))
    Atomics.add(cells, 1, 1n)
  }
  for (const workers of [0, 2]) {
    const jobs = await system(workers)
    for (const method of CHUNK_FORMS) {
      const cells = jobs.bigInt64(2)
      await call(jobs, method, 1_000_000, 7813, localSum, { cells })
      assert.deepEqual([...cells], [610_000_000n, 128n])
    }
  }
})

test('chunks.size-zero: refused at once, naming the argument', async () => {
  const jobs = await system(2)
  const { args } = new Recorder(jobs, 1)
  const expected = like({
    type: RangeError,
    code: 'ERR_OPTION',
    message: /^size must be an integer of at least 1; got 0$/,
  })
  assert.throws(() => void jobs.parallelForChunks(10, 0, record, args), expected)
  assert.throws(() => jobs.parallelForChunksSync(10, 0, record, args), expected)
  assert.equal(args.calls[0], 0)
})

test('chunks.size-misuse: everything that is no positive integer is refused', async () => {
  const jobs = await system(2)
  const { args } = new Recorder(jobs, 1)
  for (const [size, type, came] of [
    [-1, RangeError, '-1'],
    [1.5, RangeError, '1.5'],
    [NaN, RangeError, 'NaN'],
    [Infinity, RangeError, 'Infinity'],
    [2 ** 53, RangeError, '9007199254740992'],
    ['4', TypeError, '"4"'],
    [4n, TypeError, '4n'],
    [null, TypeError, 'null'],
    [undefined, TypeError, 'undefined'],
  ] as const) {
    const expected = like({
      type,
      code: 'ERR_OPTION',
      message: new RegExp(`^size must be .*; got ${came}$`),
    })
    assert.throws(() => void jobs.parallelForChunks(10, size as number, record, args), expected)
    assert.throws(() => jobs.parallelForChunksSync(10, size as number, record, args), expected)
  }
  assert.equal(args.calls[0], 0)
})

test('chunks take range kernels only, and no option that would move their edges', async () => {
  const jobs = await system(2)
  const { args } = new Recorder(jobs, 1)
  const perIndex = each(() => {})
  assert.throws(
    () => jobs.parallelForChunksSync(10, 5, perIndex as never),
    like({
      type: TypeError,
      code: 'ERR_KERNEL',
      message: /made by each\(\); this call takes kernels made by range\(\)/,
    }),
  )
  for (const options of [{ grain: 2 }, { hint: 'heavy' }, { align: 64 }] as const) {
    assert.throws(
      () => jobs.parallelForChunksSync(10, 5, record, args, options),
      like({
        type: TypeError,
        code: 'ERR_OPTION',
        message: /takes its chunks from size; grain, hint and align do not apply/,
      }),
    )
  }
})
