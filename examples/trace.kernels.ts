import { each, job, kernels } from 'spillway/kernel'
import type { Fiber } from 'spillway/kernel'

export const { collatz, longest } = kernels(import.meta.url, {
  /** Steps to 1: some numbers take many, so chunks differ in length. */
  collatz: each((i, { steps }: { steps: Int32Array }) => {
    let count = 0
    for (let n = i + 1; n !== 1; n = n % 2 === 0 ? n / 2 : 3 * n + 1) count++
    steps[i] = count
  }),
  /** The most steps in [start, end), by halves. */
  longest: job(function* (ctx, part: Part): Fiber<number> {
    const { steps, start, end } = part
    if (end - start <= 20_000) return steps.subarray(start, end).reduce((a, b) => Math.max(a, b))
    const middle = (start + end) >> 1
    const left = ctx.spawn(longest, { ...part, end: middle })
    const right = ctx.spawn(longest, { ...part, start: middle })
    yield* ctx.wait(left, right)
    return Math.max(left.value, right.value)
  }),
})

interface Part {
  steps: Int32Array
  start: number
  end: number
}
