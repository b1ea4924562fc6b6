import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TypedArray } from 'spillway'
import { like } from '../support/expect.ts'
import { fc } from '../support/property.ts'
import { sharedSystems } from '../support/systems.ts'

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
const SHORTHANDS = [
  'int8',
  'uint8',
  'uint8Clamped',
  'int16',
  'uint16',
  'int32',
  'uint32',
  'float32',
  'float64',
  'bigInt64',
  'bigUint64',
] as const

function isZero(view: TypedArray): boolean {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength).every((byte) => byte === 0)
}

function fill(view: TypedArray): void {
  new Uint8Array(view.buffer, view.byteOffset, view.byteLength).fill(0xff)
}

test('arrays of each class are real typed arrays, shared, zeroed and aligned to 128 bytes', async () => {
  const jobs = await system(0)
  for (const [k, type] of CLASSES.entries()) {
    for (const length of [0, 1, 3, 1000]) {
      const made = [
        jobs.alloc<TypedArray>(type as typeof Uint8Array, length),
        jobs[SHORTHANDS[k]!](length),
      ]
      for (const view of made) {
        assert.equal(Object.getPrototypeOf(view), type.prototype)
        assert.equal(view.length, length)
        assert.ok(view.buffer instanceof SharedArrayBuffer)
        assert.equal(view.byteOffset % 128, 0)
        assert.ok(isZero(view))
        fill(view)
      }
      assert.notEqual(made[0]!.byteOffset, made[1]!.byteOffset)
      // Freed in the state that zeroing must undo when the memory is handed out again.
      for (const view of made) jobs.free(view)
    }
  }
})

test('an array in memory that was used before is zeroed', async () => {
  const jobs = await system(0)
  for (let round = 0; round < 20; round++) {
    const views = [1, 40, 129, 5000].map((length) => jobs.uint8(length))
    assert.ok(views.every(isZero))
    views.forEach(fill)
    for (const view of views) jobs.free(view)
  }
})

test('live arrays never overlap, and freed memory is used again', async () => {
  const jobs = await system(0)
  const before = jobs.describe().heap
  const command = fc.record({
    take: fc.boolean(),
    bytes: fc.oneof(fc.nat(300), fc.nat(20_000)),
    which: fc.nat(),
  })
  fc.assert(
    fc.property(fc.array(command, { maxLength: 60 }), (commands) => {
      const live: Uint8Array[] = []
      for (const [k, { take, bytes, which }] of commands.entries()) {
        if (take || live.length === 0) {
          const view = jobs.uint8(bytes)
          assert.ok(isZero(view))
          live.push(view.fill((k % 255) + 1))
        } else jobs.free(live.splice(which % live.length, 1)[0]!)
        for (const view of live) assert.ok(view.every((byte) => byte === view[0]))
      }
      for (const view of live) jobs.free(view)
    }),
    { numRuns: 50 },
  )
  assert.equal(jobs.describe().heap.usedBytes, before.usedBytes)
})

test('a hundred thousand allocations of mixed sizes leave the heap as it was', async () => {
  const jobs = await system(0)
  const before = jobs.describe().heap
  const live: Uint8Array[] = []
  let state = 12345
  const random = (limit: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * limit)
  }
  for (let round = 0; round < 100_000; round++) {
    live.push(jobs.uint8(random(20) === 0 ? random(60_000) : random(500)))
    if (live.length > 200) jobs.free(live.splice(random(live.length), 1)[0]!)
  }
  for (const view of live) jobs.free(view)
  const after = jobs.describe().heap
  assert.equal(after.usedBytes, before.usedBytes)
  assert.equal(after.freeBytes, before.freeBytes)
  assert.equal(after.bytes, before.bytes)
})

test('share copies a typed array in, copyOut copies one out', async () => {
  const jobs = await system(0)
  for (const type of CLASSES) {
    const mine = new (type as typeof Uint8Array)(7) as TypedArray
    for (let i = 0; i < 7; i++) mine[i] = typeof mine[0] === 'bigint' ? BigInt(i) : i
    const shared = jobs.share(mine)
    assert.equal(Object.getPrototypeOf(shared), type.prototype)
    assert.ok(shared.buffer instanceof SharedArrayBuffer)
    assert.equal(shared.byteOffset % 128, 0)
    assert.deepEqual([...shared], [...mine])
    shared[0] = typeof mine[0] === 'bigint' ? 9n : 9
    assert.equal(Number(mine[0]), 0)

    const part = jobs.copyOut(shared.subarray(0, 3) as TypedArray)
    assert.equal(Object.getPrototypeOf(part), type.prototype)
    assert.ok(part.buffer instanceof ArrayBuffer)
    assert.deepEqual([...part].map(Number), [9, 1, 2])
  }
  assert.equal(
    new TextDecoder().decode(jobs.copyOut(jobs.share(new TextEncoder().encode('text')))),
    'text',
  )
})

