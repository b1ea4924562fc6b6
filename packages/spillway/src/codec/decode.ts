/** Bytes to values; `format.ts` has the format. Bytes that `encode` did not write throw; they never loop or allocate much. */
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
 * Decodes what `encode` wrote. The result shares no memory with `bytes`, which may be a view on shared memory.
 *
 * Throws `RangeError` if the bytes are damaged or of another version of the library.
 */
export function decode(bytes: Uint8Array): unknown {
  // Shared bytes could change meanwhile, and browsers refuse to decode text from them.
  const reader = new Reader(bytes.buffer instanceof ArrayBuffer ? bytes : bytes.slice())
  const version = readByte(reader)
  if (version !== VERSION) throw damaged(reader, `version ${version} instead of ${VERSION}`)
  const value = readValue(reader)
  if (reader.at !== reader.bytes.length) throw damaged(reader, 'bytes after the end')
  return value
}

class Reader {
  readonly bytes: Uint8Array
  readonly view: DataView
  at = 0
  depth = 0
  readonly objects: object[] = []
  readonly keys: string[] = []

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }
}

function readValue(reader: Reader): unknown {
  const tag = readByte(reader)
  switch (tag) {
    case UNDEFINED:
      return undefined
    case NULL:
      return null
    case TRUE:
      return true
    case FALSE:
      return false
    case INTEGER: {
      const zigzag = readCount(reader)
      return (zigzag >>> 1) ^ -(zigzag & 1)
    }
    case DOUBLE:
      return readDouble(reader)
    case BIGINT:
      return readBigInt(reader)
    case NEGATIVE_BIGINT:
      return -readBigInt(reader)
    case UTF8:
      return readUtf8(reader, readSize(reader))
    case UTF16:
      return readUtf16(reader)
    case REFERENCE:
      return readReference(reader)
    default:
      return readObject(reader, tag)
  }
}

// --- objects ----------------------------------------------------------------------------------------

function readReference(reader: Reader): object {
  const object = reader.objects[readCount(reader)]
  if (object === undefined) throw damaged(reader, 'a reference to nothing')
  return object
}

function readObject(reader: Reader, tag: number): object {
  if (++reader.depth > DEEPEST + 1) throw damaged(reader, `nesting of more than ${DEEPEST}`)
  const object = readOpened(reader, tag)
  reader.depth--
  return object
}

/** Objects are numbered before their content is read, as they were when written. */
function readOpened(reader: Reader, tag: number): object {
  switch (tag) {
    case ARRAY:
      return readArray(reader)
    case OBJECT:
      return readFields(reader, opened(reader, {}))
    case BARE_OBJECT:
      return readFields(reader, opened(reader, Object.create(null) as Fields))
    case MAP:
      return readMap(reader)
    case SET:
      return readSet(reader)
    case DATE:
      return opened(reader, new Date(readDouble(reader)))
    case BUFFER:
      return opened(reader, readBytes(reader))
    case VIEW:
      return opened(reader, readView(reader))
    case ERROR:
      return readError(reader)
    default:
      throw damaged(reader, `the unknown tag ${tag}`)
  }
}

function opened<T extends object>(reader: Reader, object: T): T {
  reader.objects.push(object)
  return object
}

function readArray(reader: Reader): unknown[] {
  const length = readSize(reader)
  const array: unknown[] = opened(reader, [])
  for (let i = 0; i < length; i++) {
    if (reader.bytes[reader.at] === HOLE) reader.at++
    else array[i] = readValue(reader)
  }
  array.length = length // holes at the end
  return array
}

type Fields = Record<string, unknown>

function readFields(reader: Reader, object: Fields): Fields {
  for (let count = readSize(reader); count > 0; count--) {
    const key = readKey(reader)
    const value = readValue(reader)
    if (key === '__proto__') define(object, key, true, value)
    else object[key] = value
  }
  return object
}

function readMap(reader: Reader): Map<unknown, unknown> {
  const map = opened(reader, new Map<unknown, unknown>())
  for (let count = readSize(reader); count > 0; count--) {
    const key = readValue(reader)
    map.set(key, readValue(reader))
  }
  return map
}

function readSet(reader: Reader): Set<unknown> {
  const set = opened(reader, new Set<unknown>())
  for (let count = readSize(reader); count > 0; count--) set.add(readValue(reader))
  return set
}

type ViewConstructor = new (buffer: ArrayBuffer) => ArrayBufferView

function readView(reader: Reader): ArrayBufferView {
  const name = VIEWS[readCount(reader)]
  const constructor = name && (builtIn(name) as ViewConstructor | undefined)
  if (!constructor)
    throw damaged(reader, `${name ?? 'a kind of view'} that this runtime does not have`)
  return new constructor(readBytes(reader)) // throws RangeError itself if the size is no multiple
}

