/** Threads of models about jobs. What they do inside jobs is in `job-thread.ts`. */
import { add, load, notify, store, wait } from '../../src/core/atomics.ts'
import { flag, toWake } from '../../src/core/cancel.ts'
import { add as addToList } from '../../src/core/chain.ts'
import { announceWait, finish, isDone } from '../../src/core/completion.ts'
import { change, drain, waitFor } from '../../src/core/counter.ts'
import { LOST, NONE, pop, push, steal } from '../../src/core/deque.ts'
import { openDetached, spawnedDetached } from '../../src/core/detached.ts'
import { UNDECIDED, jobInHand } from '../../src/core/lost.ts'
import { cancelSleep, wakeAll, wakeThread } from '../../src/core/sleep/park.ts'
import { help, serve } from '../../src/core/worker.ts'
import {
  J_HOME,
  J_STATE,
  J_TARGET,
  NORMAL,
  RUNNING,
  T_CANDIDATE,
  T_INBOX,
  jobAt,
  jobId,
  threadAt,
} from '../../src/layout/jobs.ts'
import type { JobArea } from '../../src/layout/jobs.ts'
import { H_STOP, LISTENING, W_PARK, workerAt } from '../../src/layout/layout.ts'
import { kill, pause } from '../seam.ts'
import { ensure } from '../steps.ts'
import { JobThread, JobWait, complete, publish, resumeJob, wordOf } from './job-thread.ts'

/** A worker's whole life. */
export function workerThread(words: Int32Array, area: JobArea, self: number, data: number): void {
  serve(new JobThread(words, area, self, data))
}

/** A worker whose forks have records. */
export function forkingThread(words: Int32Array, area: JobArea, self: number, data: number): void {
  serve(threadWithRecords(words, area, self, data))
}

/** Runs a job that nobody else knows of, whose forks have records. */
export function forker(
  words: Int32Array,
  area: JobArea,
  self: number,
  data: number,
  job: number,
): void {
  threadWithRecords(words, area, self, data).run(job, false)
}

/** A thread whose forks have records. */
function threadWithRecords(
  words: Int32Array,
  area: JobArea,
  self: number,
  data: number,
): JobThread {
  const thread = new JobThread(words, area, self, data)
  for (let index = 0; index < area.capacity; index++) thread.free.push(jobId(area, self, index))
  return thread
}

/** Spawns a job, cancels it, and waits for it all the same. */
export function canceller(
  words: Int32Array,
  area: JobArea,
  self: number,
  data: number,
  job: number,
): void {
  const thread = new JobThread(words, area, self, data)
  function resume(ready: number): void {
    resumeJob(thread, ready)
  }
  publish(words, area, self, job)
  flag(words, area, job)
  const counter = toWake(words, area, job)
  if (counter !== 0) drain(words, area, counter, resume)
  help(thread, new JobWait(thread, job))
}

/** Looks once whether all detached jobs have ended. If it is told so, the bodies of `jobs` have come to their ends. */
export function drainer(
  words: Int32Array,
  area: JobArea,
  self: number,
  data: number,
  first: number,
  jobs: readonly number[],
): void {
  const thread = new JobThread(words, area, self, data)
  spawnedDetached(words, area, self)
  publish(words, area, self, first)
  if (openDetached(words, area) !== 0) return
  let ended = 0
  for (let at = 0; at < jobs.length; at++) ended += words[wordOf(thread, jobs[at]!, 2)]!
  ensure(ended === 2, `told that all detached jobs have ended, and ${2 - ended} have not`)
}

/** Publishes a job and ends all workers, as `pool.ts` does. */
export function closer(words: Int32Array, area: JobArea, self: number, job: number): void {
  publish(words, area, self, job)
  store(words, H_STOP, 1)
  wakeAll(words, area.workers)
}

/** A worker that begins with a job that it has taken before. */
export function busyThread(
  words: Int32Array,
  area: JobArea,
  self: number,
  data: number,
  job: number,
): void {
  const thread = new JobThread(words, area, self, data)
  thread.run(job, false)
  serve(thread)
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

/** Publishes jobs and does something else. */
export function publisher(
  words: Int32Array,
  area: JobArea,
  self: number,
  jobs: readonly number[],
): void {
  for (let at = 0; at < jobs.length; at++) publish(words, area, self, jobs[at]!)
}

/**
 * An event loop that waits for a job, and learns that worker `lost`, thread `victim` of the model, is dead: it does what `pool.ts` and
 * `jobs/lost.ts` do. Nobody takes the seat.
 */
export function survivor(
  words: Int32Array,
  area: JobArea,
  self: number,
  data: number,
  job: number,
  lost: number,
  victim: number,
): void {
  const thread = new JobThread(words, area, self, data)
  const awaited = new JobWait(thread, job)
  publish(words, area, self, job)
  awaited.announce()
  kill(victim)
  cancelSleep(words, workerAt(lost, area.workers))
  loseWorker(thread, lost)
  wakeAll(words, area.workers)
  const park = workerAt(self, area.workers) + W_PARK
  while (!awaited.isOver()) {
    store(words, park, LISTENING)
    if (!awaited.isOver()) wait(words, park, LISTENING, Infinity)
  }
}

/** As in `jobs/lost.ts`, for a thread that has no jobs of its own. */
function loseWorker(thread: JobThread, lost: number): void {
  const { words, area } = thread
  let taken = jobInHand(words, area, lost)
  while (taken === UNDECIDED) {
    pause()
    taken = jobInHand(words, area, lost)
  }
  if (taken !== NONE) {
    words[jobAt(area, taken) + J_HOME] = lost + 1
    words[jobAt(area, taken) + J_STATE] = RUNNING
  }
  store(words, threadAt(area, lost) + T_CANDIDATE, 0)
  for (let job = 1; job <= area.threads * area.capacity; job++) {
    const at = jobAt(area, job)
    if (load(words, at + J_STATE) !== RUNNING || words[at + J_HOME] !== lost + 1) continue
    if (!isDone(words, at)) complete(thread, job)
  }
}

/** Lets a counter fall by one, in a thread that runs no jobs. */
export function counterChangerOf(
  words: Int32Array,
  area: JobArea,
  self: number,
  data: number,
  counter: number,
): void {
  const thread = new JobThread(words, area, self, data)
  function resume(ready: number): void {
    resumeJob(thread, ready)
  }
  change(words, area, counter, -1, resume)
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
