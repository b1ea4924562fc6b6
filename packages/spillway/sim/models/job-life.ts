/** Whole lives of jobs: forks, waits inside waits, cancellation, the end of the system, and threads that die. */
import {
  DEEP_PARENT,
  DEPTH,
  FIBER,
  FORKER,
  LEAF,
  LOOPER,
  PARENT,
  SPAWNER,
} from '../programs/kernels.ts'
import { ensure } from '../steps.ts'
import type * as program from '../programs/job.ts'
import type { Bound, Model } from '../explore/model.ts'
import type { Memory } from '../explore/word-name.ts'
import { JOB_DETACHED } from '../../src/layout/jobs.ts'
import { jobModel, leavesRan, oneRan, servers, timesOf, write } from './job-model.ts'
import { HINTS } from './loop.ts'
import { checkSleepers } from './sleep.ts'

/** Writes a job of the same kind in the same record of each worker: whoever runs its parent spawns its own. */
function writeEach(memory: Memory, index: number, kernel: number, argument = 0, flags = 0): void {
  for (let thread = 0; thread < memory.workers; thread++) {
    write(memory, thread, index, kernel, argument, flags)
  }
}

/** The jobs that `writeEach` wrote. */
function each({ workers, layout, area }: Memory, index: number): number[] {
  return Array.from({ length: workers }, (_, thread) => layout.jobId(area!, thread, index))
}

const waits = 'each job runs exactly once, and each wait ends'

function joinModel(name: string, workers: number, depth: number, ci: number, deep: number) {
  return jobModel({
    name,
    promise: 'both sides of each fork run exactly once, wherever, and its join goes on',
    workers,
    jobs: 2,
    bound: { ci, deep },
    mayRace: {
      'thread.TOP': 'only a hint whether there is something to steal, before a fork is published',
    },
    threads(threads, memory, area) {
      const { words, data } = memory
      // Of the worker of async jobs, which is not there.
      const root = write(memory, workers + 1, 0, FORKER, depth * DEPTH)
      return [
        { name: 'starter', run: () => threads.forker(words, area, workers, data, root) },
        ...Array.from({ length: workers }, (_, self) => ({
          name: `worker ${self}`,
          daemon: true,
          run: () => threads.forkingThread(words, area, self, data),
        })),
      ]
    },
    check(memory) {
      leavesRan(memory, 2 ** depth)
      checkSleepers(memory)
    },
  })
}

/** The first worker has taken a job already. */
function waitModel(plan: {
  readonly name: string
  readonly promise?: string
  readonly workers?: number
  readonly bound: Bound
  readonly kernel: number
  readonly mayRace?: Readonly<Record<string, string>>
  readonly write: (memory: Memory) => void
  readonly check: (memory: Memory) => void
}): Model<typeof program> {
  const { name, promise = waits, workers = 2, bound, kernel, mayRace = {} } = plan
  return jobModel({
    name,
    promise,
    workers,
    bound,
    mayRace,
    threads(threads, memory, area) {
      const { words, data } = memory
      const job = write(memory, workers, 0, kernel, 0)
      plan.write(memory)
      const [, ...others] = servers(threads, memory, area)
      const run = (): unknown => threads.busyThread(words, area, 0, data, job)
      return [{ name: 'worker 0', daemon: true, run }, ...others]
    },
    check(memory) {
      oneRan(memory, 'the first job', [memory.layout.jobId(memory.area!, workers, 0)])
      plan.check(memory)
      checkSleepers(memory)
    },
  })
}

/** The word of a counter, behind the leaves. */
function counterIn({ words }: Memory): number {
  return words.length - 3
}

function cancelModel(name: string, changes: boolean, ci: number): Model<typeof program> {
  const workers = 1
  return jobModel({
    name,
    promise:
      'a cancelled job ends, whether it is about to be taken, to begin, or to suspend on a counter',
    workers,
    bound: { ci, deep: ci + 2 },
    mayRace: {
      'header.CANCELS':
        'only a hint: a flag that goes up a moment later may be seen a moment later',
      'job.WAITING_ON': 'whoever cancels may look once too often',
      'job.STATE': 'whoever cancels may find a job suspended that is about to go on',
    },
    threads(threads, memory, area) {
      const { words, data, layout } = memory
      const counter = counterIn(memory)
      words[counter + layout.C_VALUE] = 1
      const job = write(memory, workers, 0, FIBER, counter)
      return [
        { name: 'starter', run: () => threads.canceller(words, area, workers, data, job) },
        ...servers(threads, memory, area),
        ...(changes
          ? [
              {
                name: 'async worker',
                run: () => threads.counterChangerOf(words, area, workers + 1, data, counter),
              },
            ]
          : []),
      ]
    },
    check(memory) {
      const job = [memory.layout.jobId(memory.area!, workers, 0)]
      const [ran, ended] = [timesOf(memory, job, 0), timesOf(memory, job, 2)]
      ensure(ran <= 1 && ended === ran, `the job ran ${ran} times and ended ${ended} times`)
      checkSleepers(memory)
    },
  })
}