// --- errors -----------------------------------------------------------------------------------------

function readError(reader: Reader): Error {
  const name = ERRORS[readCount(reader)]
  if (name === undefined) throw damaged(reader, 'an unknown error class')
  const constructor = builtIn(name) as ErrorConstructor | undefined
  // Only the prototype is that of the class: every field comes from the other thread.
  const error = opened(reader, Reflect.construct(Error, [], constructor ?? Error))
  const message = readValue(reader)
  if (message !== undefined) define(error, 'message', false, message)
  setStack(error, readValue(reader))
  if (constructor === undefined) define(error, 'name', false, name.replace(/^.*\./, ''))
  for (let flag = readByte(reader); flag !== 0; flag = readByte(reader)) {
    const key = readKey(reader)
    define(error, key, flag === 2, readValue(reader))
  }
  return error
}

/** Assigned rather than defined: V8 would first format the stack of this thread, which takes some 20 us. */
function setStack(error: Error, stack: unknown): void {
  error.stack = stack as string
  if (Object.getOwnPropertyDescriptor(error, 'stack')?.enumerable !== false) {
    define(error, 'stack', false, stack) // engines where the assignment makes an ordinary field
  }
}

function define(object: object, key: string, enumerable: boolean, value: unknown): void {
  Object.defineProperty(object, key, { value, enumerable, writable: true, configurable: true })
}

// --- text and numbers -------------------------------------------------------------------------------

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const SHORT = 32

function readUtf8(reader: Reader, length: number): string {
  const start = reader.at
  const end = start + length
  reader.at = end
  const short = length <= SHORT ? asciiOf(reader.bytes, start, end) : undefined
  return short ?? utf8.decode(reader.bytes.subarray(start, end)) // throws TypeError itself if malformed
}

/** Text of ASCII bytes; undefined if there are others. For short text this is faster than the decoder. */
function asciiOf(bytes: Uint8Array, start: number, end: number): string | undefined {
  let text = ''
  for (let i = start; i < end; i++) {
    const byte = bytes[i]
    if (byte > 0x7f) return undefined
    text += String.fromCharCode(byte)
  }
  return text
}

function readUtf16(reader: Reader): string {
  const units = new Uint16Array(readSize(reader) >>> 1)
  for (let i = 0; i < units.length; i++, reader.at += 2)
    units[i] = reader.view.getUint16(reader.at, true)
  let text = ''
  // Arguments are limited to some tens of thousands.
  for (let i = 0; i < units.length; i += 8192)
    text += String.fromCharCode(...units.subarray(i, i + 8192))
  return text
}

function readKey(reader: Reader): string {
  const count = readCount(reader)
  if (count === 1) {
    const key = readValue(reader)
    if (typeof key !== 'string') throw damaged(reader, 'a key that is no string')
    return key
  }
  if (count % 2 === 0) {
    const key = reader.keys[count / 2]
    if (key === undefined) throw damaged(reader, 'an unknown key')
    return key
  }
  const key = readUtf8(reader, checkedSize(reader, (count - 1) / 2))
  reader.keys.push(key)
  return key
}

function readBigInt(reader: Reader): bigint {
  let hex = ''
  const length = readSize(reader)
  for (let i = reader.at + length - 1; i >= reader.at; i--) {
    hex += reader.bytes[i].toString(16).padStart(2, '0')
  }
  reader.at += length
  return BigInt(`0x${hex || '0'}`)
}

function readDouble(reader: Reader): number {
  const at = reader.at
  reader.at += checkedSize(reader, 8)
  return reader.view.getFloat64(at, true)
}

// --- bytes ------------------------------------------------------------------------------------------

function readBytes(reader: Reader): ArrayBuffer {
  const length = readSize(reader)
  const start = reader.at
  reader.at += length
  return reader.bytes.slice(start, start + length).buffer
}

function readByte(reader: Reader): number {
  const byte = reader.bytes[reader.at]
  if (byte === undefined) throw damaged(reader, 'an early end')
  reader.at++
  return byte
}

function readCount(reader: Reader): number {
  let count = 0
  for (let scale = 1; scale <= 2 ** 28; scale *= 128) {
    const byte = readByte(reader)
    count += (byte & 0x7f) * scale
    if (byte < 0x80) return count
  }
  throw damaged(reader, 'an endless count')
}

/** A count of things that take a byte each, at least. */
function readSize(reader: Reader): number {
  return checkedSize(reader, readCount(reader))
}

function checkedSize(reader: Reader, size: number): number {
  if (size > reader.bytes.length - reader.at) throw damaged(reader, 'an early end')
  return size
}

function damaged(reader: Reader, what: string): RangeError {
  return new RangeError(
    `not an encoded value: ${what} at byte ${reader.at} of ${reader.bytes.length}`,
  )
}
