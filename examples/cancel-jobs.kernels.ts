import { job, kernels } from 'spillway/kernel'
import type { Counter, Fiber } from 'spillway/kernel'

export const { search, lookup } = kernels(import.meta.url, {
  // A long computation has to look: nothing interrupts it.
  search: job((ctx, { steps }: { steps: Int32Array }) => {
    while (!ctx.aborted) Atomics.add(steps, 0, 1)
  }),
  // A fiber that is suspended ends at its wait, with a CancelledError that `finally` sees.
  lookup: job(function* (
    _ctx,
    { never, closed }: { never: Counter; closed: Int32Array },
  ): Fiber<void> {
    try {
      yield* never.wait()
    } finally {
      Atomics.store(closed, 0, 1)
    }
  }),
})
