/** A kernel that tests can reach into while it runs in their own thread. */
import { each, kernels } from 'spillway/kernel'
import type { Counted } from './loop.kernels.ts'

/** Called for each index before it is counted. Workers have a copy of this module of their own, where nothing is set. */
export const hook: { run: ((index: number) => void) | undefined } = { run: undefined }

export const { hooked } = kernels(import.meta.url, {
  hooked: each((i, { counts, base }: Counted) => {
    hook.run?.(i)
    Atomics.add(counts, i - base, 1)
  }),
})
