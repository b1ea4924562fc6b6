/** Arguments of jobs, on the side that runs them. */
import { ArgumentReader, asCompact } from '../binding/read.ts'
import type { ShapeReader } from '../binding/shape-reader.ts'
import type { HeapViews } from '../heap/views.ts'
import {
  J_ARGUMENT,
  J_ARGUMENTS,
  J_INLINE_ARGUMENTS,
  J_SHAPE,
  JOB_ARGUMENTS,
  NO_ARGUMENTS,
  NUMBER_ARGUMENT,
} from '../layout/jobs.ts'
import { A_ELEMENT, A_TAG, ARGUMENT_WORDS, LINE_WORDS, TAG_VIEW } from '../layout/layout.ts'
import type { Counter } from './counter.ts'

export class JobArguments {
  readonly #views: HeapViews
  readonly #shapes: ShapeReader
  readonly #foreign: ReadonlyMap<number, SharedArrayBuffer>
  readonly #counterAt: (word: number) => Counter
  readonly #readers: (ArgumentReader | undefined)[] = []

  constructor(
    views: HeapViews,
    shapes: ShapeReader,
    foreign: ReadonlyMap<number, SharedArrayBuffer>,
    counterAt: (word: number) => Counter,
  ) {
    this.#views = views
    this.#shapes = shapes
    this.#foreign = foreign
    this.#counterAt = counterAt
  }

  /** True if every buffer in the arguments of the job at word `at` has arrived in this thread. */
  canRead(at: number): boolean {
    return this.missing(at) === 0
  }

  /** The first buffer that has not arrived; 0 if all have. */
  missing(at: number): number {
    const id = this.#views.words[at + J_SHAPE]
    if (id < 0) return 0
    const { leaves } = this.#shapes.get(id)
    const from = this.#place(at, leaves)
    const { words } = this.#views
    for (let leaf = 0; leaf < leaves; leaf++) {
      const word = from + leaf * ARGUMENT_WORDS
      if (words[word + A_TAG] !== TAG_VIEW) continue
      const buffer = words[word + A_ELEMENT] >>> 8
      if (buffer !== 0 && !this.#foreign.has(buffer)) return buffer
    }
    return 0
  }

  /** The arguments of the job at word `at`: a number, a record of the job's own, or undefined. */
  read(at: number): unknown {
    const id = this.#views.words[at + J_SHAPE]
    if (id === NUMBER_ARGUMENT) return asCompact(this.#views.doubles[(at + J_ARGUMENT) / 2])
    if (id === NO_ARGUMENTS) return undefined
    const shape = this.#shapes.get(id)
    const reader = (this.#readers[id] ??= new ArgumentReader(
      this.#views,
      this.#foreign,
      this.#counterAt,
    ))
    return reader.readNew(shape, this.#place(at, shape.leaves))
  }

  #place(at: number, leaves: number): number {
    const line = this.#views.words[at + J_ARGUMENTS]
    if (line === 0) return at + J_INLINE_ARGUMENTS
    this.#views.cover((line * LINE_WORDS + Math.max(leaves, JOB_ARGUMENTS) * ARGUMENT_WORDS) * 4)
    return line * LINE_WORDS
  }
}
