/**
 * Shared memory of one thread. Only the starter allocates from the heap, so every other thread grows the memory by itself
 * (`WebAssembly.Memory.grow` is atomic; the pages it returns belong to whoever grew them) and keeps what it got for its own use.
 */
import { rangeError } from '../errors.ts'
import { LINE_BYTES, PAGE_BYTES } from '../layout/layout.ts'
import type { HeapViews } from './views.ts'

const FRESH_PAGES = 4

export class ThreadMemory {
  readonly views: HeapViews
  /** Free blocks by size class: byte offsets of blocks of LINE_BYTES << class. */
  readonly #free: number[][] = []
  readonly #classes = new Map<number, number>()
  #start = 0
  #end = 0

  constructor(views: HeapViews) {
    this.views = views
  }

  /** Byte offsets of the blocks that were handed out and have not come back. */
  get inUse(): readonly number[] {
    return [...this.#classes.keys()]
  }

  /** Byte offset of a block on a cache line. Contents are what an earlier user left. Throws RangeError when the memory is full. */
  allocate(bytes: number): number {
    let sizeClass = 0
    while (LINE_BYTES << sizeClass < bytes) sizeClass++
    const offset = this.#free[sizeClass]?.pop() ?? this.#carve(LINE_BYTES << sizeClass)
    this.#classes.set(offset, sizeClass)
    return offset
  }

  release(offset: number): void {
    const sizeClass = this.#classes.get(offset)
    if (sizeClass === undefined)
      throw new Error(`thread memory: nothing was handed out at ${offset}`)
    this.#classes.delete(offset)
    ;(this.#free[sizeClass] ??= []).push(offset)
  }

  #carve(bytes: number): number {
    if (this.#end - this.#start < bytes) {
      const pages = Math.max(FRESH_PAGES, Math.ceil(bytes / PAGE_BYTES))
      let first: number
      try {
        first = this.views.memory.grow(pages)
      } catch {
        throw rangeError(
          'ERR_HEAP_FULL',
          `the shared heap cannot grow by the ${pages * PAGE_BYTES} bytes that a job needs; raise heap.maximumBytes`,
        )
      }
      this.#start = first * PAGE_BYTES
      this.#end = this.#start + pages * PAGE_BYTES
      this.views.cover(this.#end)
    }
    const offset = this.#start
    this.#start += bytes
    return offset
  }
}
