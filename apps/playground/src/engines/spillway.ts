/** Runs a program on a job system. */
import type { JobSystem } from 'spillway'
import type { Kernel } from '../programs/kernel-of.ts'
import type { Work } from '../programs/program.ts'
import type { Part } from '../programs/quicksort.ts'

export interface SpillwayRun {
  readonly signal: AbortSignal
  /** Called between steps, outside the time that is measured. */
  readonly between?: (stepsDone: number) => Promise<void> | void
}

/** Returns the milliseconds that the steps took together, from call to call's end. */
export async function runOnSpillway(
  jobs: JobSystem,
  work: Work,
  kernel: Kernel,
  { signal, between }: SpillwayRun,
): Promise<number> {
  let ms = 0
  for (let step = 0; step < work.steps; step++) {
    const began = performance.now()
    await runStep(jobs, work, kernel, step, signal)
    ms += performance.now() - began
    signal.throwIfAborted()
    await between?.(step + 1)
  }
  return ms
}

async function runStep(
  jobs: JobSystem,
  work: Work,
  { form, kernel }: Kernel,
  step: number,
  signal: AbortSignal,
): Promise<void> {
  const args = work.args(step)
  switch (form) {
    case 'each':
      return jobs.parallelFor(work.length, kernel as never, args, { signal })
    case 'range':
      return jobs.parallelForChunks(work.length, work.chunk, kernel, args, { signal })
    case 'reduce':
      return work.accept!(await jobs.parallelReduce(work.length, kernel, args, { signal }))
    case 'job':
      await jobs.run(kernel, args as unknown as Part, { signal })
  }
}

/** For `between`: steps too short to share run in the page's own thread, which must see to its events now and then. */
export async function breathe(stepsDone: number): Promise<void> {
  if (stepsDone % 16 === 0) await new Promise((resolve) => setTimeout(resolve))
}
