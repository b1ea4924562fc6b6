/** Deques, inboxes, counters, and threads that run jobs and wait for them. */
import type * as program from '../programs/job.ts'
import { NEEDS_EVENT_LOOP, PARENT } from '../programs/kernels.ts'
import { ensure } from '../steps.ts'
import type { Model } from '../explore/model.ts'
import type { Memory } from '../explore/word-name.ts'
import { JOBS, jobModel, ranOnce, servers } from './job-model.ts'
import { checkSleepers } from './sleep.ts'

/** Record of the child that a parent spawns. */
const CHILD = 2

const taken = 'each job is taken exactly once, by its owner or by a thief'

function dequeModel(
  name: string,
  moves: string,
  thieves: number,
  ci: number,
  capacity = JOBS,
): Model<typeof program> {
  const jobs = Array.from(moves.replaceAll('-', ''), (_, at) => at + 1)
  return jobModel({
    name,
    promise: taken,
    workers: thieves,
    jobs: capacity,
    edits: [],
    bound: { ci, deep: ci + 2 },
    threads: (threads, { words, data }, area) => [
      { name: 'owner', run: () => threads.owner(words, area, 0, data, moves) },
      ...Array.from({ length: thieves }, (_, at) => ({
        name: `thief ${at + 1}`,
        run: () => threads.thief(words, area, at + 1, 0, data),
      })),
    ],
    check: (memory) => ranOnce(memory, jobs),
  })
}

function counterModel(
  name: string,
  value: number,
  targets: readonly number[],
  changes: readonly number[],
  ci: number,
): Model<typeof program> {
  return jobModel({
    name,
    promise: 'each waiter is resumed exactly once when the counter has fallen to its target',
    workers: 1,
    edits: [],
    bound: { ci, deep: ci + 2 },
    threads(threads, { words, data, layout }, area) {
      words[data + layout.C_VALUE] = value
      const resumed = data + 4
      return [
        ...targets.map((target, at) => ({
          name: `waiter ${at + 1}`,
          run: () => threads.counterWaiter(words, area, data, at + 1, target, resumed),
        })),
        ...changes.map((times, at) => ({
          name: `changer ${at}`,
          run: () => threads.counterChanger(words, area, data, times, resumed),
        })),
      ]
    },
    check({ words, data }) {
      targets.forEach((_, at) => {
        const times = words[data + 4 + at + 1]
        ensure(times === 1, `waiter ${at + 1} was resumed ${times} times`)
      })
    },
  })
}

function spawnModel(
  name: string,
  workers: number,
  kinds: readonly number[],
  ci: number,
): Model<typeof program> {
  const spawned = (memory: Memory, thread: number, index: number): number =>
    memory.layout.jobId(memory.area!, thread, index)
  return jobModel({
    name,
    promise: 'each job runs exactly once, its waiter goes on, and nobody sleeps while there is one',
    workers,
    bound: { ci, deep: ci + 1 },
    threads(threads, memory, area) {
      const { words, data, layout } = memory
      const own = kinds.map((_, at) => spawned(memory, workers, at))
      kinds.forEach((kind, at) => {
        const record = layout.jobAt(area, own[at]!)
        words[record + layout.J_KERNEL] = kind
        words[record + layout.J_ARGUMENTS] = CHILD
      })
      return [
        { name: 'starter', run: () => threads.spawner(words, area, workers, data, own) },
        ...servers(threads, memory, area),
      ]
    },
    check(memory) {
      const { words, data } = memory
      ranOnce(
        memory,
        kinds.map((_, at) => spawned(memory, workers, at)),
      )
      let children = 0
      for (let thread = 0; thread <= workers; thread++) {
        children += words[data + spawned(memory, thread, CHILD)]!
      }
      ensure(
        children === kinds.filter((kind) => kind === PARENT).length,
        `${children} children ran`,
      )
      checkSleepers(memory)
    },
  })
}

export const jobs = [
  dequeModel('deque, one thief', '++-+-', 1, 4),
  dequeModel('deque, two thieves', '++-', 2, 3),
  dequeModel('deque, ring of two', '+-+-++', 1, 4, 2),
  counterModel('counter, one waiter', 1, [0], [1], 4),
  counterModel('counter, two waiters', 2, [1, 0], [1, 1], 3),
  spawnModel('job, spawned and awaited', 1, [0], 3),
  spawnModel('jobs, two workers', 2, [0], 3),
  spawnModel('job with a child', 1, [PARENT], 3),
  jobModel({
    name: 'inbox',
    promise: 'what is put into an inbox wakes its thread',
    workers: 1,
    bound: { ci: 3, deep: 5 },
    threads: (threads, memory, area) => [
      {
        name: 'sender',
        run: () => threads.sender(memory.words, area, 0, [5, 6]),
      },
      ...servers(threads, memory, area),
    ],
    check(memory) {
      ranOnce(memory, [5, 6])
      checkSleepers(memory)
    },
  }),
  jobModel({
    name: 'refused job',
    promise: 'a job that a waiting thread cannot run reaches one that can',
    workers: 2,
    bound: { ci: 3, deep: 4 },
    threads(threads, memory, area) {
      const { words, data, layout } = memory
      const job = layout.jobId(area, 2, 0)
      const awaited = layout.jobId(area, 0, 0)
      words[layout.jobAt(area, job) + layout.J_KERNEL] = NEEDS_EVENT_LOOP
      return [
        { name: 'worker 0', run: () => threads.waiterThread(words, area, 0, data, awaited) },
        { name: 'worker 1', daemon: true, run: () => threads.workerThread(words, area, 1, data) },
        { name: 'starter', run: () => threads.relay(words, area, 2, job, awaited) },
      ]
    },
    check: (memory) => ranOnce(memory, [memory.layout.jobId(memory.area!, 2, 0)]),
  }),
  jobModel({
    name: 'wake-up not used',
    promise:
      'a job does not lie about while a worker sleeps, though the one woken for it goes on elsewhere',
    workers: 2,
    bound: { ci: 3, deep: 4 },
    threads(threads, memory, area) {
      const { words, data, layout } = memory
      const awaited = layout.jobId(area, 0, 0)
      return [
        // When its wait is over it is busy for long: here, for ever.
        { name: 'worker 0', run: () => threads.waiterThread(words, area, 0, data, awaited) },
        { name: 'worker 1', daemon: true, run: () => threads.workerThread(words, area, 1, data) },
        {
          name: 'starter',
          run: () => threads.publisher(words, area, 2, [layout.jobId(area, 2, 0)]),
        },
        { name: 'async worker', run: () => threads.finisher(words, area, awaited) },
      ]
    },
    check: (memory) => ranOnce(memory, [memory.layout.jobId(memory.area!, 2, 0)]),
  }),
]
