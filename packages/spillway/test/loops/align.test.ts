import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LoopOptions, TypedArray } from 'spillway'
import { claimItems } from '../support/align.kernels.ts'
import { like } from '../support/expect.ts'
import { count } from '../support/loop.kernels.ts'
import { fc, holds, workerCounts } from '../support/property.ts'
import { Counts } from '../support/recorder.ts'
import {
  AUTO_FORMS,
  HINTS,
  LOOP_FORMS,
  SCHEDULES,
  call,
  fresh,
  sharedSystems,
} from '../support/systems.ts'

const system = sharedSystems()

const CLASSES = [
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
] as const

/** A line that two chunks wrote, as text; undefined if there is none. Item i was written by chunk owner[i] - 1. */
function sharedLine(
  out: TypedArray,
  owner: Int32Array,
  start: number,
  bytes: number,
): string | undefined {
  const owners = new Map<number, number>()
  for (let i = start; i < out.length; i++) {
    const line = Math.floor((out.byteOffset + i * out.BYTES_PER_ELEMENT) / bytes)
    const known = owners.get(line)
    if (known !== undefined && known !== owner[i]) {
      return `line ${line} of ${bytes} bytes: chunks at ${known - 1} and ${owner[i] - 1}`
    }
    owners.set(line, owner[i])
  }
  return undefined
}

const loops = fc.record({
  workers: workerCounts,
  method: fc.constantFrom(...LOOP_FORMS, ...AUTO_FORMS),
  type: fc.constantFrom(...CLASSES),
  /** Items between the start of the memory and the view: its byte offset is odd in items of this size. */
  offset: fc.integer({ min: 0, max: 300 }),
  start: fc.integer({ min: 0, max: 200 }),
  length: fc.oneof(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 0, max: 3000 })),
  bytes: fc.constantFrom(undefined, 8, 64, 128, 256, 4096),
  named: fc.boolean(),
  foreign: fc.boolean(),
  options: fc.record(
    {
      grain: fc.integer({ min: 1, max: 100 }),
      hint: fc.constantFrom(...(Object.keys(HINTS) as (keyof typeof HINTS)[])),
      schedule: fc.constantFrom(...SCHEDULES),
    },
    { requiredKeys: [] },
  ),
})

test('align.lines: no line has two writers, for every element size, odd offsets and random ranges', async () => {
  await holds(loops, 400, async (from) => {
    const { workers, method, type, offset, start, length, bytes, named, foreign, options } = from
    const jobs = await system(workers)
    const items = offset + start + length
    const memory: TypedArray = foreign
      ? new (type as typeof Uint8Array)(new SharedArrayBuffer(items * type.BYTES_PER_ELEMENT))
      : jobs.alloc<TypedArray>(type, items)
    const out = memory.subarray(offset)
    const owner = jobs.int32(start + length)
    const align =
      named || bytes === undefined
        ? { array: 'out', ...(bytes && { bytes }) }
        : { array: 'out', bytes }
    await call(
      jobs,
      method,
      [start, start + length],
      fresh(claimItems),
      { out, owner },
      { ...options, align },
    )
    assert.ok(owner.subarray(start).every((chunk) => chunk > 0))
    assert.equal(sharedLine(out, owner, start, bytes ?? 128), undefined)
    jobs.free(owner)
    if (!foreign) jobs.free(memory)
  })
})

test('align.lines: a name alone means lines of 128 bytes, bytes alone all arrays of the call', async () => {
  const jobs = await system(2)
  const memory = jobs.float64(2000)
  const out = memory.subarray(5)
  const owner = jobs.int32(out.length)
  await jobs.parallelForAuto(
    out.length,
    fresh(claimItems),
    { out, owner },
    { align: 'out', hint: 'heavy' },
  )
  assert.equal(sharedLine(out, owner, 0, 128), undefined)
  // Both arrays begin on a line; edges suit the one with more items in it.
  owner.fill(0)
  await jobs.parallelForAuto(
    2000 - 5,
    fresh(claimItems),
    { out: memory.subarray(0, -5), owner },
    { align: 64, hint: 'heavy' },
  )
  assert.equal(sharedLine(memory.subarray(0, -5), owner, 0, 64), undefined)
  assert.equal(sharedLine(owner, owner, 0, 64), undefined)
})

