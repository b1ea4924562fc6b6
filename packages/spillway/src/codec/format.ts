/**
 * The byte format of the codec: a version byte, then one value. Numbers are little-endian.
 *
 *     value     = tag, then what the tag says
 *     count     = LEB128: 7 bits per byte, low bits first, the high bit says that more follow; below 2^32
 *     string    = UTF8: count of bytes, bytes | UTF16 (a lone surrogate in it): count of units, units
 *     key       = count: 2n for the n-th key seen before | 2n + 1, then n bytes of UTF-8 | 1, then a value of type string
 *     reference = count: the n-th object of the value, counted as they begin
 *
 * Objects get their number before their content, so a cycle is a reference to an object that is still open. Every element of
 * a collection takes a byte at least, so a count that exceeds the bytes left is damage, and is seen before anything is made.
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
export const UTF8 = 8
export const UTF16 = 9
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
/** Index into `ERRORS`, message, stack (values), count of fields; for each a key, a byte (1: enumerable) and a value. */
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
export const LONGEST_NUMBERED_KEY = 64

/** Deeper nesting is refused on both sides, with room to spare on the smallest stack in use (about 1 MB). */
export const DEEPEST = 1000
