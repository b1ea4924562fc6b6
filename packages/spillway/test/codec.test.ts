import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { inspect, types } from 'node:util'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { decode, encode } from '../src/codec.ts'

function roundTrip<T>(value: T): T {
  return decode(encode(value)) as T
}

const circular: Record<string, unknown> = { list: [] }
circular['self'] = circular
;(circular['list'] as unknown[]).push(circular, circular['list'])

// oxfmt-ignore
const numbers = [
  0, -0, 1, -1, 63, 64, -64, -65, 2 ** 31 - 1, -(2 ** 31), 2 ** 31, 2 ** 32, 2 ** 53, -(2 ** 53),
  0.1, -1e300, 5e-324, Number.NaN, Infinity, -Infinity,
]
const bigints = [0n, 1n, -1n, 255n, 256n, -(2n ** 64n), 2n ** 64n - 1n, 10n ** 500n]

describe('round trip', () => {
  const values: readonly unknown[] = [
    undefined,
    null,
    true,
    false,
    ...numbers,
    ...bigints,
    '',
    'a',
    'ä€😀',
    '\0',
    '\uFEFFbyte order mark first',
    'x'.repeat(31) + 'ä',
    'x'.repeat(32),
    '€'.repeat(33),
    'x'.repeat(300_000),
    '😀'.repeat(100_000),
    '\uD800',
    'a\uDC00b',
    '\uDE00\uD83D',
    'x'.repeat(100_000) + '\uD800',
    [],
    [1, 'two', [3, [4]]],
    [undefined, null],
    // oxlint-disable-next-line no-sparse-arrays
    [1, , 3, ,],
    // oxlint-disable-next-line unicorn/no-new-array
    new Array(5),
    {},
    { a: 1, b: { c: [{ d: undefined }] } },
    {
      '': 1,
      ä: 2,
      '\uD800': 3,
      'key with spaces': 4,
      ['k'.repeat(63)]: 5,
      ['k'.repeat(64)]: 6,
      ['€'.repeat(22)]: 7,
    },
    { 0: 'integer', 1: 'keys' },
    JSON.parse('{"__proto__": {"polluted": true}, "constructor": 1}'),
    Object.assign(Object.create(null), { a: 1 }),
    Array.from({ length: 1000 }, (_, i) => ({ id: i, name: `n${i}`, tags: { even: i % 2 === 0 } })),
    new Map<unknown, unknown>([
      ['a', 1],
      [{ k: 1 }, new Map([[Number.NaN, -0]])],
    ]),
    new Set([1, 'two', { three: 3 }, new Set()]),
    new Date(0),
    new Date(-1e15),
    new Uint8Array([1, 2, 3]).buffer,
    new ArrayBuffer(0),
    new DataView(new Uint8Array([1, 2, 3, 4]).buffer, 1, 2),
    new Int8Array([-1, 2]),
    new Uint8Array(0),
    new Uint8ClampedArray([255]),
    new Int16Array([-300]),
    new Uint16Array([65535]),
    new Int32Array([-(2 ** 31)]),
    new Uint32Array([2 ** 32 - 1]),
    new Float32Array([0.5, -0]),
    new Float64Array([Math.PI, Number.NaN]),
    new BigInt64Array([-5n]),
    new BigUint64Array([2n ** 64n - 1n]),
  ]
  for (const value of values) {
    test(inspect(value, { breakLength: Infinity }).slice(0, 70), () => {
      assert.deepEqual(roundTrip(value), value)
      assert.deepEqual(roundTrip([value, { value }]), [value, { value }])
    })
  }

  test('an invalid date stays one', () => {
    assert.ok(Number.isNaN(roundTrip(new Date(Number.NaN)).getTime()))
  })

  test('an own __proto__ is a field, and changes no prototype', () => {
    const value = roundTrip(JSON.parse('{"__proto__": {"polluted": 1}}'))
    assert.ok(Object.hasOwn(value, '__proto__'))
    assert.equal(Object.getPrototypeOf(value), Object.prototype)
    assert.equal(value.polluted, undefined)
  })

  test('any value fast-check can think of', () => {
    // Node 20 holds two invalid dates to be different; a test of their own has them.
    const isComparable = (value: unknown): boolean =>
      !inspect(value, { depth: Infinity, showHidden: false }).includes('Invalid Date')
    const anything = fc
      .anything({
        withBigInt: true,
        withDate: true,
        withMap: true,
        withNullPrototype: true,
        withSet: true,
        withSparseArray: true,
        withTypedArray: true,
        withUnicodeString: true,
        maxDepth: 4,
      })
      .filter(isComparable)
    fc.assert(
      fc.property(anything, (value) => {
        assert.deepEqual(roundTrip(value), value)
      }),
      { numRuns: 2000 },
    )
  })

  test('any string of UTF-16 units', () => {
    const units = fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 80 })
    fc.assert(
      fc.property(units, (codes) => {
        const text = String.fromCharCode(...codes)
        assert.equal(roundTrip(text), text)
        assert.deepEqual(
          Object.keys(roundTrip({ [text]: 1, a: 2 })),
          Object.keys({ [text]: 1, a: 2 }),
        )
      }),
    )
  })

  test('any bigint, any double', () => {
    fc.assert(fc.property(fc.bigInt(), (value) => roundTrip(value) === value))
    fc.assert(fc.property(fc.double(), (value) => Object.is(roundTrip(value), value)))
    fc.assert(fc.property(fc.integer(), (value) => Object.is(roundTrip(value), value)))
  })
})

