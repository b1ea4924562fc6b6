/**
 * The byte format of the codec: a version byte, then one value. Numbers are little-endian.
 *
 *     value  = tag, then what the tag says
 *     count  = LEB128: 7 bits per byte, low bits first, the high bit says that more follow; 5 bytes at most
 *     key    = count 2n: the n-th numbered key of this value
 *            | count 2n + 1 with n > 0, then n bytes of UTF-8: a key that takes the next number
 *            | count 1, then a value that is a string: a key without number (empty, long, or with a lone surrogate)
 *
 * Every array, object, error, collection, view and buffer has a number too, given out as they begin. A cycle is a reference to one
 * that is still open. Each element of a collection takes a byte at least, so a count that exceeds the bytes left is damage, and is
 * found before anything is allocated for it.
 */

export const VERSION = 1

export const UNDEFINED = 0
export const NULL = 1
export const TRUE = 2
export const FALSE = 3
/** A 32-bit integer: count of its zigzag form, sign in the lowest bit. */
export const INTEGER = 4
/** Any other number: 8 bytes. */
export const DOUBLE = 5
/** Count of bytes, magnitude. */
export const BIGINT = 6
export const NEGATIVE_BIGINT = 7
/** Count of bytes, UTF-8. */
export const UTF8 = 8
/** Count of bytes, UTF-16: strings with a lone surrogate, which UTF-8 cannot say. */
export const UTF16 = 9
/** Count: the number of an object that was begun before. */
export const REFERENCE = 10
/** Count, then a value or `HOLE` each. */
export const ARRAY = 11
export const HOLE = 12
/** Count, then key and value each. */
export const OBJECT = 13
/** The same, without a prototype. */
export const BARE_OBJECT = 14
/** Count, then two values each. */
export const MAP = 15
/** Count, then a value each. */
export const SET = 16
/** 8 bytes, milliseconds. */
export const DATE = 17
/** Count of bytes, bytes. */
export const BUFFER = 18
/** Index into `VIEWS`, count of bytes, bytes. */
export const VIEW = 19
/** Index into `ERRORS`, message and stack (values), fields: 1, or 2 if enumerable, key and value each; then 0. */
export const ERROR = 20

/** Views by their place in the format. Only ever add at the end. */
export const VIEWS = [
  'Int8Array',
  'Uint8Array',
  'Uint8ClampedArray',
  'Int16Array',
  'Uint16Array',
  'Int32Array',
  'Uint32Array',
  'Float32Array',
  'Float64Array',
  'BigInt64Array',
  'BigUint64Array',
  'DataView',
  'Float16Array',
] as const

/** Error classes that arrive as themselves, by their place in the format. Only ever add at the end. */
export const ERRORS = [
  'Error',
  'EvalError',
  'RangeError',
  'ReferenceError',
  'SyntaxError',
  'TypeError',
  'URIError',
  'AggregateError',
  'SuppressedError',
  'WebAssembly.CompileError',
  'WebAssembly.LinkError',
  'WebAssembly.RuntimeError',
] as const

/** The class of this runtime with such a name; undefined where the runtime is too old for it. */
export function builtIn(name: string): unknown {
  let value: unknown = globalThis
  for (const part of name.split('.')) value = (value as Record<string, unknown> | undefined)?.[part]
  return value
}

/** Keys up to this many bytes are numbered, so that an array of like objects names its fields once. */
export const LONGEST_NUMBERED_KEY = 63

/**
 * Deeper nesting is refused on both sides. Not yet optimised code needs about 0.8 kB of stack per level, so that this depth fits
 * the 1 MB of a main thread; a smaller stack ends in the engine's own RangeError.
 */
export const DEEPEST = 1000
