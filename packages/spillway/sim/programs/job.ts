/**
 * Jobs as threads run them: the shipped `serve` and `help`, with hooks that mirror `jobs/thread.ts` as far as shared memory is
 * concerned. A job adds one to its own word with a plain access.
 */
import { load, store, wait, notify, add } from '../../src/core/atomics.ts'
import { add as addToList, next, takeAll } from '../../src/core/chain.ts'
import { announceWait, finish, isDone } from '../../src/core/completion.ts'
import { change, waitFor } from '../../src/core/counter.ts'
import { LOST, NONE, pop, push, steal } from '../../src/core/deque.ts'
import type { Runner } from '../../src/core/loop.ts'
import { wakeOne, wakeThread } from '../../src/core/sleep/park.ts'
import { help, serve } from '../../src/core/worker.ts'
import type { JobHooks, ThreadContext, Wait } from '../../src/core/worker.ts'
import {
  J_ARGUMENTS,
  J_KERNEL,
  J_TARGET,
  LEVELS,
  NORMAL,
  T_CANDIDATE,
  T_INBOX,
  jobAt,
  jobId,
  ownerOf,
  threadAt,
} from '../../src/layout/jobs.ts'
import type { JobArea } from '../../src/layout/jobs.ts'
import { LISTENING, W_PARK, workerAt } from '../../src/layout/layout.ts'

/** What a job does, in KERNEL. */
export const LEAF = 0
/** Spawns the job in its thread's record number ARGUMENTS and waits for it. */
export const PARENT = 1
/** Needs something that only an event loop brings: not to be run inside a wait. */
export const NEEDS_EVENT_LOOP = 2

/** A thread that serves and helps. Its clock stands still, and its spin window is over at once. */
class JobThread implements ThreadContext, JobHooks {
  readonly words: Int32Array
  readonly area: JobArea
  readonly worker: number
  /** First of the words that jobs count in, by id; behind them those that say which own jobs ended here. */
  readonly data: number
  readonly workers: number
  readonly spinMs = 0
  readonly emptied = new Int32Array(LEVELS)
  turn = 0
  nested = 0
  refused = false

  constructor(words: Int32Array, area: JobArea, worker: number, data: number) {
    this.words = words
    this.area = area
    this.worker = worker
    this.workers = area.workers
    this.data = data
  }

  get jobs(): JobHooks {
    return this
  }

  get fingerprint(): number {
    let sum = this.turn + this.nested * 16 + (this.refused ? 256 : 0) + this.worker * 512
    for (let level = 0; level < LEVELS; level++) sum = (sum * 31 + this.emptied[level]!) | 0
    return sum
  }

  now(): number {
    return 0
  }

  pause(): void {}

  prepare(): Runner | null {
    return null
  }

  resume(inbox: boolean): boolean {
    const { words, area, worker } = this
    const head = threadAt(area, worker) + T_INBOX
    if (!inbox || load(words, head) === 0) return false
    let job = takeAll(words, head)
    while (job !== 0) {
      const following = next(words, area, job)
      words[this.data + job]!++
      job = following
    }
    return true
  }

  resumeYielded(): boolean {
    return false
  }

  hasReady(): boolean {
    return false
  }

  runPrivate(): boolean {
    return false
  }

  hasPrivate(): boolean {
    return false
  }

  readonly accept = (job: number): boolean => {
    if (this.nested === 0) return true
    if (this.words[jobAt(this.area, job) + J_KERNEL] !== NEEDS_EVENT_LOOP) return true
    this.refused = true
    return false
  }

  run(job: number, stolen: boolean): boolean {
    const { words, area, worker, data } = this
    const at = jobAt(area, job)
    if (stolen) store(words, threadAt(area, worker) + T_CANDIDATE, 0)
    words[data + job]!++
    if (words[at + J_KERNEL] === PARENT) {
      const child = jobId(area, worker, words[at + J_ARGUMENTS]!)
      publish(words, area, worker, child)
      help(this, new JobWait(this, child))
    }
    if (ownerOf(area, job) === worker) {
      words[data + area.threads * area.capacity + job] = 1
      return true
    }
    const waiter = finish(words, at)
    if (waiter < 0) wakeThread(words, area.workers, -waiter - 1)
    return true
  }
}

/** The handle of a job, for the thread that spawned it. */
class JobWait implements Wait {
  readonly thread: JobThread
  readonly job: number

  constructor(thread: JobThread, job: number) {
    this.thread = thread
    this.job = job
  }

  get fingerprint(): number {
    return this.job
  }

  isOver(): boolean {
    const { words, area, data } = this.thread
    if (words[data + area.threads * area.capacity + this.job] === 1) return true
    return isDone(words, jobAt(area, this.job))
  }

  announce(): boolean {
    const { words, area, worker } = this.thread
    return announceWait(words, jobAt(area, this.job), -(worker + 1))
  }
}

