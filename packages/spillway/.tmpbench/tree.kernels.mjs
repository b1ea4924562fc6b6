import { kernels, job, each } from 'spillway/kernel'
export const k = kernels(import.meta.url, {
  tree: job((ctx, n) => {
    if (n === 0) return 1
    const a = ctx.spawn(k.tree, n - 1),
      b = ctx.spawn(k.tree, n - 1)
    ctx.wait(a, b)
    return a.value + b.value + 1
  }),
  add: each((i, { x }) => {
    x[i & 63] += 1
  }),
})
