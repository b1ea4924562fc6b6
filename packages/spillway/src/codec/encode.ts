/** Values to bytes; `format.ts` has the format. */
import {
  ARRAY,
  BARE_OBJECT,
  BIGINT,
  BUFFER,
  DATE,
  DEEPEST,
  DOUBLE,
  ERROR,
  ERRORS,
  FALSE,
  HOLE,
  INTEGER,
  LONGEST_NUMBERED_KEY,
  MAP,
  NEGATIVE_BIGINT,
  NULL,
  OBJECT,
  REFERENCE,
  SET,
  TRUE,
  UNDEFINED,
  UTF16,
  UTF8,
  VERSION,
  VIEW,
  VIEWS,
  builtIn,
} from './format.ts'

/**
 * Encodes a value for another thread: undefined, null, booleans, numbers, bigints, strings, arrays, plain objects, typed arrays,
 * DataView, ArrayBuffer, Map, Set, Date and errors, nested at most 1000 deep, with shared and circular references kept.
 *
 * It copies what a structured clone would: fields that are own, enumerable and named by strings, the values of getters, and of a
 * view's buffer the part it shows. Named fields of arrays, collections and views are left out. Subclasses of typed arrays, such as
 * Buffer, become the typed array. Built-in error classes keep their class, other errors (DOMException too) become `Error` with
 * their name; both keep message, stack, cause and own data fields, except for fields that cannot be encoded.
 *
 * Throws `TypeError` with the path of anything else (functions, symbols, promises, class instances, shared buffers), and
 * `RangeError` for deeper nesting. The result is the caller's own.
 */
export function encode(value: unknown): Uint8Array<ArrayBuffer> {
  const writer = new Writer(spare ?? new Uint8Array(1024))
  spare = undefined // a getter of the value may encode something itself
  writeByte(writer, VERSION)
  writeValue(writer, value)
  if (writer.bytes.length <= SPARE_BYTES) spare = writer.bytes
  return writer.bytes.slice(0, writer.length)
}

const SPARE_BYTES = 64 * 1024

/** Room from an earlier call, so that small values cost one allocation, their result. */
let spare: Uint8Array<ArrayBuffer> | undefined

/** One level of the way down: a field, an index, or an entry of a Map or Set. */
type Step = string | number | { readonly list: 'keys' | 'values'; readonly index: number }

class Writer {
  bytes: Uint8Array<ArrayBuffer>
  view: DataView
  length = 0
  readonly path: Step[] = []
  readonly objects = new Map<object, number>()
  readonly keys = new Map<string, number>()

  constructor(bytes: Uint8Array<ArrayBuffer>) {
    this.bytes = bytes
    this.view = new DataView(bytes.buffer)
  }
}

function writeValue(writer: Writer, value: unknown): void {
  switch (typeof value) {
    case 'number':
      return writeNumber(writer, value)
    case 'string':
      return writeString(writer, value)
    case 'boolean':
      return writeByte(writer, value ? TRUE : FALSE)
    case 'undefined':
      return writeByte(writer, UNDEFINED)
    case 'bigint':
      return writeBigInt(writer, value)
    case 'object':
      if (value === null) return writeByte(writer, NULL)
      return writeReferenced(writer, value)
    default:
      throw unencodable(writer, `a ${typeof value}`)
  }
}

function writeAt(writer: Writer, step: Step, value: unknown): void {
  writer.path.push(step)
  writeValue(writer, value)
  writer.path.pop()
}

// --- objects ----------------------------------------------------------------------------------------

function writeReferenced(writer: Writer, value: object): void {
  const { objects, path } = writer
  const known = objects.get(value)
  if (known !== undefined) return writeTagged(writer, REFERENCE, known)
  if (path.length > DEEPEST) {
    throw new RangeError(`a value that is nested more than ${DEEPEST} deep cannot cross threads`)
  }
  objects.set(value, objects.size)
  writeObject(writer, value)
}

