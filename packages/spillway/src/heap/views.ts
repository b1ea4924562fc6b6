/** A `WebAssembly.Memory`, by what we use of it: the types of some runtimes lack the name. */
export interface WasmMemory {
  readonly buffer: ArrayBufferLike
  grow(pages: number): number
}

/** Marks the buffer of a heap that one thread has to itself, because nothing can be shared. */
export const LOCAL_HEAP = Symbol.for('spillway.heap')

export function isShared(buffer: ArrayBufferLike): boolean {
  return typeof SharedArrayBuffer !== 'undefined' && buffer instanceof SharedArrayBuffer
}

/** Typed views on a shared Wasm memory that may have grown since they were made. One instance per thread. */
export class HeapViews {
  readonly memory: WasmMemory
  /** Buffer objects that this thread has seen of the memory: growing makes a new one, the old ones stay valid. */
  readonly #buffers = new WeakSet<ArrayBufferLike>()
  words: Int32Array
  doubles: Float64Array
  bytes: Uint8Array

  constructor(memory: WasmMemory) {
    this.memory = memory
    const { buffer } = memory
    this.words = new Int32Array(buffer)
    this.doubles = new Float64Array(buffer)
    this.bytes = new Uint8Array(buffer)
    this.#buffers.add(buffer)
  }

  /** True if the buffer is this memory, as it is or was. */
  isHeap(buffer: ArrayBufferLike): boolean {
    return this.#buffers.has(buffer) || buffer === this.memory.buffer
  }

  /** Makes the views reach `endByte`. Any thread. */
  cover(endByte: number): void {
    if (endByte <= this.bytes.byteLength) return
    // Growing by nothing makes this thread's `buffer` catch up with what other threads grew.
    if (this.memory.buffer.byteLength < endByte) this.memory.grow(0)
    // Read once: whenever another thread grows the memory, the engine may give this one a larger object between two statements.
    const { buffer } = this.memory
    this.words = new Int32Array(buffer)
    this.doubles = new Float64Array(buffer)
    this.bytes = new Uint8Array(buffer)
    this.#buffers.add(buffer)
  }
}
