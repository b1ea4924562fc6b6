import { each, kernels } from 'spillway/kernel'

export const { squareRoot } = kernels(
  import.meta.url,
  {
    squareRoot: each((index: number, { items }: { items: Float64Array }) => {
      items[index] = Math.sqrt(items[index])
    }),
  },
  { namespace: 'bench' },
)
