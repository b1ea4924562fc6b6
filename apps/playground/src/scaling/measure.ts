/** Times a program on 1 to N workers. */
import { findKnee } from 'spillway-lab/dist/stats/knee.js'
import type { Knee } from 'spillway-lab/dist/stats/knee.js'
import { median } from 'spillway-lab/dist/stats/median.js'
import { fitUsl } from 'spillway-lab/dist/stats/usl.js'
import type { UslFit } from 'spillway-lab/dist/stats/usl.js'
import type { JobSystem } from 'spillway'
import { breathe, runOnSpillway } from '../engines/spillway.ts'
import { startSystem } from '../engines/systems.ts'
import { kernelOf } from '../programs/kernel-of.ts'
import type { Kernel } from '../programs/kernel-of.ts'
import type { Program } from '../programs/program.ts'

export interface ScalingPoint {
  readonly workers: number
  /** Raw samples, in the order in which they were taken. */
  readonly samples: readonly number[]
  readonly ms: number
  /** Indexes per second, all steps together. */
  readonly throughput: number
  /** Over one worker. */
  readonly speedup: number
}

export interface Scaling {
  readonly program: Program
  readonly points: readonly ScalingPoint[]
  /** Null with one worker count. */
  readonly fit: UslFit | null
  readonly knee: Knee
}

export interface Subject {
  readonly program: Program
  /** Null for the kernel as it comes. */
  readonly text: string | null
}

export interface ScalingRun {
  readonly subjects: readonly Subject[]
  readonly size: number
  readonly counts: readonly number[]
  readonly signal: AbortSignal
  progress(done: number, all: number, text: string): void
}

const PASSES = 3

/** In passes over all counts, so that what else the machine does falls on all of them. */
export async function measureScaling(run: ScalingRun): Promise<Scaling[]> {
  const { subjects, counts, size, signal } = run
  const taken = subjects.map(() => counts.map((): number[] => []))
  const lengths = subjects.map(() => 0)
  let done = 0
  for (let pass = 0; pass < PASSES; pass++) {
    for (const [at, workers] of counts.entries()) {
      run.progress(
        done++,
        PASSES * counts.length,
        `pass ${pass + 1} of ${PASSES}, ${workers} ${workers === 1 ? 'worker' : 'workers'}`,
      )
      const jobs = await startSystem(workers)
      try {
        for (const [which, { program, text }] of subjects.entries()) {
          const kernel = kernelOf(program, text)
          // The first run of a system compiles; it is not counted.
          await timeOnce(jobs, program, kernel, size, workers, signal)
          const { ms, items } = await timeOnce(jobs, program, kernel, size, workers, signal)
          taken[which]![at]!.push(ms)
          lengths[which] = items
        }
      } finally {
        await jobs.close({ drain: false })
      }
      signal.throwIfAborted()
    }
  }
  return subjects.map(({ program }, which) =>
    scalingOf(program, counts, taken[which]!, lengths[which]!),
  )
}

export async function timeOnce(
  jobs: JobSystem,
  program: Program,
  kernel: Kernel,
  size: number,
  cells: number,
  signal: AbortSignal,
): Promise<{ ms: number; items: number }> {
  const memory = jobs.scope()
  try {
    const work = program.create(memory, size, cells)
    const ms = await runOnSpillway(jobs, work, kernel, { signal, between: breathe })
    return { ms, items: work.length * work.steps }
  } finally {
    memory.free()
  }
}

function scalingOf(
  program: Program,
  counts: readonly number[],
  taken: readonly number[][],
  items: number,
): Scaling {
  const alone = median(taken[0]!)
  const points = counts.map((workers, at): ScalingPoint => {
    const samples = taken[at]!
    const ms = median(samples)
    return { workers, samples, ms, throughput: (items / ms) * 1000, speedup: alone / ms }
  })
  return { program, points, fit: fitUsl(points), knee: findKnee(points) }
}
