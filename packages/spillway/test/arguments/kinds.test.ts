import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JobSystem, TypedArray } from 'spillway'
import { describe, tell } from '../support/arguments.kernels.ts'
import type { Described, Told } from '../support/arguments.kernels.ts'
import { fc, holds } from '../support/property.ts'
import { fresh, sharedSystems } from '../support/systems.ts'

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

/** What a worker says it got. */
async function told(jobs: JobSystem, args: object, kernel = tell): Promise<Described> {
  const { thread, args: got } = (await jobs.parallelReduce(1, kernel, args)) as Told
  assert.ok(thread > 0, 'the kernel ran in the calling thread')
  return got
}

async function assertArrives(jobs: JobSystem, args: object, kernel = tell): Promise<void> {
  assert.deepEqual(await told(jobs, args, kernel), describe(args))
}

test('numbers, booleans and bigints arrive with every bit that matters', async () => {
  const jobs = await system(1)
  for (const value of [
    0,
    -0,
    1.5,
    NaN,
    Infinity,
    -Infinity,
    5e-324,
    Number.MAX_VALUE,
    2 ** 53 - 1,
    -(2 ** 31),
    true,
    false,
  ]) {
    const got = (await told(jobs, { value })) as { value: unknown }
    assert.ok(Object.is(got.value, value), `${String(value)} arrived as ${String(got.value)}`)
  }
  for (const value of [
    0n,
    -1n,
    1n,
    2n ** 31n,
    -(2n ** 31n),
    2n ** 32n,
    2n ** 63n - 1n,
    -(2n ** 63n),
    0x7ff8_0000_0000_0001n,
    -(2n ** 52n),
  ]) {
    await assertArrives(jobs, { value })
  }
})

test('typed arrays of every class, whole and in part, on the heap and elsewhere', async () => {
  const jobs = await system(1)
  for (const type of CLASSES) {
    const size = type.BYTES_PER_ELEMENT
    const heap = jobs.alloc<TypedArray>(type as typeof Uint8Array, 20)
    const foreign = new (type as typeof Uint8Array)(new SharedArrayBuffer(20 * size))
    for (const whole of [heap, foreign] as TypedArray[]) {
      for (let i = 0; i < 20; i++) whole[i] = typeof whole[0] === 'bigint' ? BigInt(i + 1) : i + 1
      await assertArrives(jobs, { whole, part: whole.subarray(3, 9), empty: whole.subarray(7, 7) })
    }
  }
})

test('two views of one memory are one memory', async () => {
  const jobs = await system(1)
  const bytes = jobs.uint8(64)
  bytes.set([1, 2, 3, 4, 5, 6, 7, 8])
  const args = {
    bytes,
    words: new Uint32Array(bytes.buffer, bytes.byteOffset, 2),
    double: new Float64Array(bytes.buffer, bytes.byteOffset, 1),
  }
  await assertArrives(jobs, args)
})

test('nested records, also with more leaves than fit the descriptor of a loop', async () => {
  const jobs = await system(1)
  const view = jobs.float64(4)
  await assertArrives(jobs, {})
  await assertArrives(jobs, { a: {}, b: { c: {} } })
  await assertArrives(jobs, { a: { b: { c: { d: { e: 1, view } } }, f: 2n }, g: true })
  for (const leaves of [15, 16, 17, 18, 100, 1000]) {
    const many = Object.fromEntries(
      Array.from({ length: leaves }, (_, k) => [`leaf${k}`, k % 7 === 0 ? view : k / 2]),
    )
    await assertArrives(jobs, many)
    await assertArrives(jobs, { inner: many, last: 1 })
  }
  await assertArrives(jobs, Object.assign(Object.create(null) as object, { bare: 1 }))
})

test('values, kinds and shapes may change from call to call of one kernel', async () => {
  const jobs = await system(1)
  const [a, b] = [jobs.int32(4).fill(1), jobs.int32(4).fill(2)]
  const foreign = new Int32Array(new SharedArrayBuffer(16)).fill(3)
  const kernel = fresh(tell)
  for (const args of [
    { x: 1 },
    { x: 2 },
    { x: true },
    { x: a },
    { x: 3n },
    { x: b },
    { x: b.subarray(1) },
    { x: b },
    { x: b.subarray(0, 2) },
    { x: b },
    { x: foreign },
    { x: a },
    { x: new Uint8Array(a.buffer, a.byteOffset, 4) },
    { x: a },
    { x: { y: 1 } },
    { x: 1, y: a },
    { y: a, x: 1 },
    { x: 1 },
    { x: { y: a } },
    { x: { y: 1, z: 2 } },
    Object.fromEntries(Array.from({ length: 30 }, (_, k) => [`x${k}`, k])),
    { x: b },
    {},
  ]) {
    await assertArrives(jobs, args, kernel)
  }
})

const leaf = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.boolean(),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.record({
    type: fc.constantFrom(...CLASSES),
    foreign: fc.boolean(),
    offset: fc.nat(5),
    length: fc.nat(9),
  }),
)
const key = fc.oneof(
  fc.stringMatching(/^[a-z_$]{1,5}$/),
  fc.string({ unit: 'grapheme', maxLength: 4 }),
  fc.nat(99).map(String),
)
const { record } = fc.letrec((tie) => ({
  record: fc.dictionary(
    key.filter((name) => name !== '__proto__'),
    tie('field'),
    { maxKeys: 8 },
  ),
  field: fc.oneof({ depthSize: 'small' }, leaf, tie('record')),
}))

test('random records arrive as they are', async () => {
  const jobs = await system(1)
  const heaps = new Map(
    CLASSES.map((type) => [type, jobs.alloc<TypedArray>(type as typeof Uint8Array, 16)]),
  )
  const foreigns = new Map(
    CLASSES.map((type) => [
      type,
      new (type as typeof Uint8Array)(
        new SharedArrayBuffer(16 * type.BYTES_PER_ELEMENT),
      ) as TypedArray,
    ]),
  )
  /** Puts a view in the place of each description of one. */
  const real = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null) return value
    if ('foreign' in value) {
      const { type, foreign, offset, length } = value as {
        type: (typeof CLASSES)[number]
        foreign: boolean
        offset: number
        length: number
      }
      return (foreign ? foreigns : heaps).get(type)!.subarray(offset, offset + length)
    }
    return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, real(field)]))
  }
  await holds(record as fc.Arbitrary<object>, 150, async (described) => {
    await assertArrives(jobs, real(described) as object)
  })
})
