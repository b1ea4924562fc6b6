/**
 * Shared buffers by number: 0 is the heap, others are foreign `SharedArrayBuffer`s, registered when they are first an argument and
 * posted to every worker then. A worker that meets a number it does not know yet fetches it through its event loop.
 */
import { typeError } from '../errors.ts'
import type { HeapViews } from '../heap/views.ts'

/** Numbers of buffers, as one thread knows them. */
export interface BufferIds {
  /** Throws TypeError for a buffer that this thread cannot pass on. */
  idOf(buffer: SharedArrayBuffer): number
}

export class BufferTable implements BufferIds {
  readonly #ids = new WeakMap<SharedArrayBuffer, number>()
  readonly #heap: HeapViews
  readonly #announce: (id: number, buffer: SharedArrayBuffer) => void
  readonly foreign: SharedArrayBuffer[] = []

  constructor(heap: HeapViews, announce: (id: number, buffer: SharedArrayBuffer) => void) {
    this.#heap = heap
    this.#announce = announce
  }

  idOf(buffer: SharedArrayBuffer): number {
    const known = this.#ids.get(buffer)
    if (known !== undefined) return known
    // One of the objects that the growing memory has had; views on any of them stay valid.
    if (this.#heap.isHeap(buffer)) {
      this.#ids.set(buffer, 0)
      return 0
    }
    const id = this.foreign.length + 1
    this.foreign.push(buffer)
    this.#ids.set(buffer, id)
    this.#announce(id, buffer)
    return id
  }
}

/** The buffers that have arrived in another thread than the starter's. */
export class ArrivedBuffers implements BufferIds {
  readonly byId = new Map<number, SharedArrayBuffer>()
  readonly #ids = new WeakMap<SharedArrayBuffer, number>()
  readonly #views: HeapViews

  constructor(views: HeapViews) {
    this.#views = views
  }

  arrived(id: number, buffer: SharedArrayBuffer): void {
    this.byId.set(id, buffer)
    this.#ids.set(buffer, id)
  }

  idOf(buffer: SharedArrayBuffer): number {
    const known = this.#ids.get(buffer)
    if (known !== undefined) return known
    // Views on the heap may hold a buffer object from before it grew; whoever got one from us got it from this memory.
    if (this.#views.isHeap(buffer)) {
      this.#ids.set(buffer, 0)
      return 0
    }
    throw typeError(
      'ERR_NOT_SHARED',
      'a SharedArrayBuffer that a worker made cannot be passed on: only the thread that started the system can introduce one; use ctx.scratch',
    )
  }
}
