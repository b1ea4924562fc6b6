/**
 * The catalogue: an append-only list in the heap through which kernels and argument shapes reach workers. A parked worker reads no
 * messages; it reads this list when it first meets an id.
 *
 * Only the starter appends. An entry is complete before the NEXT word (or the list head) that makes it reachable is stored.
 */
import { load, store } from '../core/atomics.ts'
import {
  E_BYTES,
  E_NEXT,
  H_CATALOGUE_COUNT,
  H_CATALOGUE_HEAD,
  LINE_BYTES,
  LINE_WORDS,
} from '../layout/layout.ts'
import type { HeapViews } from './views.ts'

/** How a worker is to obtain a kernel. */
export interface KernelEntry {
  readonly type: 'kernel'
  readonly name: string
  /** Module that registers the kernel under `name`; absent for kernels shipped as source. */
  readonly url?: string
  readonly source?: KernelSource
}

export interface KernelSource {
  readonly kind: 'each' | 'range' | 'reduce'
  /** Expression texts by part: `body`, or `identity`, `fold`, `foldRange`. */
  readonly parts: Readonly<Record<string, string>>
}

/** A record's keys in order; a nested record has children. */
export type ShapeTree = readonly (readonly [key: string, children: ShapeTree | null])[]

export interface ShapeEntry {
  readonly type: 'shape'
  readonly tree: ShapeTree
}

export type Entry = KernelEntry | ShapeEntry

export class CatalogueWriter {
  readonly #views: HeapViews
  readonly #allocate: (bytes: number) => number
  #lastLine = 0
  #count = 0

  constructor(views: HeapViews, allocate: (bytes: number) => number) {
    this.#views = views
    this.#allocate = allocate
  }

  /** Returns the new entry's id. */
  append(entry: Entry): number {
    const payload = new TextEncoder().encode(JSON.stringify(entry))
    const offset = this.#allocate(LINE_BYTES + payload.byteLength)
    this.#views.cover(offset + LINE_BYTES + payload.byteLength)
    const { words, bytes } = this.#views
    bytes.set(payload, offset + LINE_BYTES)
    words[offset / 4 + E_NEXT] = 0
    words[offset / 4 + E_BYTES] = payload.byteLength
    const link = this.#lastLine === 0 ? H_CATALOGUE_HEAD : this.#lastLine * LINE_WORDS + E_NEXT
    store(words, link, offset / LINE_BYTES)
    this.#lastLine = offset / LINE_BYTES
    store(words, H_CATALOGUE_COUNT, ++this.#count)
    return this.#count - 1
  }
}

export class CatalogueReader {
  readonly #views: HeapViews
  readonly #entries: Entry[] = []
  #lastLine = 0

  constructor(views: HeapViews) {
    this.#views = views
  }

  /** The entry with this id, which the caller must have received through a word stored after the entry was appended. */
  get(id: number): Entry {
    while (this.#entries.length <= id) {
      const link = this.#lastLine === 0 ? H_CATALOGUE_HEAD : this.#lastLine * LINE_WORDS + E_NEXT
      const line = load(this.#views.words, link)
      if (line === 0) throw new Error(`catalogue: no entry ${id}`)
      this.#lastLine = line
      this.#views.cover((line + 1) * LINE_BYTES)
      const size = this.#views.words[line * LINE_WORDS + E_BYTES]
      const start = (line + 1) * LINE_BYTES
      this.#views.cover(start + size)
      // Decoders refuse shared memory: copy first.
      const text = new TextDecoder().decode(this.#views.bytes.slice(start, start + size))
      this.#entries.push(JSON.parse(text) as Entry)
    }
    return this.#entries[id]
  }
}
