/** A worker's side of arguments: rebuild the record from a loop descriptor, reusing what the last loop in the slot built. */
import {
  A_ELEMENT,
  A_LENGTH,
  A_TAG,
  A_VALUE,
  ARGUMENT_WORDS,
  TAG_BIGINT,
  TAG_BOOLEAN,
  TAG_COUNTER,
  TAG_NUMBER,
} from '../layout/layout.ts'
import type { HeapViews } from '../heap/views.ts'
import type { Counter } from '../jobs/counter.ts'
import { ELEMENTS } from './elements.ts'
import type { Shape, ShapeNode } from './shape.ts'

/** Thrown when a view lies on a foreign buffer that has not arrived in this thread yet. */
export class MissingBuffer extends Error {
  readonly id: number

  constructor(id: number) {
    super(`buffer ${id} has not arrived`)
    this.id = id
  }
}

type MutableRecord = Record<string, unknown>

interface CachedView {
  element: number
  offset: number
  length: number
  view: unknown
}

/** Builds the argument record of one loop slot. Equal arguments cost no allocation; the record object is used again. */
export class ArgumentReader {
  readonly #views: HeapViews
  readonly #foreign: ReadonlyMap<number, SharedArrayBuffer>
  readonly #counterAt: (word: number) => Counter
  #shape: Shape | null = null
  #record: MutableRecord = {}
  readonly #cache: (CachedView | undefined)[] = []

  /** `counterAt` makes this thread's object for a counter. */
  constructor(
    views: HeapViews,
    foreign: ReadonlyMap<number, SharedArrayBuffer>,
    counterAt: (word: number) => Counter,
  ) {
    this.#views = views
    this.#foreign = foreign
    this.#counterAt = counterAt
  }

  /** The record at word `at`. Valid until the next loop in this slot; kernels must not keep it. */
  read(shape: Shape, at: number): MutableRecord {
    if (this.#shape !== shape) {
      this.#shape = null
      this.#cache.length = 0
      // Built by the first assignment of each key, so that V8 gives number fields a representation it can update in place.
      this.#record = {}
    }
    this.#fill(shape.nodes, this.#record, at)
    this.#shape = shape
    return this.#record
  }

  /** A record of its own at word `at`, for a kernel that may keep it. One reader serves one shape this way. */
  readNew(shape: Shape, at: number): MutableRecord {
    const record = {}
    this.#fill(shape.nodes, record, at)
    return record
  }

  #fill(nodes: readonly ShapeNode[], record: MutableRecord, base: number): void {
    for (let index = 0; index < nodes.length; index++) {
      const node = nodes[index]
      if (node.children !== null) {
        const child = (record[node.key] ??= {}) as MutableRecord
        this.#fill(node.children, child, base)
        continue
      }
      const at = base + node.leaf * ARGUMENT_WORDS
      // Taken anew each time: a view that lies beyond the known end replaces them.
      const { words, doubles } = this.#views
      const tag = words[at + A_TAG]
      const value = doubles[(at + A_VALUE) / 2]
      if (tag === TAG_NUMBER) record[node.key] = asCompact(value)
      else if (tag === TAG_BOOLEAN) record[node.key] = value !== 0
      else if (tag === TAG_COUNTER) record[node.key] = this.#counterAt(value)
      else if (tag === TAG_BIGINT) record[node.key] = readBits(words, at + A_VALUE)
      else
        record[node.key] = this.#view(
          node.leaf,
          words[at + A_ELEMENT],
          value,
          doubles[(at + A_LENGTH) / 2],
        )
    }
  }

  #view(leaf: number, element: number, offset: number, length: number): unknown {
    const cached = this.#cache[leaf]
    if (
      cached !== undefined &&
      cached.element === element &&
      cached.offset === offset &&
      cached.length === length
    ) {
      return cached.view
    }
    const constructor = ELEMENTS[element & 0xff]
    const view = new constructor(
      this.#buffer(element >>> 8, offset + length * constructor.BYTES_PER_ELEMENT),
      offset,
      length,
    )
    this.#cache[leaf] = { element, offset, length, view }
    return view
  }

  #buffer(id: number, endByte: number): ArrayBufferLike {
    if (id === 0) {
      this.#views.cover(endByte)
      return this.#views.bytes.buffer
    }
    const buffer = this.#foreign.get(id)
    if (buffer === undefined) throw new MissingBuffer(id)
    return buffer
  }
}

function readBits(words: Int32Array, at: number): bigint {
  return (BigInt(words[at + 1]) << 32n) | BigInt(words[at] >>> 0)
}

/**
 * The same number, held as an integer where it is one of 32 bits. A number that comes out of a Float64Array is a double to V8 even if
 * it is 3, and everything a kernel derives from it then is too. Minus zero stays.
 */
export function asCompact(value: number): number {
  return (value | 0) === value && !Object.is(value, -0) ? value | 0 : value
}