function writeObject(writer: Writer, value: object): void {
  if (Array.isArray(value) && isBasic(value, 'Array')) return writeArray(writer, value)
  if (ArrayBuffer.isView(value)) return writeView(writer, value)
  switch (Object.getPrototypeOf(value)) {
    case null:
      return writeFields(writer, BARE_OBJECT, value)
    case Map.prototype:
      return writeMap(writer, value as Map<unknown, unknown>)
    case Set.prototype:
      return writeSet(writer, value as Set<unknown>)
    case ArrayBuffer.prototype:
      writeByte(writer, BUFFER)
      return writeBytes(writer, new Uint8Array(value as ArrayBuffer))
    case Date.prototype:
      writeByte(writer, DATE)
      return writeDouble(writer, (value as Date).getTime())
    default:
      if (isBasic(value, 'Object')) return writeFields(writer, OBJECT, value)
      if (isError(value)) return writeError(writer, value)
      throw unencodable(writer, `an instance of ${className(value)}`)
  }
}

/** Whether an object's prototype is that of `Array` or `Object`, of this realm or another one. */
function isBasic(value: object, name: 'Array' | 'Object'): boolean {
  const prototype = Object.getPrototypeOf(value) as object | null
  if (prototype === globalThis[name].prototype) return true
  return (
    prototype !== null &&
    Object.hasOwn(prototype, 'isPrototypeOf') === (name === 'Object') &&
    Object.hasOwn(prototype, 'copyWithin') === (name === 'Array')
  )
}

function isError(value: object): value is Error {
  return value instanceof Error || Object.prototype.toString.call(value) === '[object Error]'
}

function writeArray(writer: Writer, array: readonly unknown[]): void {
  const { length } = array // a getter further down may change it
  writeTagged(writer, ARRAY, length)
  for (let i = 0; i < length; i++) {
    const value = array[i]
    if (value === undefined && !Object.hasOwn(array, i)) writeByte(writer, HOLE)
    else writeAt(writer, i, value)
  }
}

function writeFields(writer: Writer, tag: number, object: object): void {
  const keys = Object.keys(object)
  writeTagged(writer, tag, keys.length)
  for (const key of keys) {
    writeKey(writer, key)
    writeAt(writer, key, (object as Record<string, unknown>)[key])
  }
}

function writeMap(writer: Writer, map: ReadonlyMap<unknown, unknown>): void {
  const entries = [...map]
  writeTagged(writer, MAP, entries.length)
  for (const [index, [key, value]] of entries.entries()) {
    writeAt(writer, { list: 'keys', index }, key)
    writeAt(writer, { list: 'values', index }, value)
  }
}

function writeSet(writer: Writer, set: ReadonlySet<unknown>): void {
  const values = [...set]
  writeTagged(writer, SET, values.length)
  for (const [index, value] of values.entries()) writeAt(writer, { list: 'values', index }, value)
}

const typedArrayTag = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype),
  Symbol.toStringTag,
) as { get(): (typeof VIEWS)[number] | undefined }

function writeView(writer: Writer, view: ArrayBufferView): void {
  // The object's own kind: subclasses and other realms have other constructors.
  const name = typedArrayTag.get.call(view) ?? 'DataView'
  const kind = VIEWS.indexOf(name)
  if (kind < 0) throw unencodable(writer, `a ${name}`)
  writeTagged(writer, VIEW, kind)
  writeBytes(writer, new Uint8Array(view.buffer, view.byteOffset, view.byteLength))
}

// --- errors -----------------------------------------------------------------------------------------

const errorPrototypes = ERRORS.map(
  (name) => (builtIn(name) as ErrorConstructor | undefined)?.prototype,
)

