/** The caller's side of arguments: check a record and write it into a loop descriptor. */
import {
  A_ELEMENT,
  A_LENGTH,
  A_TAG,
  A_VALUE,
  ARGUMENT_WORDS,
  TAG_BIGINT,
  TAG_BOOLEAN,
  TAG_COUNTER,
  TAG_NUMBER,
  TAG_VIEW,
} from '../layout/layout.ts'
import type { Catalogue } from '../heap/catalogue.ts'
import type { HeapViews } from '../heap/views.ts'
import { show, typeError } from '../errors.ts'
import type { BufferIds } from './buffers.ts'
import { Counter } from '../jobs/counter.ts'
import { elementOf } from './elements.ts'
import type { TypedArray } from './elements.ts'
import { buildShape, checkLeaf, isRecord, leafAt, matches, treeOf } from './shape.ts'
import type { ArgumentRecord, Earlier, Shape, ShapeNode } from './shape.ts'

/** Shapes of one system, shared by all its kernels: equal keys in equal order are one shape. */
export class ShapeTable {
  readonly #shapes = new Map<string, Shape>()
  readonly #catalogue: Catalogue

  constructor(catalogue: Catalogue) {
    this.#catalogue = catalogue
  }

  shapeOf(record: ArgumentRecord, kernel: string, earlier: Earlier): Shape {
    const tree = treeOf(record, '', kernel, earlier)
    const text = JSON.stringify(tree)
    let shape = this.#shapes.get(text)
    if (shape === undefined) {
      shape = buildShape(this.#catalogue.append({ type: 'shape', tree }), tree)
      this.#shapes.set(text, shape)
    }
    return shape
  }
}

/** What the caller remembers about the arguments of one kernel. */
export class ArgumentChecker {
  readonly #shapes: ShapeTable
  readonly #kernel: string
  readonly #required: readonly string[]
  #shape: Shape | null = null
  /** Views that passed the check in the last call, by leaf. */
  readonly #checked: unknown[] = []

  constructor(shapes: ShapeTable, kernel: string, required: readonly string[]) {
    this.#shapes = shapes
    this.#kernel = kernel
    this.#required = required
  }

  /** Returns the record's shape, null for none. Throws TypeError on anything a worker could not receive. */
  check(args: unknown): Shape | null {
    return this.#check(args, '')
  }

  #check(args: unknown, otherwise: string): Shape | null {
    if (args === undefined) {
      if (this.#required.length > 0) this.#checkRequired({})
      return null
    }
    if (!isRecord(args)) {
      throw typeError(
        'ERR_ARGUMENT',
        `args of kernel "${this.#kernel}" must be ${otherwise}a plain record of numbers, booleans, bigints and shared typed arrays; got ${show(args)}`,
      )
    }
    if (this.#shape === null || !matches(this.#shape.nodes, args)) {
      this.#checkRequired(args)
      this.#shape = this.#shapes.shapeOf(args, this.#kernel, this.#earlier)
      this.#checked.length = 0
    }
    this.#checkLeaves(this.#shape.nodes, args)
    return this.#shape
  }

