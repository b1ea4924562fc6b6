import { each, kernels } from 'spillway/kernel'

export const { tinyItem } = kernels(
  import.meta.url,
  {
    tinyItem: each((index: number, { results }: { results: Float64Array }) => {
      results[index] = index * 2 + 1
    }),
  },
  { namespace: 'bench' },
)
