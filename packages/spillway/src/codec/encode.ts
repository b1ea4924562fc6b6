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

const KEPT_BYTES = 64 * 1024
const LONGEST_ASCII_LOOP = 32
const LONE_SURROGATE = /\p{Surrogate}/u

const utf8 = new TextEncoder()
const errorClasses = ERRORS.map((name) => (builtIn(name) as ErrorConstructor | undefined)?.prototype)

/** A way down from the value: a name as it follows the value in source text. */
type Step = string | number

class Writer {
  bytes: Uint8Array
  view: DataView
  length = 0
  readonly path: Step[] = []
  /** Objects begun so far -> their numbers, in that order. */
  readonly objects = new Map<object, number>()
  readonly keys = new Map<string, number>()

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
    this.view = new DataView(bytes.buffer)
  }
}

/** Spare room from the last call, so that small values do not allocate it again. */
let spare: Uint8Array | undefined

/**
 * Encodes a value for another thread: undefined, null, booleans, numbers, bigints, strings, arrays, plain objects, typed arrays,
 * DataView, ArrayBuffer, Map, Set, Date and errors, nested at most 1000 deep, with shared and circular references kept.
 *
 * Copies what a structured clone would: own enumerable fields with string names; the values of getters; the part of the buffer
 * that a view shows. Named fields of arrays and other built-in objects are left out. Built-in error classes keep their class, other
 * errors (DOMException too) become `Error` with their name; both keep message, stack and own data fields, except for fields that
 * cannot be encoded. Subclasses of typed arrays, such as Buffer, become the typed array.
 *
 * Throws `TypeError` for anything else (functions, symbols, promises, class instances, shared buffers, …) and names its path, and
 * `RangeError` for deeper nesting. The result is the caller's own.
 */
export function encode(value: unknown): Uint8Array<ArrayBuffer> {
  const writer = new Writer(spare ?? new Uint8Array(1024))
  spare = undefined // a getter of the value may encode something itself
  writer.bytes[writer.length++] = VERSION
  writeValue(writer, value)
  const result = writer.bytes.slice(0, writer.length) as Uint8Array<ArrayBuffer>
  if (writer.bytes.length <= KEPT_BYTES) spare = writer.bytes
  return result
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

function writeReferenced(writer: Writer, value: object): void {
  const { objects, path } = writer
  const known = objects.get(value)
  if (known !== undefined) {
    writeByte(writer, REFERENCE)
    return writeCount(writer, known)
  }
  if (path.length >= DEEPEST) {
    throw new RangeError(`the value is nested more than ${DEEPEST} deep and cannot cross threads`)
  }
  objects.set(value, objects.size)
  writeObject(writer, value)
}

function writeObject(writer: Writer, value: object): void {
  if (Array.isArray(value)) {
    if (isSubclass(value)) throw unencodable(writer, instanceName(value))
    return writeArray(writer, value)
  }
  if (ArrayBuffer.isView(value)) return writeView(writer, value)
  if (isError(value)) return writeError(writer, value)
  const prototype = Object.getPrototypeOf(value) as object | null
  switch (prototype) {
    case Map.prototype:
      return writeMap(writer, value as Map<unknown, unknown>)
    case Set.prototype:
      return writeSet(writer, value as Set<unknown>)
    case Date.prototype:
      writeByte(writer, DATE)
      return writeDouble(writer, (value as Date).getTime())
    case ArrayBuffer.prototype:
      writeByte(writer, BUFFER)
      return writeBytes(writer, new Uint8Array(value as ArrayBuffer))
    case null:
      return writeFields(writer, BARE_OBJECT, value as Record<string, unknown>)
    default:
      if (!isPlain(value, prototype as object)) throw unencodable(writer, instanceName(value))
      return writeFields(writer, OBJECT, value as Record<string, unknown>)
  }
}

// --- objects ----------------------------------------------------------------------------------------

function writeArray(writer: Writer, array: readonly unknown[]): void {
  writeByte(writer, ARRAY)
  writeCount(writer, array.length)
  for (let i = 0; i < array.length; i++) {
    const value = array[i]
    if (value === undefined && !Object.hasOwn(array, i)) writeByte(writer, HOLE)
    else writeAt(writer, i, value)
  }
}

function writeFields(writer: Writer, tag: number, object: Record<string, unknown>): void {
  const keys = Object.keys(object)
  writeByte(writer, tag)
  writeCount(writer, keys.length)
  for (const key of keys) {
    writeKey(writer, key)
    writeAt(writer, key, object[key])
  }
}

function writeMap(writer: Writer, map: ReadonlyMap<unknown, unknown>): void {
  const entries = [...map]
  writeByte(writer, MAP)
  writeCount(writer, entries.length)
  for (const [index, [key, value]] of entries.entries()) {
    writeAt(writer, `\0keys()[${index}]`, key)
    writeAt(writer, `\0values()[${index}]`, value)
  }
}

function writeSet(writer: Writer, set: ReadonlySet<unknown>): void {
  const values = [...set]
  writeByte(writer, SET)
  writeCount(writer, values.length)
  for (const [index, value] of values.entries()) writeAt(writer, `\0values()[${index}]`, value)
}

function writeAt(writer: Writer, step: Step, value: unknown): void {
  writer.path.push(step)
  writeValue(writer, value)
  writer.path.pop()
}

function writeView(writer: Writer, view: ArrayBufferView): void {
  // The name comes from the object's own kind: subclasses and other realms have other constructors.
  const name = (Object.getPrototypeOf(Uint8Array.prototype) as object & { [Symbol.toStringTag]: unknown })[
    Symbol.toStringTag
  ]
  void name
  const kind = VIEWS.indexOf(viewName(view))
  if (kind < 0) throw unencodable(writer, instanceName(view))
  writeByte(writer, VIEW)
  writeByte(writer, kind)
  writeBytes(writer, new Uint8Array(view.buffer, view.byteOffset, view.byteLength))
}

const typedArrayName = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype),
  Symbol.toStringTag,
)!.get!