  /** The same for a job, whose argument may be a plain number: null then. */
  checkJob(args: unknown): Shape | null {
    if (typeof args !== 'number') {
      return this.#check(args, this.#required.length > 0 ? '' : 'a number or ')
    }
    if (this.#required.length > 0) this.#checkRequired(args as never)
    return null
  }

  /** True for a record that needs no check: as the last one, but for its numbers. Cheaper than a check, and never throws. */
  isKnown(args: unknown): boolean {
    if (this.#shape === null || !isRecord(args)) return false
    const { nodes } = this.#shape
    let index = 0
    for (const key in args) {
      if (index === nodes.length) return false
      const { key: known, leaf } = nodes[index++]
      if (key !== known) return false
      const value = args[key]
      // Nested records have no leaf.
      if (typeof value === 'number' ? leaf < 0 : !this.#isChecked(value, leaf)) return false
    }
    return index === nodes.length
  }

  #isChecked(value: unknown, leaf: number): boolean {
    return leaf >= 0 && value !== undefined && value === this.#checked[leaf]
  }

  #checkLeaves(nodes: readonly ShapeNode[], record: ArgumentRecord): void {
    for (let index = 0; index < nodes.length; index++) {
      const node = nodes[index]
      const value = record[node.key]
      if (typeof value === 'number') continue
      if (node.children !== null) this.#checkLeaves(node.children, value as ArgumentRecord)
      else if (this.#checked[node.leaf] !== value) {
        checkLeaf(value, node.path, this.#kernel, this.#earlier)
        // A counter is looked at each time: it may have been freed since.
        this.#checked[node.leaf] = value instanceof Counter ? null : value
      }
    }
  }

  /** A shape that is known has passed. Where nothing was checked the value was a number. */
  readonly #earlier: Earlier = (path) => {
    const leaf = this.#shape === null ? undefined : leafAt(this.#shape.nodes, path)
    if (leaf === undefined) return undefined
    const value = this.#checked[leaf]
    if (value === undefined) return 'a number'
    if (value === null) return 'a counter'
    if (!ArrayBuffer.isView(value)) return `a ${typeof value}`
    const { name } = value.constructor
    return name.startsWith('I') ? `an ${name}` : `a ${name}`
  }

  /** Once per shape: names that the kernel's body takes out of its record, where its text shows them. */
  #checkRequired(args: ArgumentRecord): void {
    const missing = this.#required.filter((name) => typeof args !== 'object' || !(name in args))
    if (missing.length === 0) return
    throw typeError(
      'ERR_ARGUMENT',
      `args of kernel "${this.#kernel}" must have { ${this.#required.join(', ')} }; ` +
        `got ${show(args)}, without ${missing.join(', ')}`,
    )
  }
}

/** Arguments as they are now: what the caller does to its record later must not reach a job that has not begun. */
export function copyArguments(args: unknown): unknown {
  if (typeof args !== 'object' || args === null) return args
  const copy: Record<string, unknown> = { ...args }
  for (const key in copy) if (isRecord(copy[key])) copy[key] = copyArguments(copy[key])
  return copy
}

/** What a loop slot's argument area holds now, so that repeated views are not written again. */
export class WrittenArguments {
  shape: Shape | null = null
  at = -1
  readonly views: unknown[] = []
}

/** Writes a checked record at word `at`. Plain stores: opening the loop orders them. */
export function writeArguments(
  views: HeapViews,
  buffers: BufferIds,
  written: WrittenArguments,
  at: number,
  shape: Shape,
  args: ArgumentRecord,
): void {
  if (written.shape !== shape || written.at !== at) {
    written.shape = shape
    written.at = at
    written.views.length = 0
  }
  writeNodes(views, buffers, written, at, shape.nodes, args)
}

function writeNodes(
  views: HeapViews,
  buffers: BufferIds,
  written: WrittenArguments,
  base: number,
  nodes: readonly ShapeNode[],
  record: ArgumentRecord,
): void {
  for (let index = 0; index < nodes.length; index++) {
    const node = nodes[index]
    const value = record[node.key]
    if (node.children !== null) {
      writeNodes(views, buffers, written, base, node.children, value as ArgumentRecord)
      continue
    }
    const at = base + node.leaf * ARGUMENT_WORDS
    const tag = tagOf(value)
    if (tag === TAG_VIEW) {
      if (written.views[node.leaf] === value) continue
      // A view that follows a growing buffer may be longer the next time.
      const follows = (value as { buffer: { growable?: boolean } }).buffer.growable === true
      written.views[node.leaf] = follows ? undefined : value
      writeView(views, buffers, at, value as TypedArray)
    } else {
      written.views[node.leaf] = undefined
      if (tag === TAG_BIGINT) writeBits(views.words, at + A_VALUE, value as bigint)
      else if (tag === TAG_COUNTER) {
        views.doubles[(at + A_VALUE) / 2] = wordOf(views, node.path, value as Counter)
      } else views.doubles[(at + A_VALUE) / 2] = Number(value)
    }
    views.words[at + A_TAG] = tag
  }
}

/** Where a counter lies. Throws TypeError for one of another system, which would be a word of something else here. */
function wordOf(views: HeapViews, path: string, counter: Counter): number {
  if (counter.isIn(views.memory)) return counter.word
  throw typeError(
    'ERR_ARGUMENT',
    `args${path} is a counter of another JobSystem; make it with jobs.counter(n) of the one that runs the kernel`,
  )
}

function writeView(views: HeapViews, buffers: BufferIds, at: number, value: TypedArray): void {
  const buffer = buffers.idOf(value.buffer as SharedArrayBuffer)
  views.words[at + A_ELEMENT] = elementOf(value) | (buffer << 8)
  views.doubles[(at + A_VALUE) / 2] = value.byteOffset
  views.doubles[(at + A_LENGTH) / 2] = value.length
}

function tagOf(value: unknown): number {
  if (typeof value === 'number') return TAG_NUMBER
  if (typeof value === 'boolean') return TAG_BOOLEAN
  if (typeof value === 'bigint') return TAG_BIGINT
  return value instanceof Counter ? TAG_COUNTER : TAG_VIEW
}

/** Two's complement in two words: through a double, some bit patterns would turn into another NaN. */
function writeBits(words: Int32Array, at: number, value: bigint): void {
  words[at] = Number(BigInt.asIntN(32, value))
  words[at + 1] = Number(BigInt.asIntN(32, value >> 32n))
}