test('padded cells lie 128 bytes apart, each on a line of its own', async () => {
  const jobs = await system(0)
  for (const type of CLASSES) {
    const cells = jobs.paddedCells<TypedArray>(type as typeof Uint8Array, 5)
    assert.equal(cells.length, 5)
    assert.equal(cells.stride, 128 / type.BYTES_PER_ELEMENT)
    assert.equal(cells.view.length, 5 * cells.stride)
    assert.equal(cells.view.byteOffset % 128, 0)
    assert.ok(isZero(cells.view))
    const before = jobs.describe().heap.usedBytes
    jobs.free(cells)
    assert.equal(before - jobs.describe().heap.usedBytes, 5 * 128)
  }
})

test('a scope frees its arrays together, by hand or at the end of a block', async () => {
  const jobs = await system(0)
  const before = jobs.describe().heap.usedBytes
  const scope = jobs.scope()
  for (let round = 0; round < 3; round++) {
    scope.float64(100)
    scope.share(new Uint8Array(50))
    scope.paddedCells(Int32Array, 3)
    scope.alloc(BigInt64Array, 5)
    assert.ok(jobs.describe().heap.usedBytes > before)
    scope.free()
    assert.equal(jobs.describe().heap.usedBytes, before)
  }
  {
    using inBlock = jobs.scope()
    inBlock.int32(1000)
    assert.ok(jobs.describe().heap.usedBytes > before)
  }
  assert.equal(jobs.describe().heap.usedBytes, before)
})

test('wrong classes and lengths are refused', async () => {
  const jobs = await system(0)
  const before = jobs.describe().heap.usedBytes
  for (const [length, came] of [
    [-1, '-1'],
    [1.5, '1\\.5'],
    [NaN, 'NaN'],
    [Infinity, 'Infinity'],
    [2 ** 53, '9007199254740992'],
    ['3', '"3"'],
    [undefined, 'undefined'],
  ] as const) {
    const expected = like({
      type: RangeError,
      code: 'ERR_ARGUMENT',
      message: new RegExp(
        `^length of a Float64Array must be an integer of at least 0; got ${came}$`,
      ),
    })
    assert.throws(() => jobs.float64(length as number), expected)
    assert.throws(() => jobs.alloc(Float64Array, length as number), expected)
  }
  for (const [type, came] of [
    [Array, 'function Array'],
    [DataView, 'function DataView'],
    [SharedArrayBuffer, 'function SharedArrayBuffer'],
    ['Float64Array', '"Float64Array"'],
    [undefined, 'undefined'],
    [Float64Array.prototype, '.*'],
  ] as const) {
    assert.throws(
      () => jobs.alloc(type as never, 3),
      like({
        type: TypeError,
        code: 'ERR_ARGUMENT',
        message: new RegExp(`^alloc: the first argument must be a typed array class; got ${came}`),
      }),
    )
  }
  for (const value of [
    undefined,
    null,
    5,
    [1, 2],
    new ArrayBuffer(8),
    new DataView(new ArrayBuffer(8)),
  ]) {
    assert.throws(
      () => jobs.share(value as never),
      like({
        type: TypeError,
        code: 'ERR_ARGUMENT',
        message: /^share: the argument must be a typed array; got /,
      }),
    )
    assert.throws(
      () => jobs.copyOut(value as never),
      like({
        type: TypeError,
        code: 'ERR_ARGUMENT',
        message: /^copyOut: the argument must be a typed array; got /,
      }),
    )
  }
  assert.equal(jobs.describe().heap.usedBytes, before)
})

test('padded cells name the length that came and the class that is missing', async () => {
  const jobs = await system(0)
  assert.throws(
    () => jobs.paddedCells(Int32Array, -2),
    like({ type: RangeError, code: 'ERR_ARGUMENT', message: /got -2$/ }),
  )
  assert.throws(
    () => jobs.paddedCells(Int32Array, 0.5),
    like({ type: RangeError, code: 'ERR_ARGUMENT', message: /got 0\.5$/ }),
  )
  assert.throws(
    () => jobs.paddedCells(undefined as never, 1),
    like({ type: TypeError, code: 'ERR_ARGUMENT', message: /got undefined$/ }),
  )
})
