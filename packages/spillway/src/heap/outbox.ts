/**
 * The outbox of a worker: blocks in the shared heap that carry encoded values (errors, accumulators that are no numbers) to the
 * caller. Only the starter allocates from the heap, so a worker owns blocks of its own: the 16 KiB it was given, then pages it grows
 * the memory by itself (`WebAssembly.Memory.grow` is atomic; the pages it returns belong to whoever grew them).
 *
 * The worker sets IN_USE before it publishes a block, the reader clears it after copying; the worker then uses the block again.
 */
import { load, store } from '../core/atomics.ts'
import { rangeError } from '../errors.ts'
import { B_BYTES, B_IN_USE, LINE_BYTES, LINE_WORDS, PAGE_BYTES } from '../layout/layout.ts'
import type { HeapViews } from './views.ts'

const SMALLEST_BYTES = 512
const LOOKS = 8

export class Outbox {
  readonly #views: HeapViews
  /** Blocks by size class: line numbers of blocks of 512 << class bytes. */
  readonly #blocks: number[][] = []
  readonly #next: number[] = []
  #freshStart: number
  #freshEnd: number

  constructor(views: HeapViews, startByte: number, endByte: number) {
    this.#views = views
    this.#freshStart = startByte
    this.#freshEnd = endByte
  }

  /** Copies `payload` into a free block and returns its line number. */
  write(payload: Uint8Array): number {
    let sizeClass = 0
    while (SMALLEST_BYTES << sizeClass < payload.byteLength + LINE_BYTES) sizeClass++
    const line = this.#free(sizeClass) ?? this.#add(sizeClass)
    const { words, bytes } = this.#views
    bytes.set(payload, (line + 1) * LINE_BYTES)
    words[line * LINE_WORDS + B_BYTES] = payload.byteLength
    store(words, line * LINE_WORDS + B_IN_USE, 1)
    return line
  }

  /** Looks at a few blocks in turn, oldest first; a new block costs less than a search through many that are in use. */
  #free(sizeClass: number): number | undefined {
    const blocks = this.#blocks[sizeClass] ?? []
    for (let look = 0; look < Math.min(blocks.length, LOOKS); look++) {
      const index = (this.#next[sizeClass] ?? 0) % blocks.length
      this.#next[sizeClass] = index + 1
      const line = blocks[index]
      if (load(this.#views.words, line * LINE_WORDS + B_IN_USE) === 0) return line
    }
    return undefined
  }

  #add(sizeClass: number): number {
    const bytes = SMALLEST_BYTES << sizeClass
    if (this.#freshEnd - this.#freshStart < bytes) {
      const pages = Math.ceil(bytes / PAGE_BYTES)
      let first: number
      try {
        first = this.#views.memory.grow(pages)
      } catch {
        throw rangeError(
          'ERR_HEAP_FULL',
          `the shared heap cannot grow by the ${pages * PAGE_BYTES} bytes that a result needs; raise heap.maximumBytes`,
        )
      }
      this.#freshStart = first * PAGE_BYTES
      this.#freshEnd = this.#freshStart + pages * PAGE_BYTES
      this.#views.cover(this.#freshEnd)
    }
    const line = this.#freshStart / LINE_BYTES
    this.#freshStart += bytes
    ;(this.#blocks[sizeClass] ??= []).push(line)
    return line
  }
}

/** Copies a block's payload out and gives the block back to its worker. Any thread, once per block. */
export function takeBlock(views: HeapViews, line: number): Uint8Array {
  views.cover((line + 1) * LINE_BYTES)
  const start = (line + 1) * LINE_BYTES
  const size = views.words[line * LINE_WORDS + B_BYTES]
  views.cover(start + size)
  const payload = views.bytes.slice(start, start + size)
  store(views.words, line * LINE_WORDS + B_IN_USE, 0)
  return payload
}
