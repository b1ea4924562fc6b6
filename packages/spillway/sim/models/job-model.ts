/** What models about jobs have in common: memory with a job area, jobs that are written beforehand, and what to look at in the end. */
import type * as program from '../programs/job.ts'
import { JOB_DATA } from '../programs/kernels.ts'
import { ensure } from '../steps.ts'
import type { Bound, Model, ThreadSpec } from '../explore/model.ts'
import type { Memory } from '../explore/word-name.ts'
import type { Woven } from '../steps.ts'
import type { JobArea } from '../../src/layout/jobs.ts'
import { METRICS } from './sleep.ts'

export interface Plan {
  readonly name: string
  readonly promise: string
  readonly workers: number
  readonly bound: Bound
  readonly edits?: Model['edits']
  readonly mayRace?: Readonly<Record<string, string>>
  /** Job records of each thread, 4 if absent. */
  readonly jobs?: number
  threads(threads: Woven<typeof program>, memory: Memory, area: JobArea): readonly ThreadSpec[]
  check(memory: Memory, area: JobArea): void
}

export const JOBS = 4
const LEAVES = 8
/** Two of everything: an urgent look at every second step, one nested loop. */
const TWO_TURNS = { file: 'src/core/worker.ts', from: 'const TURNS = 8', to: 'const TURNS = 2' }

export function jobModel(plan: Plan): Model<typeof program> {
  const { name, promise, workers, bound, edits, jobs = JOBS } = plan
  return {
    name,
    promise,
    program: 'sim/programs/job.ts',
    constants: { LOOP_SLOTS: 1, OUTBOX_BYTES: 0, LEVELS: 2, NESTED_LOOPS: 1 },
    edits: edits ?? [TWO_TURNS],
    workers,
    jobs,
    // Words for each job record, for leaves and chunks, and a counter.
    data: JOB_DATA * JOBS * (workers + 2) + 1 + LEAVES + 3,
    unread: METRICS,
    mayRace: {
      'thread.RING': 'a thief reads a cell before its compare-and-set says whether it may',
      'job.KERNEL': 'a thief looks whether it could run a job before it takes it',
      ...plan.mayRace,
    },
    bound,
    create(threads, memory) {
      const area = memory.area!
      return {
        threads: plan.threads(threads, memory, area),
        check: () => plan.check(memory, area),
      }
    },
  }
}

/** Writes a job that nobody has spawned yet. Returns its id. */
export function write(
  { words, layout, area }: Memory,
  thread: number,
  index: number,
  kernel: number,
  argument = 0,
  flags = 0,
): number {
  const job = layout.jobId(area!, thread, index)
  const at = layout.jobAt(area!, job)
  words[at + layout.J_STATE] = layout.QUEUED
  words[at + layout.J_KERNEL] = kernel
  words[at + layout.J_ARGUMENTS] = argument
  words[at + layout.J_FLAGS] = flags
  return job
}

/** How often jobs ran (0), or their bodies came to their end (2). */
export function timesOf(
  { words, data, area }: Memory,
  jobs: readonly number[],
  what: 0 | 2,
): number {
  const { threads, capacity } = area!
  return jobs.reduce((sum, job) => sum + words[data + what * threads * capacity + job]!, 0)
}

/** Of jobs of which one was to run, since each thread has its own: exactly one did, and came to its end. */
export function oneRan(memory: Memory, what: string, jobs: readonly number[]): void {
  const [ran, ended] = [timesOf(memory, jobs, 0), timesOf(memory, jobs, 2)]
  ensure(ran === 1 && ended === 1, `${what} ran ${ran} times and ended ${ended} times`)
}

export function leavesRan({ words, data, area }: Memory, count: number): void {
  const first = data + JOB_DATA * area!.threads * area!.capacity + 1
  const ran = [...words.subarray(first, first + count)]
  ensure(
    ran.every((times) => times === 1),
    `leaves ran ${ran.join()} times`,
  )
}

export function ranOnce({ words, data }: Memory, jobs: readonly number[]): void {
  for (const job of jobs)
    ensure(words[data + job] === 1, `job ${job} ran ${words[data + job]} times`)
}

/** Workers, which sleep at the end unless the system stops. */
export function servers(
  threads: Woven<typeof program>,
  { words, data, workers }: Memory,
  area: JobArea,
  daemon = true,
): ThreadSpec[] {
  return Array.from({ length: workers }, (_, self) => ({
    name: `worker ${self}`,
    daemon,
    run: () => threads.workerThread(words, area, self, data),
  }))
}
