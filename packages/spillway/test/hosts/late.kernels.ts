/** Imported by a scenario after its system has started. */
import { each, kernels } from 'spillway/kernel'

export const { late } = kernels(import.meta.url, {
  late: each((i, { x }: { readonly x: Float64Array }) => {
    x[i] = 2 * i
    for (let k = 0; k < 2000; k++) Math.sqrt(k)
  }),
})
