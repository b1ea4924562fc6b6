/**
 * The shape of an argument record: its keys in order, nested records included. A kernel is normally called with one shape, so the
 * caller compares keys against the last shape instead of building anything.
 */
import { LOCAL_HEAP, isShared } from '../heap/views.ts'
import type { ShapeTree } from '../heap/catalogue.ts'
import { plainError, show, typeError } from '../errors.ts'
import { Counter } from '../jobs/counter.ts'
import { elementOf } from './elements.ts'

export interface ShapeNode {
  readonly key: string
  /** `.a.b`, for messages. */
  readonly path: string
  readonly children: readonly ShapeNode[] | null
  /** Position among the leaves; -1 for a nested record. */
  readonly leaf: number
}

export interface Shape {
  readonly id: number
  readonly nodes: readonly ShapeNode[]
  readonly leaves: number
}

export type ArgumentRecord = Readonly<Record<string, unknown>>

export function isRecord(value: unknown): value is ArgumentRecord {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** What the last call passed at a path such as `.a.b`, in words; undefined if nothing is known. Asked for errors only. */
export type Earlier = (path: string) => string | undefined

/** Keys of `record` as a tree; refuses what cannot cross to a worker, naming the path. */
export function treeOf(
  record: ArgumentRecord,
  path: string,
  kernel: string,
  earlier: Earlier,
  around: readonly ArgumentRecord[] = [],
): ShapeTree {
  const inside = [...around, record]
  return Object.keys(record).map((key) => {
    const value = record[key]
    if (isRecord(value)) {
      if (inside.includes(value)) {
        throw typeError(
          'ERR_ARGUMENT',
          `args${path}.${key} of kernel "${kernel}" is a record that contains itself`,
        )
      }
      return [key, treeOf(value, `${path}.${key}`, kernel, earlier, inside)] as const
    }
    checkLeaf(value, `${path}.${key}`, kernel, earlier)
    return [key, null] as const
  })
}

export function buildShape(id: number, tree: ShapeTree): Shape {
  let leaves = 0
  const build = (level: ShapeTree, path: string): ShapeNode[] =>
    level.map(([key, children]) => ({
      key,
      path: `${path}.${key}`,
      children: children === null ? null : build(children, `${path}.${key}`),
      leaf: children === null ? leaves++ : -1,
    }))
  const nodes = build(tree, '')
  return { id, nodes, leaves }
}

/** True if `record` has exactly the keys of `nodes`, in their order, at every level. Allocates nothing. */
export function matches(nodes: readonly ShapeNode[], record: ArgumentRecord): boolean {
  let index = 0
  for (const key in record) {
    if (index >= nodes.length) return false
    const node = nodes[index++]
    if (node.key !== key) return false
    const value = record[key]
    if (node.children === null) {
      if (typeof value === 'object' && !ArrayBuffer.isView(value) && !(value instanceof Counter))
        return false
    } else if (!isRecord(value) || !matches(node.children, value)) return false
  }
  return index === nodes.length
}

/** Throws unless the value may be an argument: a number, boolean, bigint of 64 bits, counter, or typed array on shared memory. */
export function checkLeaf(value: unknown, path: string, kernel: string, earlier: Earlier): void {
  const type = typeof value
  if (type === 'number' || type === 'boolean') return
  const where = `args${path} of kernel "${kernel}"`
  if (value instanceof Counter) {
    if (!value.isFreed) return
    throw plainError('ERR_HANDLE', `${where} is a counter that was freed; make another one`)
  }
  if (type === 'bigint') {
    if (BigInt.asIntN(64, value as bigint) === value) return
    throw typeError('ERR_ARGUMENT', `${where} must fit 64 signed bits; got ${show(value)}`)
  }
  if (type === 'object' && ArrayBuffer.isView(value)) {
    if (!isShared(value.buffer) && !(LOCAL_HEAP in value.buffer)) {
      throw typeError(
        'ERR_NOT_SHARED',
        `${where} must lie on shared memory; got a ${value.constructor.name} on an ArrayBuffer. ` +
          'Make it with jobs.float64(n) and its siblings, or copy it in with jobs.share(array)',
      )
    }
    if (elementOf(value) >= 0) return
  }
  const advice =
    type === 'function'
      ? 'functions cannot cross threads; register the function in a kernels module and call it there'
      : 'pass numbers, booleans, bigints, shared typed arrays, counters, or flat records of these'
  const known = earlier(path)
  const expected = known === undefined ? '' : `, where an earlier call passed ${known}`
  throw typeError(
    'ERR_ARGUMENT',
    `${where} cannot be passed to workers: got ${show(value)}${expected}; ${advice}`,
  )
}

/** The leaf at a path. */
export function leafAt(nodes: readonly ShapeNode[], path: string): number | undefined {
  for (const node of nodes) {
    if (node.path === path) return node.leaf < 0 ? undefined : node.leaf
    if (node.children !== null && path.startsWith(`${node.path}.`)) {
      const leaf = leafAt(node.children, path)
      if (leaf !== undefined) return leaf
    }
  }
  return undefined
}