test('align.lines: an unaligned loop over the same array does share lines, so this test can tell', async () => {
  const jobs = await system(2)
  const out = jobs.float64(1003).subarray(3)
  const owner = jobs.int32(1000)
  await jobs.parallelForAuto(1000, fresh(claimItems), { out, owner }, { hint: 'heavy' })
  assert.notEqual(sharedLine(out, owner, 0, 128), undefined)
})

const covered = fc.record({
  workers: workerCounts,
  method: fc.constantFrom(...LOOP_FORMS, ...AUTO_FORMS),
  start: fc.integer({ min: 0, max: 500 }),
  length: fc.oneof(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 0, max: 4000 })),
  bytes: fc.constantFrom(8, 64, 128, 65_536),
  shift: fc.integer({ min: 0, max: 40 }),
  schedule: fc.constantFrom(...SCHEDULES),
})

test('align.coverage: every index exactly once with aligned edges, also in ranges shorter than a line', async () => {
  await holds(covered, 200, async ({ workers, method, start, length, bytes, shift, schedule }) => {
    const jobs = await system(workers)
    const counts = new Counts(jobs, start, length)
    const memory = jobs.int16(start + length + shift)
    const args = { ...counts.args, out: memory.subarray(shift) }
    const align = { array: 'out', bytes }
    await call(jobs, method, [start, start + length], fresh(count), args, { align, schedule })
    counts.assertOnce()
    counts.free()
    jobs.free(memory)
  })
})

test('align.misuse: no power of two, no such array, or arrays that no edge suits', async () => {
  const jobs = await system(2)
  const memory = jobs.float64(100)
  const owner = jobs.int32(100)
  const args = { out: memory, owner }
  const bytes = /^align must be a power of two from 8 to 65536 bytes; got /
  const name = /^align must be bytes, or name a typed array in args \(out, owner\); got /
  const wrong: readonly (readonly [align: unknown, type: typeof Error, message: RegExp])[] = [
    [0, RangeError, bytes],
    [4, RangeError, bytes],
    [96, RangeError, bytes],
    [-128, RangeError, bytes],
    [64.5, RangeError, bytes],
    [NaN, RangeError, bytes],
    [2 ** 17, RangeError, bytes],
    [{ array: 'out', bytes: 100 }, RangeError, bytes],
    [{ array: 'out', bytes: '64' }, RangeError, bytes],
    ['x', TypeError, name],
    ['', TypeError, name],
    [{ array: 'x' }, TypeError, name],
    [{ bytes: 64 }, TypeError, name],
    [{}, TypeError, name],
    [null, TypeError, name],
    [true, TypeError, name],
    [64n, TypeError, name],
  ]
  for (const [align, type, message] of wrong) {
    const options = { align } as LoopOptions
    const expected = like({ type, code: 'ERR_OPTION', message })
    assert.throws(() => void jobs.parallelFor(100, claimItems, args, options), expected)
    assert.throws(() => jobs.parallelForAutoSync(100, claimItems, args, options), expected)
  }
  assert.throws(
    () => jobs.parallelForSync(50, claimItems, { out: memory.subarray(1), owner }, { align: 64 }),
    like({
      type: RangeError,
      code: 'ERR_OPTION',
      message: /begin at different places of a line.*align: 'owner'/,
    }),
  )
  assert.throws(
    () => jobs.parallelForSync(50, (i) => void i, undefined, { align: 64 }),
    like({ type: TypeError, code: 'ERR_OPTION', message: /align needs a typed array in args/ }),
  )
  assert.equal(
    owner.find((chunk) => chunk !== 0),
    undefined,
  )
})