function nest(depth: number): unknown[] {
  let value: unknown[] = []
  for (let i = 0; i < depth; i++) value = [value]
  return value
}

describe('shared references and cycles', () => {
  test('cycles', () => {
    const copy = roundTrip(circular) as { self: unknown; list: unknown[] }
    assert.equal(copy.self, copy)
    assert.equal(copy.list[0], copy)
    assert.equal(copy.list[1], copy.list)
    const map = new Map<unknown, unknown>()
    map.set(map, new Set([map]))
    const copied = roundTrip(map)
    assert.ok(copied.has(copied))
    assert.ok((copied.get(copied) as Set<unknown>).has(copied))
  })

  test('one object seen twice stays one object', () => {
    const shared = [
      new Date(1),
      new Uint8Array(2),
      new ArrayBuffer(3),
      new Error('e'),
      new Map(),
      {},
    ]
    const copy = roundTrip({ first: shared, second: [...shared], third: shared })
    assert.equal(copy.first, copy.third)
    assert.notEqual(copy.first, copy.second)
    for (const [i, value] of copy.first.entries()) assert.equal(value, copy.second[i])
  })

  test('equal objects stay two', () => {
    const [a, b] = roundTrip([{}, {}])
    assert.notEqual(a, b)
  })

  test('objects can be nested 1000 deep', () => {
    assert.equal(JSON.stringify(roundTrip(nest(1000))), JSON.stringify(nest(1000)))
    assert.throws(() => encode(nest(1001)), /RangeError: .*more than 1000 deep/)
    const list = { next: null as unknown }
    let last = list
    for (let i = 0; i < 100_000; i++) last = last.next = { next: null as unknown }
    assert.throws(() => encode(list), RangeError)
    const wrapped = Uint8Array.from([1, ...Array.from({ length: 1e5 }, () => [11, 1]).flat(), 1])
    assert.throws(() => decode(wrapped), RangeError)
  })
})

