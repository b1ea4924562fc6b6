/** Typed arrays on the shared heap: what a `JobSystem` offers for data. */
import { elementOf } from '../binding/elements.ts'
import type { TypedArray } from '../binding/elements.ts'
import { closedError, show, typeError } from '../errors.ts'
import type { Counter } from '../jobs/counter.ts'
import { LINE_BYTES } from '../layout/layout.ts'
import { checkArray } from './heap.ts'
import type { SharedHeap } from './heap.ts'

type ArrayClass<T extends TypedArray> = {
  readonly BYTES_PER_ELEMENT: number
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): T
}

/** Cells that lie on cache lines of their own, so that threads writing different cells do not slow each other. */
export interface PaddedCells<T extends TypedArray> {
  /** All cells with the padding between them; cell i is `view[i * stride]`. */
  readonly view: T
  readonly length: number
  /** Elements from one cell to the next. */
  readonly stride: number
}

/** Allocates; both a system and its scopes are one. Only in the thread that started the system. */
export abstract class Allocating {
  /** A zeroed array of `length` elements on the shared heap, aligned to 128 bytes. Throws RangeError when the heap is full. */
  abstract alloc<T extends TypedArray>(type: ArrayClass<T>, length: number): T

  /** A counter in shared memory, `value` to begin with, that jobs change and wait for; an argument of any kernel. */
  abstract counter(value: number): Counter

  float64(length: number): Float64Array<SharedArrayBuffer> {
    return this.alloc(Float64Array as ArrayClass<Float64Array<SharedArrayBuffer>>, length)
  }
  float32(length: number): Float32Array<SharedArrayBuffer> {
    return this.alloc(Float32Array as ArrayClass<Float32Array<SharedArrayBuffer>>, length)
  }
  int32(length: number): Int32Array<SharedArrayBuffer> {
    return this.alloc(Int32Array as ArrayClass<Int32Array<SharedArrayBuffer>>, length)
  }
  uint32(length: number): Uint32Array<SharedArrayBuffer> {
    return this.alloc(Uint32Array as ArrayClass<Uint32Array<SharedArrayBuffer>>, length)
  }
  int16(length: number): Int16Array<SharedArrayBuffer> {
    return this.alloc(Int16Array as ArrayClass<Int16Array<SharedArrayBuffer>>, length)
  }
  uint16(length: number): Uint16Array<SharedArrayBuffer> {
    return this.alloc(Uint16Array as ArrayClass<Uint16Array<SharedArrayBuffer>>, length)
  }
  int8(length: number): Int8Array<SharedArrayBuffer> {
    return this.alloc(Int8Array as ArrayClass<Int8Array<SharedArrayBuffer>>, length)
  }
  uint8(length: number): Uint8Array<SharedArrayBuffer> {
    return this.alloc(Uint8Array as ArrayClass<Uint8Array<SharedArrayBuffer>>, length)
  }
  uint8Clamped(length: number): Uint8ClampedArray<SharedArrayBuffer> {
    return this.alloc(Uint8ClampedArray as ArrayClass<Uint8ClampedArray<SharedArrayBuffer>>, length)
  }
  bigInt64(length: number): BigInt64Array<SharedArrayBuffer> {
    return this.alloc(BigInt64Array as ArrayClass<BigInt64Array<SharedArrayBuffer>>, length)
  }
  bigUint64(length: number): BigUint64Array<SharedArrayBuffer> {
    return this.alloc(BigUint64Array as ArrayClass<BigUint64Array<SharedArrayBuffer>>, length)
  }

  /** `length` zeroed cells, one per cache line of 128 bytes. */
  paddedCells<T extends TypedArray>(type: ArrayClass<T>, length: number): PaddedCells<T> {
    const stride = LINE_BYTES / checkArray(type, length).BYTES_PER_ELEMENT
    return { view: this.alloc(type, length * stride), length, stride }
  }

  /** A copy of a typed array on the shared heap. */
  share<T extends TypedArray>(array: T): T {
    if (!ArrayBuffer.isView(array) || elementOf(array) < 0) {
      throw typeError(
        'ERR_ARGUMENT',
        `share: the argument must be a typed array; got ${show(array)}`,
      )
    }
    const copy = this.alloc(array.constructor as unknown as ArrayClass<T>, array.length)
    ;(copy as Uint8Array).set(array as Uint8Array)
    return copy
  }
}

export abstract class Memory extends Allocating {
  protected readonly heap: SharedHeap
  #ended = false

  constructor(heap: SharedHeap) {
    super()
    this.heap = heap
  }

  alloc<T extends TypedArray>(type: ArrayClass<T>, length: number): T {
    if (this.#ended) throw closedError('the JobSystem')
    return this.heap.array(type, length)
  }

  /**
   * Gives an array's memory back. Do not touch the array afterwards: its memory may be another array's by then, and JavaScript cannot
   * take the view away. Throws on an array that this heap did not hand out or that was freed before.
   */
  free(view: ArrayBufferView | PaddedCells<TypedArray>): void {
    const cells = view as Partial<PaddedCells<TypedArray>> | null | undefined
    this.heap.free(ArrayBuffer.isView(view) ? view : (cells?.view as TypedArray))
  }

  /** A scope whose arrays and counters are freed together, by `free()` or at the end of a `using` block. */
  scope(): MemoryScope {
    return new MemoryScope(this)
  }

  /** A copy of a shared view on memory of its own, for APIs that refuse shared memory (TextDecoder, Blob, crypto, …). */
  copyOut<T extends TypedArray>(view: T): T {
    if (!ArrayBuffer.isView(view) || elementOf(view) < 0) {
      throw typeError(
        'ERR_ARGUMENT',
        `copyOut: the argument must be a typed array; got ${show(view)}`,
      )
    }
    return new (view.constructor as new (source: T) => T)(view)
  }

  protected endMemory(): void {
    this.#ended = true
  }
}

/** Arrays and counters that are freed together. */
export class MemoryScope extends Allocating {
  readonly #memory: Memory
  readonly #arrays: ArrayBufferView[] = []
  readonly #counters: Counter[] = []

  constructor(memory: Memory) {
    super()
    this.#memory = memory
  }

  alloc<T extends TypedArray>(type: ArrayClass<T>, length: number): T {
    const array = this.#memory.alloc(type, length)
    this.#arrays.push(array)
    return array
  }

  counter(value: number): Counter {
    const counter = this.#memory.counter(value)
    this.#counters.push(counter)
    return counter
  }

  /**
   * Frees every array and counter of this scope, which can be used again.
   *
   * @throws Error, with nothing freed, if jobs wait for one of its counters: they may use the rest, too. Also if something of it was
   * freed before, by somebody else; the others are freed all the same.
   */
  free(): void {
    for (const counter of this.#counters) counter.refuseWaiters()
    let failure: unknown
    const attempt = (free: () => void): void => {
      try {
        free()
      } catch (error) {
        failure ??= error
      }
    }
    for (const counter of this.#counters.splice(0)) attempt(() => counter.free())
    for (const array of this.#arrays.splice(0)) attempt(() => this.#memory.free(array))
    if (failure !== undefined) throw failure
  }

  [Symbol.dispose](): void {
    this.free()
  }
}
