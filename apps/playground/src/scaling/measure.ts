/** Times a program on 1 to N workers. */
import { plural } from 'spillway-lab/dist/report/format.js'
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
import { ownMemory } from '../programs/program.ts'
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

/**
 * How long a fresh system runs a kernel before it is timed. Engines compile hot code in threads of their own, which get no core while
 * as many workers as cores are at work: half a second is what it takes here until times stay the same.
 */
const WARM_MS = 500
/** How long it is timed then. */
const TIMED_MS = 250

/** In passes over all counts, so that what else the machine does falls on all of them. */
export async function measureScaling(run: ScalingRun): Promise<Scaling[]> {
  const { subjects, counts, signal } = run
  const taken = subjects.map(() => counts.map((): number[] => []))
  let done = 0
  for (let pass = 0; pass < PASSES; pass++) {
    for (const [at, workers] of counts.entries()) {
      const what = `pass ${pass + 1} of ${PASSES}, ${plural(workers, 'worker')}`
      run.progress(done++, PASSES * counts.length, what)
      const jobs = await startSystem(workers)
      try {
        for (const [which, subject] of subjects.entries()) {
          taken[which]![at]!.push(...(await samplesOf(jobs, subject, workers, run)))
        }
      } finally {
        await jobs.close({ drain: false })
      }
      signal.throwIfAborted()
    }
  }
  return subjects.map(({ program }, which) => {
    const work = program.create(ownMemory, run.size, 1)
    return scalingOf(program, counts, taken[which]!, work.length * work.steps)
  })
}

async function samplesOf(
  jobs: JobSystem,
  { program, text }: Subject,
  workers: number,
  { size, signal }: ScalingRun,
): Promise<number[]> {
  const kernel = kernelOf(program, text)
  const once = (): Promise<number> => timeOnce(jobs, program, kernel, size, workers, signal)
  await repeat(WARM_MS, once)
  return repeat(TIMED_MS, once)
}

/** Runs at least once, and until so much time has passed, preparations included. */
export async function repeat(ms: number, once: () => Promise<number>): Promise<number[]> {
  const samples: number[] = []
  const end = performance.now() + ms
  do samples.push(await once())
  while (performance.now() < end)
  return samples
}

async function timeOnce(
  jobs: JobSystem,
  program: Program,
  kernel: Kernel,
  size: number,
  cells: number,
  signal: AbortSignal,
): Promise<number> {
  const memory = jobs.scope()
  try {
    const work = program.create(memory, size, cells)
    return await runOnSpillway(jobs, work, kernel, { signal, between: breathe })
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
