import { each, kernels, range, reduce } from 'spillway/kernel'

export const { onePerItem, onePerChunk, none } = kernels(import.meta.url, {
  // The mistake: every index of every thread writes the same cache line.
  onePerItem: each((i, { data, even }: { data: Int32Array; even: Int32Array }) => {
    if (data[i] % 2 === 0) Atomics.add(even, 0, 1)
  }),
  // Better: count in a local variable and publish once per chunk.
  onePerChunk: range((start, end, { data, even }: { data: Int32Array; even: Int32Array }) => {
    let count = 0
    for (let i = start; i < end; i++) if (data[i] % 2 === 0) count++
    Atomics.add(even, 0, count)
  }),
  // Best: nothing shared is written at all.
  none: reduce({
    identity: 0,
    fold: (count, i, { data }: { data: Int32Array }) => count + (data[i] % 2 === 0 ? 1 : 0),
    combine: (left, right) => left + right,
  }),
})
