import { job, kernels } from 'spillway/kernel'
import type { Fiber } from 'spillway/kernel'

export const { parse, lenient, strict } = kernels(import.meta.url, {
  parse: job((_ctx, line: number): number => {
    if (line % 4 === 3) throw new RangeError(`line ${line} is broken`)
    return line
  }),
  // The error of a child arrives where its result would have.
  lenient: job(function* (ctx, lines: number): Fiber<number> {
    const handles = Array.from({ length: lines }, (_, line) => ctx.spawn(parse, line))
    let good = 0
    for (const handle of handles) {
      try {
        yield* ctx.wait(handle)
        good++
      } catch (error) {
        if (!(error instanceof RangeError)) throw error
      }
    }
    return good
  }),
  // Nobody looks at the children: the first that failed, in order of spawning, fails this job.
  strict: job((ctx, lines: number): void => {
    for (let line = 0; line < lines; line++) ctx.spawn(parse, line)
  }),
})