/** By the object's own kind: subclasses and other realms have other constructors. */
function viewName(view: ArrayBufferView): (typeof VIEWS)[number] {
  return (typedArrayName.call(view) ?? 'DataView') as (typeof VIEWS)[number]
}

function writeError(writer: Writer, error: Error): void {
  const found = errorClasses.indexOf(Object.getPrototypeOf(error))
  const names = Object.getOwnPropertyNames(error)
  writeByte(writer, ERROR)
  writeByte(writer, Math.max(found, 0))
  const { message } = error
  const hasMessage = typeof message === 'string' && (message !== '' || names.includes('message'))
  writeValue(writer, hasMessage ? message : undefined)
  writeValue(writer, stackOf(error))
  const fields: [key: string, enumerable: boolean, value: unknown][] = []
  // The name of another class comes from its prototype, which stays behind.
  if (found < 0 && !names.includes('name') && error.name !== 'Error') {
    fields.push(['name', false, String(error.name)])
  }
  for (const name of names) {
    const field = Object.getOwnPropertyDescriptor(error, name)
    if (name === 'message' || name === 'stack' || field === undefined || !('value' in field)) continue
    fields.push([name, field.enumerable === true, field.value])
  }
  writeErrorFields(writer, fields)
}

/** Fields that cannot be encoded are left out: better an error that lacks one than another error. */
function writeErrorFields(
  writer: Writer,
  fields: readonly (readonly [key: string, enumerable: boolean, value: unknown])[],
): void {
  // The count comes first, so it is written as a placeholder of one byte per field that remains.
  for (const [key, enumerable, value] of fields) {
    const before = mark(writer)
    try {
      writeByte(writer, enumerable ? 2 : 1)
      writeKey(writer, key)
      writeAt(writer, key, value)
    } catch (error) {
      if (!(error instanceof TypeError || error instanceof RangeError)) throw error
      rewind(writer, before)
    }
  }
  writeByte(writer, 0)
}
