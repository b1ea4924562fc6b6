import { job, kernels } from 'spillway/kernel'

export const { fib } = kernels(
  import.meta.url,
  {
    fib: job((ctx, n: number): number =>
      n < 2 ? n : ctx.join(fib, n - 1, fib, n - 2, (left, right) => left + right),
    ),
  },
  { namespace: 'bench' },
)