describe('copies', () => {
  test('of a view, the part it shows, also from shared memory', () => {
    for (const buffer of [new ArrayBuffer(64), new SharedArrayBuffer(64)]) {
      const whole = new Float64Array(buffer).fill(1)
      const part = whole.subarray(2, 5)
      const copy = roundTrip(part)
      whole.fill(2)
      assert.deepEqual([...copy], [1, 1, 1])
      assert.equal(copy.byteOffset, 0)
      assert.equal(copy.buffer.byteLength, 24)
      assert.ok(copy.buffer instanceof ArrayBuffer)
    }
  })

  test('the result of decode shares no memory with its input', () => {
    const value = {
      array: new Uint8Array([1, 2, 3]),
      text: 'text that is more than thirty-two bytes long',
      buffer: new ArrayBuffer(2),
    }
    const encoded = encode(value)
    for (const buffer of [new ArrayBuffer(1000), new SharedArrayBuffer(1000)]) {
      const bytes = new Uint8Array(buffer, 3, encoded.length)
      bytes.set(encoded)
      const copy = decode(bytes)
      new Uint8Array(buffer).fill(0xff)
      assert.deepEqual(copy, value)
      bytes.set(encoded)
      assert.ok((decode(bytes) as typeof value).buffer instanceof ArrayBuffer)
    }
  })

  test("the result of encode is the caller's own", () => {
    const first = encode('first')
    const copy = first.slice()
    encode('other')
    assert.deepEqual(first, copy)
    assert.equal(first.byteLength, first.buffer.byteLength)
  })

  test('a getter may encode something itself', () => {
    const value = {
      get inner() {
        return decode(encode({ deep: 'x'.repeat(2000) }))
      },
      after: 'y',
    }
    assert.deepEqual(roundTrip(value), { inner: { deep: 'x'.repeat(2000) }, after: 'y' })
  })

  test('a getter may change what is being encoded', () => {
    const array: unknown[] = []
    array.push({ get x() { array.length = 1; return 1 } }, 2, 3) // oxfmt-ignore
    assert.equal(roundTrip(array).length, 3)
  })

  test('own fields with string names only', () => {
    assert.deepEqual(roundTrip({ [Symbol('s')]: 1, a: 2 }), { a: 2 })
    assert.deepEqual(roundTrip(Object.defineProperty({ a: 1 }, 'hidden', { value: 2 })), { a: 1 })
    assert.deepEqual(roundTrip(Object.assign([1], { named: 2 })), [1])
  })

  test('Buffer becomes Uint8Array', () => {
    const copy: unknown = roundTrip(Buffer.from('abc'))
    assert.deepEqual(copy, new Uint8Array([97, 98, 99]))
  })

  test('values of another realm', () => {
    const value = runInNewContext('({ a: [1, { b: 2 }], e: new TypeError("far") })')
    const copy = roundTrip(value)
    assert.deepEqual(copy.a, [1, { b: 2 }])
    assert.ok(copy.e instanceof Error)
    assert.equal(copy.e.message, 'far')
    assert.equal(copy.e.name, 'TypeError')
  })
})

describe('errors', () => {
  const builtIn = [
    new Error('plain'),
    new EvalError('e'),
    new RangeError('r'),
    new ReferenceError('r'),
    new SyntaxError('s'),
    new TypeError('t'),
    new URIError('u'),
    new WebAssembly.CompileError('c'),
    new WebAssembly.LinkError('l'),
    new WebAssembly.RuntimeError('unreachable'),
  ]
  for (const error of builtIn) {
    test(`${error.constructor.name} arrives as itself`, () => {
      const copy = roundTrip(error)
      assert.deepEqual(copy, error)
      assert.equal(copy.constructor, error.constructor)
      assert.equal(copy.stack, error.stack)
      assert.ok(types.isNativeError(copy))
      assert.deepEqual(Object.keys(copy), [])
      assert.deepEqual(Object.getOwnPropertyNames(copy).toSorted(), ['message', 'stack'])
    })
  }

  test('without a message', () => {
    const copy = roundTrip(new TypeError())
    assert.equal(copy.message, '')
    assert.ok(!Object.hasOwn(copy, 'message'))
    assert.ok(Object.hasOwn(roundTrip(new TypeError('')), 'message'))
  })

  test('cause, own fields and how they show', () => {
    const cause = new RangeError('cause', { cause: { why: 'deeper' } })
    const error = Object.assign(new TypeError('t', { cause }), { code: 'ERR_X', at: [1, { y: 2 }] })
    Object.defineProperty(error, 'hidden', { value: 3 })
    const copy = roundTrip(error)
    assert.deepEqual(copy, error)
    assert.deepEqual(copy.cause, cause)
    assert.deepEqual(Object.keys(copy), ['code', 'at'])
    assert.equal((copy as unknown as { hidden: number }).hidden, 3)
    assert.ok(!Object.hasOwn(roundTrip(new Error('no cause')), 'cause'))
    assert.ok(Object.hasOwn(roundTrip(new Error('cause', { cause: undefined })), 'cause'))
  })

  test('AggregateError with its errors', () => {
    const error = new AggregateError([new TypeError('a'), 'b'], 'both', { cause: 1 })
    const copy = roundTrip(error)
    assert.ok(copy instanceof AggregateError)
    assert.deepEqual(copy, error)
    assert.ok(copy.errors[0] instanceof TypeError)
    assert.deepEqual(Object.keys(copy), [])
  })

  test('an error that is its own cause', () => {
    const error = new Error('loop')
    error.cause = { error }
    const copy = roundTrip(error)
    assert.equal((copy.cause as { error: Error }).error, copy)
  })

  test('another class arrives as Error with its name and data fields', () => {
    class HttpError extends RangeError {
      override name = 'HttpError'
      status = 503
      retry = { after: 1 }
      get text() {
        return 'accessor of the class'
      }
    }
    class Inherited extends Error {}
    Inherited.prototype.name = 'Inherited'
    const copy = roundTrip(new HttpError('down'))
    assert.equal(copy.constructor, Error)
    assert.equal(copy.name, 'HttpError')
    assert.equal(copy.message, 'down')
    assert.equal(copy.status, 503)
    assert.deepEqual(copy.retry, { after: 1 })
    assert.equal(copy.text, undefined)
    assert.match(copy.stack as string, /codec\.test/)
    assert.equal(roundTrip(new Inherited('i')).name, 'Inherited')
    assert.deepEqual(Object.keys(roundTrip(new Inherited('i'))), [])
  })

  test('DOMException arrives as Error with its name', () => {
    const signal = AbortSignal.abort()
    const copy = roundTrip(signal.reason)
    assert.equal(copy.constructor, Error)
    assert.equal(copy.name, 'AbortError')
    assert.equal(copy.message, signal.reason.message)
    assert.equal(roundTrip(new DOMException('m', 'DataCloneError')).name, 'DataCloneError')
  })

  test('a changed name is kept', () => {
    const error = new TypeError('t')
    error.name = 'Special'
    const copy = roundTrip(error)
    assert.equal(copy.constructor, TypeError)
    assert.equal(copy.name, 'Special')
  })

  test('fields that cannot be encoded are left out, whatever they began', () => {
    const shared = { shared: 1 }
    const error = Object.assign(new Error('e', { cause: () => {} }), {
      before: [shared],
      request: { headers: { unique: 1 }, shared: [{}, shared, { send() {} }] },
      after: [shared, { unique: 2 }],
    })
    const copy = roundTrip({ error, shared, late: { headers: 3, unique: 4 } })
    assert.deepEqual(Object.keys(copy.error), ['before', 'after'])
    assert.ok(!Object.hasOwn(copy.error, 'cause'))
    assert.deepEqual(copy.error.after, [shared, { unique: 2 }])
    assert.equal(copy.error.before[0], copy.shared)
    assert.equal(copy.error.after[0], copy.shared)
    assert.deepEqual(copy.late, { headers: 3, unique: 4 })
  })

  test('hostile errors', () => {
    class Hostile extends Error {
      override get name(): string {
        throw new Error('no name')
      }
      override get message(): string {
        throw new Error('no message')
      }
    }
    const error = Object.create(Hostile.prototype) as Hostile // `new` would ask for the name
    Object.defineProperty(error, 'stack', { get: () => 5 })
    Object.defineProperty(error, 'field', {
      get: () => assert.fail('getters are not run'),
      enumerable: true,
    })
    const copy = roundTrip<Error>(error)
    assert.equal(copy.constructor, Error)
    assert.equal(copy.message, '')
    assert.equal(copy.stack, undefined)
    let deep = new Error('deepest')
    for (let i = 0; i < 3000; i++) deep = new Error('outer', { cause: deep })
    assert.equal(roundTrip(deep).message, 'outer')
  })
})

