import { each, kernels } from 'spillway/kernel'

/** The two measured bodies. */
export const { multiplyAdd, hash } = kernels(
  import.meta.url,
  {
    multiplyAdd: each((index: number, { items, a, b }: MultiplyAddArguments) => {
      items[index] = items[index] * a + b
    }),
    hash: each((index: number, { items, key }: HashArguments) => {
      const item = items[index]
      items[index] = (Math.imul(item ^ (item >>> 15), 0x2c1b3c6d) + key + index) | 0
    }),
  },
  { namespace: 'bench' },
)

export interface MultiplyAddArguments {
  items: Float64Array
  a: number
  b: number
}

export interface HashArguments {
  items: Int32Array
  key: number
}