const drain = jobModel({
  name: 'shutdown, detached jobs',
  promise: 'a drain ends only when every detached job has ended, those of detached jobs too',
  workers: 2,
  bound: { ci: 3, deep: 4 },
  threads(threads, memory, area) {
    const { words, data } = memory
    const job = write(memory, 2, 0, SPAWNER, 0, JOB_DETACHED)
    writeEach(memory, 0, LEAF, 0, JOB_DETACHED)
    const jobs = [job, ...each(memory, 0)]
    return [
      { name: 'starter', run: () => threads.drainer(words, area, 2, data, job, jobs) },
      ...servers(threads, memory, area),
    ]
  },
  check(memory) {
    oneRan(memory, 'the job', [memory.layout.jobId(memory.area!, 2, 0)])
    oneRan(memory, 'its child', each(memory, 0))
    checkSleepers(memory)
  },
})

const stop = jobModel({
  name: 'shutdown, a job that waits',
  promise: 'STOP ends every worker; a job that was begun gets to its end, and so does its child',
  workers: 2,
  bound: { ci: 3, deep: 4 },
  threads(threads, memory, area) {
    const job = write(memory, 2, 0, PARENT)
    writeEach(memory, 0, LEAF)
    return [
      { name: 'starter', run: () => threads.closer(memory.words, area, 2, job) },
      ...servers(threads, memory, area, false),
    ]
  },
  check(memory) {
    const job = [memory.layout.jobId(memory.area!, 2, 0)]
    if (timesOf(memory, job, 0) === 0) return
    oneRan(memory, 'the job', job)
    oneRan(memory, 'its child', each(memory, 0))
  },
})

/** A child that waits for a child of its own. */
const grandchild = {
  write(memory: Memory): void {
    writeEach(memory, 0, PARENT, 1)
    writeEach(memory, 1, LEAF)
  },
  check(memory: Memory): void {
    oneRan(memory, 'the child', each(memory, 0))
    oneRan(memory, "the child's child", each(memory, 1))
  },
}

export const jobLives = [
  joinModel('join, one thief', 1, 2, 3, 6),
  joinModel('join, two thieves', 2, 1, 3, 5),
  waitModel({
    name: 'nested wait',
    bound: { ci: 3, deep: 5 },
    kernel: PARENT,
    ...grandchild,
  }),
  waitModel({
    name: 'nested wait, three workers',
    workers: 3,
    bound: { deep: 2 },
    kernel: PARENT,
    ...grandchild,
  }),
  waitModel({
    name: 'nested wait for a loop',
    promise: `${waits}; so does each chunk of the loop`,
    bound: { ci: 3, deep: 5 },
    mayRace: HINTS,
    kernel: PARENT,
    write: (memory) => writeEach(memory, 0, LOOPER, 2),
    check(memory) {
      oneRan(memory, 'the child', each(memory, 0))
      leavesRan(memory, 2)
    },
  }),
  waitModel({
    name: 'wait without help',
    promise: `${waits}, also in a thread that leaves what others offer alone`,
    bound: { ci: 3, deep: 5 },
    kernel: DEEP_PARENT,
    ...grandchild,
  }),
  cancelModel('cancel, a job that is taken', false, 4),
  cancelModel('cancel, against the counter', true, 3),
  drain,
  stop,
  jobModel({
    name: 'a thief that dies',
    promise:
      'whoever waits for a job that a dead thread held learns of its end, whichever step was the last',
    workers: 2,
    bound: { ci: 3, deep: 4 },
    threads(threads, memory, area) {
      const { words, data } = memory
      const job = write(memory, 2, 0, LEAF)
      return [
        { name: 'starter', run: () => threads.survivor(words, area, 2, data, job, 0, 1) },
        ...servers(threads, memory, area),
      ]
    },
    check(memory) {
      const ran = timesOf(memory, [memory.layout.jobId(memory.area!, 2, 0)], 0)
      ensure(ran <= 1, `the job ran ${ran} times`)
    },
  }),
]
