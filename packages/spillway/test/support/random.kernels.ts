/** Random programs of jobs, as data: run as plain jobs, fibers or async jobs, and by a sequential twin. */
import { each, job, kernels, reduce } from 'spillway/kernel'
import type { Fiber, JobContext } from 'spillway/kernel'

/**
 * A program is a list of nodes in shared memory, NODE_WORDS each. A node gives a number: its value, and what its children give.
 * WAIT: how the children are started and waited for.
 */
export const NODE_WORDS = 6
export const VALUE = 0
export const WAIT = 1
export const FIRST_CHILD = 2
export const CHILDREN = 3
export const FAILS = 4
export const FLAVOR = 5

export const WAIT_ALL = 0
export const WAIT_EACH = 1
export const WAIT_NOBODY = 2
export const WAIT_JOIN = 3
export const WAIT_LOOP = 4
export const WAIT_COUNTER = 5
export const WAIT_CAUGHT = 6
export const WAITS = 7

export const PLAIN = 0
export const FIBER = 1

export interface Node {
  readonly code: Int32Array
  readonly at: number
  /** Word 0 counts nodes that ran to their end. */
  readonly done: Int32Array
}

const MODULUS = 1_000_003

export function mix(value: number, others: readonly number[]): number {
  return others.reduce((sum, other) => (sum * 31 + other) % MODULUS, value)
}

export function loopSum(value: number): number {
  return Array.from({ length: value % 50 }, (_, i) => (i * value) % 7).reduce(
    (sum, v) => sum + v,
    0,
  )
}

export class NodeError extends Error {
  override readonly name = 'NodeError'
  readonly node: number

  constructor(node: number) {
    super(`node ${node} fails`)
    this.node = node
  }
}

function childrenOf({ code, at, done }: Node): Node[] {
  const base = at * NODE_WORDS
  return Array.from({ length: code[base + CHILDREN] }, (_, child) => ({
    code,
    at: code[base + FIRST_CHILD] + child,
    done,
  }))
}

function field({ code, at }: Node, name: number): number {
  return code[at * NODE_WORDS + name]
}

/** What a node does at its end. */
function end(node: Node, others: readonly number[]): number {
  if (field(node, FAILS) === 1) throw new NodeError(node.at)
  Atomics.add(node.done, 0, 1)
  return mix(field(node, VALUE), others)
}

function kernelOf(node: Node): typeof random.plain | typeof random.fiber {
  return field(node, FLAVOR) === FIBER ? random.fiber : random.plain
}

const { addAll, sumAll } = kernels(
  import.meta.url,
  {
    addAll: each((_i, { cell }: { readonly cell: Int32Array }) => void Atomics.add(cell, 0, 1)),
    sumAll: reduce({
      identity: 0,
      fold: (acc, i, { value }: { readonly value: number }) => acc + ((i * value) % 7),
      combine: (a, b) => a + b,
    }),
  },
  { namespace: 'random' },
)

export const random = kernels(import.meta.url, {
  plain: job((ctx: JobContext, node: Node): number => {
    const children = childrenOf(node)
    const wait = field(node, WAIT)
    if (wait === WAIT_JOIN && children.length === 2) {
      const both = ctx.join(random.plain, children[0], random.plain, children[1], (a, b) => [a, b])
      return end(node, both)
    }
    if (wait === WAIT_LOOP) {
      const value = field(node, VALUE)
      return end(node, [ctx.parallelReduceSync(value % 50, sumAll, { value })])
    }
    if (wait === WAIT_EACH) {
      const handles = children.map((child) => ctx.spawn(kernelOf(child), child))
      ctx.yieldNow()
      return end(
        node,
        handles.map((handle) => (ctx.wait(handle), handle.value)),
      )
    }
    const handles = children.map((child) => ctx.spawn(kernelOf(child), child))
    if (wait === WAIT_NOBODY) return end(node, [])
    if (wait === WAIT_CAUGHT) {
      try {
        ctx.wait(...handles)
      } catch (error) {
        return end(node, [(error as NodeError).node])
      }
    } else ctx.wait(...handles)
    return end(
      node,
      handles.map((handle) => handle.value),
    )
  }),
  fiber: job(function* (ctx: JobContext, node: Node): Fiber<number> {
    const children = childrenOf(node)
    const wait = field(node, WAIT)
    if (wait === WAIT_LOOP) {
      const value = field(node, VALUE)
      const sum = ctx.parallelReduce(value % 50, sumAll, { value })
      const cell = ctx.scratch(Int32Array, 1)
      yield* ctx.parallelFor(value % 10, addAll, { cell })
      if (cell[0] !== value % 10) throw new Error('a loop was cut short')
      return end(node, [yield* sum])
    }
    const handles = []
    for (const child of children) {
      handles.push(ctx.spawn(kernelOf(child), child))
      if (wait === WAIT_EACH) {
        yield* ctx.yieldNow()
        yield* ctx.wait(handles.at(-1)!)
      }
    }
    if (wait === WAIT_NOBODY) return end(node, [])
    if (wait === WAIT_COUNTER) {
      const counter = ctx.counter(3)
      for (let i = 0; i < 3; i++) ctx.spawn(random.down, { counter })
      yield* counter.wait(1)
      yield* counter.wait()
    }
    if (wait === WAIT_CAUGHT) {
      try {
        yield* ctx.wait(...handles)
      } catch (error) {
        return end(node, [(error as NodeError).node])
      }
    } else yield* ctx.wait(...handles)
    return end(
      node,
      handles.map((handle) => handle.value),
    )
  }),
  down: job(function* (
    ctx: JobContext,
    { counter }: { readonly counter: import('spillway/kernel').Counter },
  ): Fiber<void> {
    yield* ctx.yieldNow()
    counter.decrement()
  }),
})
