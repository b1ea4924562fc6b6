/** The scratch arena of a thread: jobs bump through segments, which go back as a whole when the job ends. */
import { isTypedArrayConstructor } from '../binding/elements.ts'
import type { TypedArray } from '../binding/elements.ts'
import { rangeError, show, typeError } from '../errors.ts'
import type { ThreadMemory } from '../heap/thread-memory.ts'
import { LINE_BYTES } from '../layout/layout.ts'

const SEGMENT_BYTES = 16384

export interface Segment {
  readonly offset: number
  readonly end: number
  cursor: number
}

/** Segments held, and how far the last of them was filled. */
export interface ScratchMark {
  /** How many things the job held before. */
  readonly place: number
  readonly kept: number
  readonly cursor: number
}

interface ArrayType<T> {
  readonly BYTES_PER_ELEMENT: number
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): T
}

/** Before anything was taken. */
export const NOTHING_TAKEN: ScratchMark = { place: 0, kept: 0, cursor: 0 }

export class ScratchArena {
  readonly #memory: ThreadMemory
  /** Bytes of all segments that jobs hold now. */
  heldBytes = 0

  constructor(memory: ThreadMemory) {
    this.#memory = memory
  }

  /** A zeroed array on a cache line of its own, from the segments that a job holds. */
  take<T extends TypedArray>(segments: Segment[], type: ArrayType<T>, length: number): T {
    if (!isTypedArrayConstructor(type)) {
      throw typeError('ERR_ARGUMENT', `type must be a typed array class; got ${show(type)}`)
    }
    if (!Number.isSafeInteger(length) || length < 0) {
      throw rangeError('ERR_RANGE', `length must be an integer of at least 0; got ${show(length)}`)
    }
    const bytes = Math.ceil((length * type.BYTES_PER_ELEMENT) / LINE_BYTES) * LINE_BYTES
    let segment = segments.at(-1)
    if (segment === undefined || segment.end - segment.cursor < bytes) {
      const size = Math.max(SEGMENT_BYTES, bytes)
      const offset = this.#memory.allocate(size)
      segment = { offset, end: offset + size, cursor: offset }
      this.heldBytes += size
      segments.push(segment)
    }
    const { views } = this.#memory
    views.cover(segment.end)
    const array = new type(views.bytes.buffer, segment.cursor, length)
    ;(array as Uint8Array).fill(0 as never)
    segment.cursor += bytes
    return array
  }

  mark(segments: readonly Segment[], place: number): ScratchMark {
    return { place, kept: segments.length, cursor: segments.at(-1)?.cursor ?? 0 }
  }

  /** Gives back what was taken since the mark. */
  rewind(segments: Segment[], { kept, cursor }: ScratchMark): void {
    while (segments.length > kept) {
      const { offset, end } = segments.pop()!
      this.heldBytes -= end - offset
      this.#memory.release(offset)
    }
    if (kept > 0) segments[kept - 1].cursor = cursor
  }
}
