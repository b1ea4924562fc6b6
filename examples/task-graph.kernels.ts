import { each, job, kernels, reduce } from 'spillway/kernel'

interface Series {
  x: Float64Array
}

export const { sawtooth, addUp, mean, highest, add, sum, maximum } = kernels(import.meta.url, {
  sawtooth: job((_ctx, { x, period }: Series & { period: number }) => {
    if (period < 1) throw new RangeError(`period must be at least 1; got ${period}`)
    for (let i = 0; i < x.length; i++) x[i] = i % period
  }),
  addUp: job((ctx, { x, y }: Series & { y: Float64Array }) => {
    ctx.parallelForSync(x.length, add, { x, y }) // a nested loop: all workers may take part
  }),
  mean: job(
    (ctx, { x }: Series): number => ctx.parallelReduceSync(x.length, sum, { x }) / x.length,
  ),
  highest: job((ctx, { x }: Series): number => ctx.parallelReduceSync(x.length, maximum, { x })),

  add: each((i, { x, y }: Series & { y: Float64Array }) => void (x[i] += y[i])),
  sum: reduce({
    identity: 0,
    fold: (total, i, { x }: Series) => total + x[i],
    combine: (left, right) => left + right,
  }),
  maximum: reduce({
    identity: -Infinity,
    fold: (most, i, { x }: Series) => Math.max(most, x[i]),
    combine: (left, right) => Math.max(left, right),
  }),
})
