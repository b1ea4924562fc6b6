import { job, kernels } from 'spillway/kernel'

interface Queue {
  order: Int32Array
  gate: Int32Array
}

export const { hold, note } = kernels(import.meta.url, {
  // Keeps its worker busy until the gate opens, so that the others queue up behind it.
  hold: job((_ctx, { gate }: { gate: Int32Array }) => {
    Atomics.store(gate, 0, 1)
    Atomics.notify(gate, 0)
    Atomics.wait(gate, 1, 0)
  }),
  note: job((_ctx, { order, gate, name }: Queue & { name: number }) => {
    order[Atomics.add(gate, 2, 1)] = name
  }),
})
