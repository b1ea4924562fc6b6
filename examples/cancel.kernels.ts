import { each, kernels } from 'spillway/kernel'

export const { slow } = kernels(import.meta.url, {
  slow: each((i, { done }: { done: Uint8Array }) => {
    const end = performance.now() + 1
    while (performance.now() < end);
    done[i] = 1
  }),
})
