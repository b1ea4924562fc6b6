import { job, kernels } from 'spillway/kernel'
import type { Fiber } from 'spillway/kernel'

/** A binary tree in one array: the children of node i are nodes 2i + 1 and 2i + 2. */
interface Tree {
  values: Float64Array
  node: number
}

export const { treeSum } = kernels(import.meta.url, {
  // A generator is a fiber: at yield* it is suspended, and its worker runs something else. Kernels that name themselves write
  // down what they return, Fiber<number> here.
  treeSum: job(function* (ctx, { values, node }: Tree): Fiber<number> {
    if (node >= values.length) return 0
    const left = ctx.spawn(treeSum, { values, node: 2 * node + 1 })
    const right = ctx.spawn(treeSum, { values, node: 2 * node + 2 })
    yield* ctx.wait(left, right)
    return values[node] + left.value + right.value
  }),
})
