/** Jobs whose atomic writes are counted. */
import { job, kernels } from 'spillway/kernel'
import type { Fiber, JobContext } from 'spillway/kernel'

export const budget = kernels(import.meta.url, {
  leaf: job((_ctx: JobContext, n: number) => n),
  // oxlint-disable-next-line require-yield
  leafFiber: job(function* (_ctx: JobContext, n: number): Fiber<number> {
    return n
  }),
  spawnPlain: job((ctx: JobContext, n: number): number => {
    let sum = 0
    for (let i = 0; i < n; i++) {
      const child = ctx.spawn(budget.leaf, i)
      ctx.wait(child)
      sum += child.value
    }
    return sum
  }),
  spawnFibers: job((ctx: JobContext, n: number): number => {
    let sum = 0
    for (let i = 0; i < n; i++) {
      const child = ctx.spawn(budget.leafFiber, i)
      ctx.wait(child)
      sum += child.value
    }
    return sum
  }),
  joins: job((ctx: JobContext, n: number): number => {
    if (n <= 1) return n
    const half = Math.floor(n / 2)
    return ctx.join(budget.joins, half, budget.joins, n - half, (a, b) => a + b)
  }),
  hold: job((_ctx: JobContext, { gate }: { readonly gate: Int32Array }) => {
    Atomics.add(gate, 0, 1)
    Atomics.wait(gate, 1, 0, 15_000)
  }),
})