function publish(words: Int32Array, area: JobArea, thread: number, job: number): void {
  push(words, threadAt(area, thread), NORMAL, area.capacity, job)
  wakeOne(words, area.workers)
}

/** A worker's whole life. */
export function workerThread(words: Int32Array, area: JobArea, self: number, data: number): void {
  serve(new JobThread(words, area, self, data))
}

/** Spawns jobs, and then waits for each in turn, running what it finds. */
export function spawner(
  words: Int32Array,
  area: JobArea,
  self: number,
  data: number,
  jobs: readonly number[],
): void {
  const thread = new JobThread(words, area, self, data)
  for (let at = 0; at < jobs.length; at++) publish(words, area, self, jobs[at]!)
  for (let at = 0; at < jobs.length; at++) help(thread, new JobWait(thread, jobs[at]!))
}

/** Only waits for a job that another thread ends. */
export function waiterThread(
  words: Int32Array,
  area: JobArea,
  self: number,
  data: number,
  job: number,
): void {
  const thread = new JobThread(words, area, self, data)
  help(thread, new JobWait(thread, job))
}

/** An event loop: publishes a job, and ends another only when that one has run. */
export function relay(
  words: Int32Array,
  area: JobArea,
  self: number,
  job: number,
  then: number,
): void {
  publish(words, area, self, job)
  // As `jobs/event-loop.ts` waits.
  announceWait(words, jobAt(area, job), -(self + 1))
  const park = workerAt(self, area.workers) + W_PARK
  while (!isDone(words, jobAt(area, job))) {
    store(words, park, LISTENING)
    if (!isDone(words, jobAt(area, job))) wait(words, park, LISTENING, Infinity)
  }
  const waits = finish(words, jobAt(area, then))
  if (waits < 0) wakeThread(words, area.workers, -waits - 1)
}

/** Publishes a job and does something else. */
export function publisher(words: Int32Array, area: JobArea, self: number, job: number): void {
  publish(words, area, self, job)
}

/** Ends a job that it ran, and wakes who waits for it. */
export function finisher(words: Int32Array, area: JobArea, job: number): void {
  const waits = finish(words, jobAt(area, job))
  if (waits < 0) wakeThread(words, area.workers, -waits - 1)
}

/** Puts jobs into another thread's inbox. */
export function sender(
  words: Int32Array,
  area: JobArea,
  target: number,
  jobs: readonly number[],
): void {
  for (let at = 0; at < jobs.length; at++) {
    addToList(words, area, threadAt(area, target) + T_INBOX, jobs[at]!)
    wakeThread(words, area.workers, target)
  }
}

/** Pushes (`+`) and pops (`-`) jobs 1, 2, ... of its own, then pops until there is nothing. */
export function owner(
  words: Int32Array,
  area: JobArea,
  self: number,
  data: number,
  moves: string,
): void {
  const at = threadAt(area, self)
  let pushed = 0
  for (let move = 0; move < moves.length; move++) {
    if (moves[move] === '+') push(words, at, NORMAL, area.capacity, ++pushed)
    else {
      const job = pop(words, at, NORMAL, area.capacity)
      if (job !== NONE) words[data + job]!++
    }
  }
  for (;;) {
    const job = pop(words, at, NORMAL, area.capacity)
    if (job === NONE) return
    words[data + job]!++
  }
}

/** Steals until it has found nothing. */
export function thief(
  words: Int32Array,
  area: JobArea,
  self: number,
  victim: number,
  data: number,
): void {
  const everything = new Everything()
  for (;;) {
    const job = steal(
      words,
      threadAt(area, victim),
      NORMAL,
      area.capacity,
      threadAt(area, self),
      everything.accept,
    )
    if (job === NONE) return
    if (job !== LOST) words[data + job]!++
  }
}

class Everything {
  accept(): boolean {
    return true
  }
}

/** Waits as a fiber for a counter to fall to `target`, and sleeps until it is resumed. */
export function counterWaiter(
  words: Int32Array,
  area: JobArea,
  counter: number,
  job: number,
  target: number,
  resumed: number,
): void {
  function resume(ready: number): void {
    add(words, resumed + ready, 1)
    notify(words, resumed + ready)
  }
  words[jobAt(area, job) + J_TARGET] = target
  waitFor(words, area, counter, job, resume)
  while (load(words, resumed + job) === 0) wait(words, resumed + job, 0, Infinity)
}

/** Counts down `times` times. */
export function counterChanger(
  words: Int32Array,
  area: JobArea,
  counter: number,
  times: number,
  resumed: number,
): void {
  function resume(ready: number): void {
    add(words, resumed + ready, 1)
    notify(words, resumed + ready)
  }
  for (let time = 0; time < times; time++) change(words, area, counter, -1, resume)
}
