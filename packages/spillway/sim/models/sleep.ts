/** Parking against waking, with work that is nothing but a number. */
import type * as program from '../programs/sleep.ts'
import { ensure } from '../steps.ts'
import type { Bound, Model } from '../explore/model.ts'
import type { Memory } from '../explore/word-name.ts'

/** Counters that threads only write. */
export const METRICS = [
  'worker.LOOPS',
  'worker.CLAIMS',
  'worker.STEALS',
  'worker.PARKS',
  'header.GROWN_LOADED',
  'header.GROWN_STARVED',
  'header.SHRUNK',
  'header.LAST_CHANGE',
  'header.LOAD',
]

interface Plan {
  readonly name: string
  readonly promise: string
  readonly workers: number
  /** Threads that publish, and how much each. */
  readonly publish: readonly number[]
  readonly close?: boolean
  readonly spurious?: number
  readonly bound: Bound
}

function sleepModel({
  name,
  promise,
  workers,
  publish,
  close,
  spurious,
  bound,
}: Plan): Model<typeof program> {
  return {
    name,
    promise,
    program: 'sim/programs/sleep.ts',
    constants: { LOOP_SLOTS: 1, OUTBOX_BYTES: 0 },
    workers,
    data: 1,
    unread: METRICS,
    bound,
    ...(spurious !== undefined && { spurious }),
    create(threads, memory) {
      const { words, data: bowl } = memory
      const publishers = publish.map((count, at) => ({
        name: `publisher ${at}`,
        run: () => threads.publisher(words, workers, bowl, count),
      }))
      const sleepers = Array.from({ length: workers }, (_, worker) => ({
        name: `worker ${worker}`,
        daemon: close !== true,
        run: () => threads.workerThread(words, workers, worker, bowl),
      }))
      const closers =
        close === true ? [{ name: 'closer', run: () => threads.closer(words, workers) }] : []
      return {
        threads: [...publishers, ...closers, ...sleepers],
        check() {
          const left = words[bowl]
          if (close !== true) ensure(left === 0, `${left} left in the bowl, and all asleep`)
          checkSleepers(memory)
        },
      }
    },
  }
}

/** At rest SLEEPERS is the number of threads whose PARK word says so. */
export function checkSleepers({ words, workers, layout }: Memory): void {
  let parked = 0
  for (let thread = 0; thread <= workers; thread++) {
    if (words[layout.workerAt(thread, workers) + layout.W_PARK] === layout.PARKED) parked++
  }
  const sleepers = words[layout.H_SLEEPERS]
  ensure(sleepers === parked, `SLEEPERS is ${sleepers}, ${parked} are parked`)
}

const awake = 'no wake-up is lost: nobody sleeps while there is something to take'

export const sleeps = [
  sleepModel({
    name: 'sleep, one worker',
    promise: awake,
    workers: 1,
    publish: [2],
    bound: { ci: 5, deep: Infinity },
  }),
  sleepModel({
    name: 'sleep, two workers',
    promise: awake,
    workers: 2,
    publish: [2],
    bound: { ci: 3, deep: 5 },
  }),
  sleepModel({
    name: 'sleep, two publishers',
    promise: awake,
    workers: 1,
    publish: [1, 1],
    bound: { ci: 4, deep: 6 },
  }),
  sleepModel({
    name: 'sleep, two and two',
    promise: awake,
    workers: 2,
    publish: [1, 1],
    bound: { ci: 3, deep: 4 },
  }),
  sleepModel({
    name: 'sleep, spurious',
    promise: awake,
    workers: 2,
    publish: [1],
    spurious: 1,
    bound: { ci: 3, deep: 5 },
  }),
  sleepModel({
    name: 'shutdown, two workers',
    promise: 'STOP ends every worker, also one that is about to park',
    workers: 2,
    publish: [1],
    close: true,
    bound: { ci: 3, deep: 4 },
  }),
]