function writeError(writer: Writer, error: Error): void {
  const kind = errorPrototypes.indexOf(Object.getPrototypeOf(error))
  writeTagged(writer, ERROR, Math.max(kind, 0))
  const message = textOf(error, 'message')
  writeValue(writer, message === '' && !Object.hasOwn(error, 'message') ? undefined : message)
  writeValue(writer, textOf(error, 'stack'))
  if (kind < 0 && !Object.hasOwn(error, 'name')) {
    // The prototype that knows the name stays behind.
    const name = textOf(error, 'name')
    if (name !== undefined && name !== 'Error') writeErrorField(writer, 'name', false, name)
  }
  for (const key of Object.getOwnPropertyNames(error)) {
    if (key === 'message' || key === 'stack') continue
    const field = Object.getOwnPropertyDescriptor(error, key)
    if (field === undefined || !('value' in field)) continue
    writeErrorField(writer, key, field.enumerable === true, field.value)
  }
  writeByte(writer, 0)
}

/** A field that cannot be encoded is left out: the error itself matters more to whoever waits for it. */
function writeErrorField(writer: Writer, key: string, enumerable: boolean, value: unknown): void {
  const { length } = writer
  const depth = writer.path.length
  const objects = writer.objects.size
  const keys = writer.keys.size
  try {
    writeByte(writer, enumerable ? 2 : 1)
    writeKey(writer, key)
    writeAt(writer, key, value)
  } catch {
    writer.length = length
    writer.path.length = depth
    forgetFrom(writer.objects, objects)
    forgetFrom(writer.keys, keys)
  }
}

/** Takes numbers back that were given out from `first` on. */
function forgetFrom(numbers: Map<unknown, number>, first: number): void {
  for (const [what, number] of numbers) if (number >= first) numbers.delete(what)
}

function textOf(error: Error, key: 'message' | 'name' | 'stack'): string | undefined {
  try {
    const text: unknown = error[key]
    return typeof text === 'string' ? text : undefined
  } catch {
    return undefined // a getter of its class
  }
}

// --- text and numbers -------------------------------------------------------------------------------

const utf8 = new TextEncoder()
const LONE_SURROGATE = /\p{Surrogate}/u
const SHORT = 32
const LONG = 64 * 1024 // too long for room of three times its length

function writeString(writer: Writer, text: string): void {
  // A short string takes at most 3 * SHORT < 128 bytes, so its count takes one; others get a count of five.
  const short = text.length <= SHORT
  const start = writer.length + (short ? 2 : 6)
  reserve(writer, 6 + Math.min(text.length, LONG) * 3)
  let written = short ? asciiAt(writer, start, text) : -1
  if (written < 0) {
    if (LONE_SURROGATE.test(text)) return writeUtf16(writer, text)
    if (text.length > LONG) return writeLongString(writer, text)
    written = utf8.encodeInto(text, writer.bytes.subarray(start)).written
  }
  writer.bytes[writer.length++] = UTF8
  if (short) writer.bytes[writer.length++] = written
  else writePaddedCount(writer, written)
  writer.length += written
}

function writeLongString(writer: Writer, text: string): void {
  writeByte(writer, UTF8)
  writeBytes(writer, utf8.encode(text))
}

/** Writes text of ASCII characters and returns its length; -1 if it has others. */
function asciiAt(writer: Writer, start: number, text: string): number {
  const { bytes } = writer
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit > 0x7f) return -1
    bytes[start + i] = unit
  }
  return text.length
}

function writeUtf16(writer: Writer, text: string): void {
  writeTagged(writer, UTF16, text.length * 2)
  reserve(writer, text.length * 2)
  for (let i = 0; i < text.length; i++) {
    writer.view.setUint16(writer.length, text.charCodeAt(i), true)
    writer.length += 2
  }
}

function writeKey(writer: Writer, key: string): void {
  const known = writer.keys.get(key)
  if (known !== undefined) return writeCount(writer, known * 2)
  reserve(writer, 1 + LONGEST_NUMBERED_KEY)
  const start = writer.length + 1
  const written = key.length <= LONGEST_NUMBERED_KEY ? keyAt(writer, start, key) : 0
  writer.bytes[writer.length++] = written * 2 + 1
  writer.length += written
  if (written === 0) writeString(writer, key)
  else writer.keys.set(key, writer.keys.size)
}

