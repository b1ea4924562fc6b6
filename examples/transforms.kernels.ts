import { each, job, kernels } from 'spillway/kernel'
import type { Fiber } from 'spillway/kernel'

export const CHILDREN = 4

/** Nodes in order of level; the children of node i are 4i + 1 to 4i + 4. A node has an angle and a place: three numbers. */
export interface Scene {
  local: Float64Array
  world: Float64Array
}

export const { update, transform } = kernels(import.meta.url, {
  // A level needs the one above it, and nothing else: one loop per level, each as parallel as it is long.
  update: job(function* (ctx, { local, world }: Scene): Fiber<number> {
    const nodes = local.length / 3
    let levels = 0
    for (let [start, end] = [0, 1]; start < nodes; [start, end] = [end, end * CHILDREN + 1]) {
      yield* ctx.parallelFor([start, end], transform, { local, world })
      levels++
    }
    return levels
  }),
  transform: each((node, { local, world }: Scene) => transformNode(node, local, world)),
})

export function transformNode(node: number, local: Float64Array, world: Float64Array): void {
  const at = 3 * node
  if (node === 0) {
    for (let part = 0; part < 3; part++) world[part] = local[part]
    return
  }
  const parent = 3 * Math.floor((node - 1) / CHILDREN)
  const [cos, sin] = [Math.cos(world[parent]), Math.sin(world[parent])]
  world[at] = world[parent] + local[at]
  world[at + 1] = world[parent + 1] + cos * local[at + 1] - sin * local[at + 2]
  world[at + 2] = world[parent + 2] + sin * local[at + 1] + cos * local[at + 2]
}
