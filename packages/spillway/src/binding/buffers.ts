/**
 * Shared buffers by number: 0 is the heap, others are foreign `SharedArrayBuffer`s, registered when they are first an argument and
 * posted to every worker then. A worker that meets a number it does not know yet fetches it through its event loop.
 */
import type { WasmMemory } from '../heap/views.ts'

export class BufferTable {
  readonly #ids = new WeakMap<SharedArrayBuffer, number>()
  readonly #heap: WasmMemory
  readonly #announce: (id: number, buffer: SharedArrayBuffer) => void
  readonly foreign: SharedArrayBuffer[] = []

  constructor(heap: WasmMemory, announce: (id: number, buffer: SharedArrayBuffer) => void) {
    this.#heap = heap
    this.#announce = announce
    this.noteHeapBuffer()
  }

  /** A grown memory shows itself through a new buffer object; views on the old ones stay valid and stay ours. */
  noteHeapBuffer(): void {
    this.#ids.set(this.#heap.buffer as unknown as SharedArrayBuffer, 0)
  }

  idOf(buffer: SharedArrayBuffer): number {
    const known = this.#ids.get(buffer)
    if (known !== undefined) return known
    const id = this.foreign.length + 1
    this.foreign.push(buffer)
    this.#ids.set(buffer, id)
    this.#announce(id, buffer)
    return id
  }
}