/** Writes a key's bytes and returns their number; 0 if it is too long or not well formed. */
function keyAt(writer: Writer, start: number, key: string): number {
  const ascii = asciiAt(writer, start, key)
  if (ascii >= 0) return ascii
  if (LONE_SURROGATE.test(key)) return 0
  const room = writer.bytes.subarray(start, start + LONGEST_NUMBERED_KEY)
  const { read, written } = utf8.encodeInto(key, room)
  return read === key.length ? written : 0
}

function writeNumber(writer: Writer, value: number): void {
  if ((value | 0) === value && !Object.is(value, -0)) {
    return writeTagged(writer, INTEGER, ((value << 1) ^ (value >> 31)) >>> 0)
  }
  writeByte(writer, DOUBLE)
  writeDouble(writer, value)
}

function writeBigInt(writer: Writer, value: bigint): void {
  const negative = value < 0n
  const hex = (negative ? -value : value).toString(16)
  const bytes = (hex.length + 1) >> 1
  writeTagged(writer, negative ? NEGATIVE_BIGINT : BIGINT, bytes)
  reserve(writer, bytes)
  for (let end = hex.length; end > 0; end -= 2) {
    writer.bytes[writer.length++] = Number.parseInt(hex.slice(Math.max(0, end - 2), end), 16)
  }
}

function writeDouble(writer: Writer, value: number): void {
  reserve(writer, 8)
  writer.view.setFloat64(writer.length, value, true)
  writer.length += 8
}

// --- bytes ------------------------------------------------------------------------------------------

function writeBytes(writer: Writer, bytes: Uint8Array): void {
  writeCount(writer, bytes.length)
  reserve(writer, bytes.length)
  writer.bytes.set(bytes, writer.length)
  writer.length += bytes.length
}

function writeByte(writer: Writer, byte: number): void {
  reserve(writer, 1)
  writer.bytes[writer.length++] = byte
}

function writeTagged(writer: Writer, tag: number, count: number): void {
  writeByte(writer, tag)
  writeCount(writer, count)
}

function writeCount(writer: Writer, count: number): void {
  if (count >= 2 ** 32) throw new RangeError(`${count} elements are too many to cross threads`)
  reserve(writer, 5)
  let rest = count
  while (rest > 0x7f) {
    writer.bytes[writer.length++] = (rest & 0x7f) | 0x80
    rest >>>= 7
  }
  writer.bytes[writer.length++] = rest
}

/** A count in five bytes, for text that is written before its length is known. */
function writePaddedCount(writer: Writer, count: number): void {
  for (let shift = 0; shift < 28; shift += 7) {
    writer.bytes[writer.length++] = ((count >>> shift) & 0x7f) | 0x80
  }
  writer.bytes[writer.length++] = count >>> 28
}

function reserve(writer: Writer, bytes: number): void {
  const needed = writer.length + bytes
  if (needed <= writer.bytes.length) return
  const larger = new Uint8Array(Math.max(needed, writer.bytes.length * 2))
  larger.set(writer.bytes.subarray(0, writer.length))
  writer.bytes = larger
  writer.view = new DataView(larger.buffer)
}

// --- what cannot be encoded -------------------------------------------------------------------------

function unencodable(writer: Writer, what: string): TypeError {
  return new TypeError(
    `${pathText(writer.path)} is ${what}, which cannot cross threads; ` +
      'send plain objects, arrays, typed arrays, Map, Set, Date, errors and primitive values',
  )
}

function pathText(path: readonly Step[]): string {
  const steps = path.map((step) => {
    if (typeof step === 'number') return `[${step}]`
    if (typeof step === 'object') return `.${step.list}()[${step.index}]`
    return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(step)
      ? `.${step}`
      : `[${JSON.stringify(step)}]`
  })
  return `$${steps.join('')}`
}

function className(value: object): string {
  const constructor = (value as { constructor?: unknown }).constructor
  const name = typeof constructor === 'function' ? constructor.name : ''
  return name || Object.prototype.toString.call(value).slice('[object '.length, -1)
}
