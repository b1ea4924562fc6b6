/** A reduction that waits at a gate in every chunk. */
import { kernels, reduce } from 'spillway/kernel'
import { passGate } from './gate.ts'
import { combineCalls } from './reduce.kernels.ts'

export const { gated } = kernels(import.meta.url, {
  gated: reduce({
    identity: 0,
    foldRange: (
      sum: number,
      start,
      end,
      { gate, ms = 0 }: { readonly gate: Int32Array; readonly ms?: number },
    ) => {
      passGate(gate)
      const stop = performance.now() + ms
      while (performance.now() < stop);
      return sum + end - start
    },
    combine: (a, b) => {
      combineCalls.count++
      return a + b
    },
  }),
})
