/** Kernels that wait: at a gate that the test opens, or for one another. */
import { each, kernels, range } from 'spillway/kernel'
import { ARRIVED, INSIDE, PASSED, passGate } from './gate.ts'

/** Each index takes this long where a claim must hold no second one. */
const CLAIM_MS = 0.2
const DEADLINE_MS = 20_000

export interface Gated {
  readonly gate: Int32Array
}

function spin(milliseconds: number): void {
  const end = performance.now() + milliseconds
  while (performance.now() < end);
}

export const { waitAtGate, waitAtGateRange, waitForAll, waitInTurn } = kernels(import.meta.url, {
  waitAtGate: each((_i, { gate }: Gated) => passGate(gate)),
  waitAtGateRange: range((_start, _end, { gate }: Gated) => passGate(gate)),
  /** Index `held` waits until all `others` have run. */
  waitForAll: each(
    (i, { gate, held, others }: Gated & { readonly held: number; readonly others: number }) => {
      spin(CLAIM_MS)
      if (i === held) {
        const end = performance.now() + DEADLINE_MS
        while (Atomics.load(gate, PASSED) < others) {
          if (performance.now() > end) throw new Error('the rest of the range was not taken')
        }
      }
      Atomics.add(gate, PASSED, 1)
    },
  ),
  /** Takes `ms` milliseconds without keeping a core busy; INSIDE says how many are at it. */
  waitInTurn: each((_i, { gate, ms }: Gated & { readonly ms: number }) => {
    Atomics.add(gate, INSIDE, 1)
    Atomics.add(gate, ARRIVED, 1)
    Atomics.wait(gate, PASSED + 1, 0, ms)
    Atomics.add(gate, PASSED, 1)
    Atomics.sub(gate, INSIDE, 1)
  }),
})
