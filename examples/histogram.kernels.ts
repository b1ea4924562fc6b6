import { kernels, reduce } from 'spillway/kernel'

export const { histogram } = kernels(import.meta.url, {
  // A mutable identity is a factory: every chunk gets an array of its own, so nobody shares a cache line or needs an atomic.
  histogram: reduce({
    identity: () => new Uint32Array(256),
    fold: (counts, i, { pixels }: { pixels: Uint8Array }) => {
      counts[pixels[i]]++
      return counts
    },
    combine: (left, right) => {
      for (let value = 0; value < 256; value++) left[value] += right[value]
      return left
    },
  }),
})
