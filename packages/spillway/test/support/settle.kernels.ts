/** A kernel that writes all the time it runs. */
import { each, kernels } from 'spillway/kernel'

export interface Scribbled {
  readonly out: Int32Array
  /** inside[0] counts threads in the kernel. */
  readonly inside: Int32Array
  /** Index that fails, -1 for none. */
  readonly bad: number
  readonly ms: number
}

export const { scribble } = kernels(import.meta.url, {
  scribble: each((i, { out, inside, bad, ms }: Scribbled) => {
    Atomics.add(inside, 0, 1)
    const end = performance.now() + ms
    do out[i]++
    while (performance.now() < end)
    Atomics.sub(inside, 0, 1)
    if (i === bad) throw new RangeError(`index ${i} is bad`)
  }),
})