describe('what cannot be encoded', () => {
  class Point {
    x = 1
  }
  class List extends Array {}
  class Dictionary extends Map {}
  class FromNull {
    x = 1
  }
  Object.setPrototypeOf(FromNull.prototype, null)
  const rows: readonly (readonly [value: unknown, message: RegExp])[] = [
    [() => 1, /^\$ is a function, which cannot cross threads/],
    [Symbol('s'), /^\$ is a symbol/],
    [{ a: [0, 1, 2, { b: () => 1 }] }, /^\$\.a\[3\]\.b is a function/],
    [{ 'two words': { 1: Symbol.iterator } }, /^\$\["two words"\]\["1"\] is a symbol/],
    [[[new Point()]], /^\$\[0\]\[0\] is an instance of Point/],
    [new Map([[new Point(), 1]]), /^\$\.keys\(\)\[0\] is an instance of Point/],
    [{ m: new Map<number, unknown>([[1, 1], [2, Promise.resolve()]]) }, /^\$\.m\.values\(\)\[1\] is an instance of Promise/], // oxfmt-ignore
    [new Set([1, new WeakMap()]), /^\$\.values\(\)\[1\] is an instance of WeakMap/],
    [new SharedArrayBuffer(8), /^\$ is an instance of SharedArrayBuffer/],
    [/regular/, /^\$ is an instance of RegExp/],
    [Object(5), /^\$ is an instance of Number/],
    [List.of(1, 2), /^\$ is an instance of List/],
    [new Dictionary(), /^\$ is an instance of Dictionary/],
    [new FromNull(), /^\$ is an instance of FromNull/],
    [Object.create({ inherited: 1 }), /^\$ is an instance of Object/],
    [(function* () {})(), /^\$ is an instance of (Object|Generator)/],
    [new Proxy(() => 1, {}), /^\$ is a function/],
    [{ get broken() { throw new TypeError('own error') } }, /^own error$/], // oxfmt-ignore
  ]
  for (const [value, message] of rows) {
    test(String(message), () => {
      assert.throws(() => encode(value), { name: 'TypeError', message })
      assert.equal(roundTrip('still works'), 'still works')
    })
  }
})

