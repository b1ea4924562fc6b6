/**
 * The catalogue: an append-only list in the heap through which kernels and argument shapes reach other threads. A parked worker reads
 * no messages; it reads this list when it first meets an id.
 *
 * Any thread appends: it writes an entry into memory of its own, walks to the end of the list, and links the entry there by
 * compare-and-set. An id is a position in the list, so all threads agree on it. Equal entries may be appended twice.
 */
import { compareAndSet, load } from '../core/atomics.ts'
import { E_BYTES, E_NEXT, H_CATALOGUE_HEAD, LINE_BYTES, LINE_WORDS } from '../layout/layout.ts'
import type { HeapViews } from './views.ts'

/** How a thread is to obtain a kernel. */
export interface KernelEntry {
  readonly type: 'kernel'
  readonly name: string
  /** Module that registers the kernel under `name`; absent for kernels shipped as source. */
  readonly url?: string
  readonly source?: KernelSource
}

export interface KernelSource {
  readonly kind: 'each' | 'range' | 'reduce' | 'job'
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

export class Catalogue {
  readonly #views: HeapViews
  readonly #allocate: (bytes: number) => number
  readonly #entries: Entry[] = []
  /** The word that links the next entry. */
  #link = H_CATALOGUE_HEAD

  /** `allocate` gives this thread memory for good: bytes in, byte offset of a cache line out. */
  constructor(views: HeapViews, allocate: (bytes: number) => number) {
    this.#views = views
    this.#allocate = allocate
  }

  /** Returns the new entry's id. Any thread. */
  append(entry: Entry): number {
    const payload = new TextEncoder().encode(JSON.stringify(entry))
    const offset = this.#allocate(LINE_BYTES + payload.byteLength)
    this.#views.cover(offset + LINE_BYTES + payload.byteLength)
    this.#views.bytes.set(payload, offset + LINE_BYTES)
    this.#views.words[offset / 4 + E_NEXT] = 0
    this.#views.words[offset / 4 + E_BYTES] = payload.byteLength
    do this.#catchUp()
    while (!compareAndSet(this.#views.words, this.#link, 0, offset / LINE_BYTES))
    // Its place is the one that was next: by the time it is read back, others may have linked theirs behind it.
    const id = this.#entries.length
    this.#catchUp()
    return id
  }

  /** The entry with this id, which this thread must have received through a word stored after the entry was appended. */
  get(id: number): Entry {
    if (id >= this.#entries.length) this.#catchUp()
    if (id >= this.#entries.length) throw new Error(`catalogue: no entry ${id}`)
    return this.#entries[id]
  }

  #catchUp(): void {
    for (;;) {
      const line = load(this.#views.words, this.#link)
      if (line === 0) return
      this.#views.cover((line + 1) * LINE_BYTES)
      const size = this.#views.words[line * LINE_WORDS + E_BYTES]
      const start = (line + 1) * LINE_BYTES
      this.#views.cover(start + size)
      // Decoders refuse shared memory: copy first.
      const text = new TextDecoder().decode(this.#views.bytes.slice(start, start + size))
      this.#entries.push(JSON.parse(text) as Entry)
      this.#link = line * LINE_WORDS + E_NEXT
    }
  }
}
