/** Runs a kernel in one thread, without the library: what the others are compared with. */
import type { EachBody, JobBody, RangeBody, Reduction } from '../programs/body-of.ts'
import type { Form, Work } from '../programs/program.ts'
import type { Part, Spawning } from '../programs/quicksort.ts'

/** A job's context where nobody else is: a child runs when it is spawned. */
const here: Spawning = {
  spawn: (body, args) => body(here, args),
  wait: () => undefined,
}

/** Runs indexes `start` to `end` of a step. */
export function runAlone(
  work: Work,
  form: Form,
  body: unknown,
  step: number,
  start: number,
  end: number,
): void {
  const args = work.args(step)
  switch (form) {
    case 'each':
      return runEach(body as EachBody, args, start, end)
    case 'range':
      // In the same chunks: a kernel may do something once per chunk.
      for (let at = start; at < end; at += work.chunk) {
        ;(body as RangeBody)(at, Math.min(end, at + work.chunk), args)
      }
      return
    case 'reduce': {
      const { identity, foldRange } = body as Reduction
      return work.accept!(foldRange(identity, start, end, args))
    }
    case 'job':
      return (body as JobBody)(here, { ...(args as unknown as Part), start, end })
  }
}

function runEach(body: EachBody, args: Parameters<EachBody>[1], start: number, end: number): void {
  for (let i = start; i < end; i++) body(i, args)
}
