import { each, kernels } from 'spillway/kernel'

export const { empty, countHits } = kernels(
  import.meta.url,
  {
    empty: each((_index: number) => {}),
    countHits: each((index: number, { hits }: { hits: Int32Array }) => {
      hits[index] = hits[index] + 1
    }),
  },
  { namespace: 'bench' },
)