/** Throws or gives a value; what it gives can be encoded again. */
function survives(bytes: Uint8Array): void {
  let value: unknown
  try {
    value = decode(bytes)
  } catch (error) {
    assert.ok(error instanceof Error)
    return
  }
  encode(value)
}

describe('damaged bytes', () => {
  const sample = encode({
    list: [
      1,
      -0,
      'short',
      'a longer text than thirty-two characters',
      12345678901234567890n,
      Array(2),
      new Date(5),
    ],
    map: new Map<unknown, unknown>([
      [new Set([1]), new Float64Array([1.5, 2])],
      ['key', { list: null }],
    ]),
    error: Object.assign(new RangeError('r', { cause: 1 }), { code: 'C' }),
    '\uD800': new ArrayBuffer(3),
  })

  test('every truncation throws', () => {
    for (let length = 0; length < sample.length; length++) {
      assert.throws(() => decode(sample.subarray(0, length)), RangeError, `${length} bytes`)
    }
  })

  test('bytes after the end throw', () => {
    assert.throws(() => decode(Uint8Array.from([...sample, 0])), /bytes after the end/)
  })

  test('another version throws', () => {
    assert.throws(() => decode(Uint8Array.from([2, 0])), /version 2 instead of 1/)
    assert.throws(() => decode(new Uint8Array(0)), /early end/)
  })

  test('huge counts throw at once', () => {
    const huge = [0xff, 0xff, 0xff, 0xff, 0x0f]
    for (let tag = 0; tag <= 255; tag++) {
      if (tag === 4) continue // an integer is a count itself
      assert.throws(() => decode(Uint8Array.from([1, tag, ...huge])), Error, `tag ${tag}`)
      assert.throws(() => decode(Uint8Array.from([1, tag, ...huge.fill(0xff), 0xff, 0xff])), Error)
    }
    assert.throws(() => decode(Uint8Array.from([1, 19, 1, ...huge])), RangeError)
  })

  test('invalid content throws', () => {
    for (const [bytes, message] of [
      [[10, 0], /reference to nothing/],
      [[13, 1, 0, 1], /unknown key/],
      [[13, 1, 1, 1], /key that is no string/],
      [[19, 8, 7, 0, 0, 0, 0, 0, 0, 0], /multiple of 8/],
      [[19, 99, 0], /does not have/],
      [[20, 99], /unknown error class/],
      [[8, 1, 0xff], /utf-8|encoded data/i],
      [[12], /unknown tag 12/],
      [[200], /unknown tag 200/],
    ] as const) {
      assert.throws(() => decode(Uint8Array.from([1, ...bytes])), message)
    }
  })

  test('flipped bits and random bytes throw or give a value', () => {
    for (let at = 1; at < sample.length; at++) {
      for (let bit = 0; bit < 8; bit++) {
        const bytes = sample.slice()
        bytes[at] = bytes[at] ^ (1 << bit)
        survives(bytes)
      }
    }
    const random = fc.uint8Array({ maxLength: 200 }).map((bytes) => Uint8Array.from([1, ...bytes]))
    fc.assert(fc.property(random, survives), { numRuns: 5000 })
    const tags = fc.array(fc.integer({ min: 0, max: 21 }), { maxLength: 200 })
    fc.assert(
      fc.property(tags, (bytes) => survives(Uint8Array.from([1, ...bytes]))),
      { numRuns: 5000 },
    )
  })
})

describe('size', () => {
  for (const [value, bytes] of [
    [undefined, 2],
    [5, 3],
    [1.5, 10],
    ['text', 7],
    [[1, 2, 3], 9],
    [{ x: 1 }, 7],
    [[{ x: 1 }, { x: 1 }, { x: 1 }], 19],
    [new Float64Array(4), 36],
  ] as const) {
    test(`${inspect(value)} takes ${bytes} bytes`, () => {
      assert.equal(encode(value).byteLength, bytes)
    })
  }
})
