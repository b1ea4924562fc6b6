/** A kernel that notes for each item which chunk wrote it. */
import { kernels, range } from 'spillway/kernel'
import type { TypedArray } from 'spillway'

export const { claimItems } = kernels(import.meta.url, {
  claimItems: range((start, end, { out, owner }: { out: TypedArray; owner: Int32Array }) => {
    for (let i = start; i < end; i++) {
      if (Atomics.compareExchange(owner, i, 0, start + 1) !== 0)
        throw new Error(`item ${i} was written twice`)
      out[i] = typeof out[i] === 'bigint' ? 1n : 1
    }
  }),
})
