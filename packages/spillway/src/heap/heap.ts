/** The shared heap: one shared Wasm memory, its growth, and the bookkeeping of what users allocated. Starter only. */
import { isTypedArrayConstructor } from '../binding/elements.ts'
import type { TypedArray, TypedArrayConstructor } from '../binding/elements.ts'
import { plainError, rangeError, show, typeError } from '../errors.ts'
import { requireRoom } from '../host/room.ts'
import { LINE_BYTES, PAGE_BYTES } from '../layout/layout.ts'
import { Allocator } from './allocator.ts'
import { HeapViews } from './views.ts'
import type { WasmMemory } from './views.ts'

const LARGEST_PAGES = 65536

/** Makes a memory of so many pages now and later. Throws if the system refuses. */
export type MakeMemory = (initial: number, maximum: number) => WasmMemory

export class SharedHeap {
  readonly memory: WasmMemory
  readonly views: HeapViews
  readonly maximumBytes: number
  readonly #allocator = new Allocator()
  /** End of the space that this thread grew last. */
  #end: number

  /**
   * `reservedBytes` at the start belong to the scheduler. `local` makes the memory where nothing can be shared: then this thread is
   * the only one.
   */
  constructor(
    reservedBytes: number,
    initialBytes: number,
    maximumBytes: number | undefined,
    local?: MakeMemory,
  ) {
    const initial = Math.ceil((reservedBytes + initialBytes) / PAGE_BYTES)
    const maximum =
      maximumBytes === undefined ? LARGEST_PAGES : Math.floor(maximumBytes / PAGE_BYTES)
    if (maximum < initial) {
      throw rangeError(
        'ERR_OPTION',
        `heap.maximumBytes must be at least ${initial * PAGE_BYTES} (scheduler state and heap.initialBytes); got ${maximumBytes}`,
      )
    }
    this.memory = reserve(initial, maximum, maximumBytes === undefined, local)
    this.maximumBytes = maximum * PAGE_BYTES
    this.views = new HeapViews(this.memory)
    this.#end = this.memory.buffer.byteLength
    this.#allocator.extend(Math.ceil(reservedBytes / LINE_BYTES) * LINE_BYTES, this.#end)
  }

  get bytes(): number {
    return this.memory.buffer.byteLength
  }

  get usedBytes(): number {
    return this.#allocator.usedBytes
  }

  get freeBytes(): number {
    return this.#allocator.freeBytes
  }

  /** A block of at least `bytes`, aligned to 128 bytes; its content is undefined. Throws RangeError when the heap is full. */
  allocate(bytes: number): number {
    requireRoom('alloc')
    const offset = this.#allocator.allocate(bytes)
    return offset >= 0 ? offset : this.#grow(bytes)
  }

  release(offset: number): void {
    requireRoom('free')
    this.#allocator.free(offset)
  }

  /** A zeroed typed array of `length` elements. */
  array<T extends TypedArray>(
    constructor: new (buffer: ArrayBufferLike, byteOffset: number, length: number) => T,
    length: number,
  ): T {
    const { BYTES_PER_ELEMENT } = checkArray(constructor, length)
    const bytes = Math.max(1, length * BYTES_PER_ELEMENT)
    const offset = this.allocate(bytes)
    // On the views' buffer: the memory's may become another object at any time, which nobody here would know again.
    this.views.cover(offset + bytes)
    const view = new constructor(this.views.bytes.buffer, offset, length)
    this.views.bytes.fill(0, offset, offset + bytes)
    return view
  }

  /** Gives a view's memory back. The view must be one that `array` returned, not a part of it. */
  free(view: ArrayBufferView): void {
    if (!ArrayBuffer.isView(view)) {
      throw typeError(
        'ERR_ARGUMENT',
        `free: the argument must be an array of this heap; got ${show(view)}`,
      )
    }
    const known = this.views.isHeap(view.buffer) ? this.#allocator.sizeOf(view.byteOffset) : -1
    const whole = Math.ceil(Math.max(1, view.byteLength) / LINE_BYTES) * LINE_BYTES
    if (known !== whole) {
      throw plainError(
        'ERR_HEAP_ADDRESS',
        `free: ${show(view)} at byte ${view.byteOffset} is not an array of this heap: it was freed before, is a part of another view, or comes from elsewhere`,
      )
    }
    this.release(view.byteOffset)
  }

  /** Grows the memory until a block of `bytes` fits, and allocates it. */
  #grow(bytes: number): number {
    const needed = Math.ceil(bytes / PAGE_BYTES)
    const pages = this.memory.buffer.byteLength / PAGE_BYTES
    const room = this.maximumBytes / PAGE_BYTES - pages
    // Doubling keeps the number of growths logarithmic. Near the maximum what is needed must do, or even less, because free memory
    // at the end counts too.
    const short = Math.ceil((bytes - this.#allocator.freeBelow(this.#end)) / PAGE_BYTES)
    for (const step of [Math.min(Math.max(needed, pages), room), needed, short]) {
      if (step < short || step > room || step <= 0) continue
      try {
        const start = this.memory.grow(step) * PAGE_BYTES
        this.#end = start + step * PAGE_BYTES
        this.#allocator.extend(start, this.#end)
        this.views.cover(this.#end)
      } catch {
        // Another thread may have taken the room meanwhile, or the system refuses: try the smaller step.
        continue
      }
      const offset = this.#allocator.allocate(bytes)
      if (offset >= 0) return offset
    }
    throw rangeError(
      'ERR_HEAP_FULL',
      `the shared heap is full: ${bytes} bytes asked for, ${this.freeBytes} free, maximum ${this.maximumBytes}; ` +
        'free arrays, raise heap.maximumBytes, or keep large data on your own SharedArrayBuffer',
    )
  }
}

/** Throws unless these make a typed array; returns what is known of the class. */
export function checkArray(constructor: unknown, length: unknown): TypedArrayConstructor {
  if (!isTypedArrayConstructor(constructor)) {
    throw typeError(
      'ERR_ARGUMENT',
      `alloc: the first argument must be a typed array class; got ${show(constructor)}`,
    )
  }
  if (typeof length !== 'number' || !Number.isSafeInteger(length) || length < 0) {
    throw rangeError(
      'ERR_ARGUMENT',
      `length of a ${constructor.name} must be an integer of at least 0; got ${show(length)}`,
    )
  }
  return constructor
}

/** Systems limit how much address space may be reserved; halve the wish until it is granted. */
function reserve(
  initial: number,
  maximum: number,
  mayHalve: boolean,
  local: MakeMemory | undefined,
): WasmMemory {
  for (let pages = maximum; ; pages = Math.max(initial, pages >> 1)) {
    try {
      if (local !== undefined) return local(initial, pages)
      return new WebAssembly.Memory({ initial, maximum: pages, shared: true })
    } catch (error) {
      if (mayHalve && pages > initial) continue
      throw rangeError(
        'ERR_HEAP_FULL',
        `this system does not grant a shared memory of ${pages * PAGE_BYTES} bytes (${(error as Error).message}); lower heap.maximumBytes`,
      )
    }
  }
}
