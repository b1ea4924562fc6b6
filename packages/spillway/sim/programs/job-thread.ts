/**
 * A thread that runs jobs: hooks for the shipped `serve` and `help` that mirror `jobs/` as far as shared memory is concerned, and what
 * its jobs do. A job adds one to its own word with a plain access, and to another one when its waits are over.
 */
import { load, store } from '../../src/core/atomics.ts'
import { isCancelled, toWakeAfterAll } from '../../src/core/cancel.ts'
import { add as addToList, next, takeAll } from '../../src/core/chain.ts'
import { announceWait, finish, isDone } from '../../src/core/completion.ts'
import { drain, waitFor } from '../../src/core/counter.ts'
import { NONE, push } from '../../src/core/deque.ts'
import { endedDetached, spawnedDetached } from '../../src/core/detached.ts'
import { WAITS_PARKED, close, open, participate, remaining } from '../../src/core/loop.ts'
import type { Runner } from '../../src/core/loop.ts'
import { wakeOne, wakeThread } from '../../src/core/sleep/park.ts'
import { help, popOwn, waitOnly } from '../../src/core/worker.ts'
import type { JobHooks, ThreadContext, Wait } from '../../src/core/worker.ts'
import {
  J_ARGUMENTS,
  J_COMPLETION,
  J_FLAGS,
  J_HOME,
  J_KERNEL,
  J_STATE,
  J_TARGET,
  J_WAITING_ON,
  J_WAKE,
  JOB_DETACHED,
  LEVELS,
  NORMAL,
  QUEUED,
  RUNNING,
  SUSPENDED,
  T_BOTTOM,
  T_CANDIDATE,
  T_INBOX,
  T_LOOPS_OPEN,
  T_TOP,
  jobAt,
  jobId,
  ownerOf,
  threadAt,
} from '../../src/layout/jobs.ts'
import type { JobArea } from '../../src/layout/jobs.ts'
import {
  L_CLAIM,
  L_KERNEL,
  L_LOST,
  L_MODE,
  L_SERIAL,
  L_SHARE,
  L_UNIT_COUNT,
  L_WAITING,
  MODE_MERGE,
  NO_FAILURE,
  loopStride,
} from '../../src/layout/layout.ts'
import {
  DEEP_PARENT,
  DEPTH,
  FIBER,
  FORKER,
  JOB_DATA,
  LOOPER,
  NEEDS_EVENT_LOOP,
  PARENT,
  SPAWNER,
} from './kernels.ts'

/** The word in which a job counts its runs (0), says that it ended in its spawner (1), or counts how often its body got to its end (2). */
export function wordOf({ data, area }: JobThread, job: number, what: number): number {
  return data + what * area.threads * area.capacity + job
}

export class JobThread implements ThreadContext, JobHooks {
  readonly words: Int32Array
  readonly area: JobArea
  readonly worker: number
  /** First of the words that jobs count in, by id: see JOB_DATA. Behind them, those of leaves and chunks. */
  readonly data: number
  /** Own records that are free, for forks. */
  readonly free: number[] = []
  /** The first of the words that leaves and chunks count in. */
  readonly leaves: number
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
    this.leaves = wordOf(this, 1, JOB_DATA)
  }

  get jobs(): JobHooks {
    return this
  }

  get fingerprint(): number {
    let sum = this.turn + this.nested * 16 + (this.refused ? 256 : 0) + this.worker * 512
    for (let level = 0; level < LEVELS; level++) sum = (sum * 31 + this.emptied[level]!) | 0
    for (const job of this.free) sum = (sum * 31 + job) | 0
    return sum
  }

  now(): number {
    return 0
  }

  pause(): void {}

  prepare(): Runner | null {
    return new ChunkRunner(this.words, this.leaves)
  }

  resume(inbox: boolean): boolean {
    const { words, area, worker } = this
    const head = threadAt(area, worker) + T_INBOX
    if (!inbox || load(words, head) === 0) return false
    let job = takeAll(words, head)
    while (job !== 0) {
      const following = next(words, area, job)
      resumed(this, job)
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
    const { words, area, worker } = this
    const at = jobAt(area, job)
    words[at + J_HOME] = worker + 1
    if (stolen) {
      store(words, at + J_STATE, RUNNING)
      store(words, threadAt(area, worker) + T_CANDIDATE, 0)
    } else words[at + J_STATE] = RUNNING
    if (isCancelled(words, area, job)) complete(this, job)
    else if (words[at + J_KERNEL] === FIBER) beginFiber(this, job)
    else {
      runBody(this, job)
      complete(this, job)
    }
    return true
  }
}

function runBody(thread: JobThread, job: number): void {
  const { words, area, worker } = thread
  const at = jobAt(area, job)
  const kernel = words[at + J_KERNEL]!
  const argument = words[at + J_ARGUMENTS]!
  words[wordOf(thread, job, 0)]!++
  if (kernel === PARENT || kernel === DEEP_PARENT) {
    const child = jobId(area, worker, argument)
    publish(words, area, worker, child)
    if (kernel === PARENT) help(thread, new JobWait(thread, child))
    else helpDeep(thread, new JobWait(thread, child))
  } else if (kernel === SPAWNER) {
    const child = jobId(area, worker, argument)
    if ((words[jobAt(area, child) + J_FLAGS]! & JOB_DETACHED) !== 0) {
      spawnedDetached(words, area, worker)
    }
    publish(words, area, worker, child)
  } else if (kernel === LOOPER) runLoop(thread, argument)
  else if (kernel === FORKER) join(thread, Math.floor(argument / DEPTH), argument % DEPTH)
  words[wordOf(thread, job, 2)]!++
}

/** Mirrors `complete` of `jobs/endings.ts`. */
export function complete(thread: JobThread, job: number): void {
  const { words, area, worker } = thread
  const at = jobAt(area, job)
  if ((words[at + J_FLAGS]! & JOB_DETACHED) !== 0) {
    endedDetached(words, area, worker)
    return
  }
  if (ownerOf(area, job) === worker) {
    words[wordOf(thread, job, 1)] = 1
    return
  }
  const waiter = finish(words, at)
  if (waiter < 0) wakeThread(words, area.workers, -waiter - 1)
}

// Waits

/** The handle of a job, for the thread that spawned it. */
export class JobWait implements Wait {
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
    const { words, area } = this.thread
    if (words[wordOf(this.thread, this.job, 1)] === 1) return true
    return isDone(words, jobAt(area, this.job))
  }

  announce(): boolean {
    const { words, area, worker } = this.thread
    return announceWait(words, jobAt(area, this.job), -(worker + 1))
  }
}

/** A job of this thread's as `helpDeep` of `jobs/helping.ts` waits for it: by running what is its own, and nothing else. */
function helpDeep(thread: JobThread, wait: Wait): void {
  while (!wait.isOver()) {
    const job = popOwn(thread, thread.area, NORMAL)
    if (job === NONE) waitOnly(thread, wait)
    else thread.run(job, false)
  }
}

export function publish(words: Int32Array, area: JobArea, thread: number, job: number): void {
  push(words, threadAt(area, thread), NORMAL, area.capacity, job)
  wakeOne(words, area.workers)
}

// Joins: `JobContextImpl.join` and `jobs/forks.ts`

function join(thread: JobThread, depth: number, leaf: number): void {
  const { words, area, worker } = thread
  if (depth === 0) {
    words[thread.leaves + leaf]!++
    return
  }
  const half = leaf + 2 ** (depth - 1)
  const self = threadAt(area, worker)
  let job = NONE
  // Nothing to steal here means that somebody might be hungry.
  if (words[self + T_TOP + NORMAL] === words[self + T_BOTTOM + NORMAL]) {
    job = promote(thread, (depth - 1) * DEPTH + half)
  }
  join(thread, depth - 1, leaf)
  if (job === NONE || takeBack(thread, job)) join(thread, depth - 1, half)
  else help(thread, new JobWait(thread, job))
  if (job !== NONE) thread.free.push(job)
}

/** Publishes the second side of a fork if a record is free for it. */
function promote(thread: JobThread, argument: number): number {
  const { words, area, worker } = thread
  const job = thread.free.pop()
  if (job === undefined) return NONE
  const at = jobAt(area, job)
  words[at + J_COMPLETION] = 0
  words[at + J_STATE] = QUEUED
  words[at + J_HOME] = 0
  words[at + J_KERNEL] = FORKER
  words[at + J_ARGUMENTS] = argument
  words[wordOf(thread, job, 1)] = 0
  publish(words, area, worker, job)
  return job
}

/** True if nobody took the job; then it is out of the deque. */
function takeBack(thread: JobThread, job: number): boolean {
  while (thread.words[wordOf(thread, job, 1)] === 0) {
    const found = popOwn(thread, thread.area, NORMAL)
    if (found === NONE) return false
    if (found === job) return true
    thread.run(found, false)
  }
  return false
}

// Nested loops: `jobs/nested-loops.ts`

function runLoop(thread: JobThread, units: number): void {
  const { words, area, worker, workers, leaves } = thread
  const loop = area.loops + worker * area.nestedLoops * loopStride(workers)
  const mask = threadAt(area, worker) + T_LOOPS_OPEN
  words[loop + L_SERIAL] = 1
  words[loop + L_KERNEL] = leaves
  words[loop + L_MODE] = MODE_MERGE
  words[loop + L_UNIT_COUNT] = units
  words[loop + L_SHARE] = 1
  words[loop + L_CLAIM] = 1
  store(words, loop + L_LOST, 0)
  open(words, loop, mask, 0, 0, units, Math.max(1, workers - 1), NORMAL)
  wakeOne(words, workers)
  participate(words, loop, workers, 0, new ChunkRunner(words, leaves))
  help(thread, new LoopWait(thread, loop))
  close(words, loop, mask, 0)
}

class LoopWait implements Wait {
  readonly thread: JobThread
  readonly loop: number

  constructor(thread: JobThread, loop: number) {
    this.thread = thread
    this.loop = loop
  }

  get fingerprint(): number {
    return this.loop
  }

  isOver(): boolean {
    return remaining(this.thread.words, this.loop) === 0
  }

  announce(): boolean {
    const { words, worker } = this.thread
    store(words, this.loop + L_WAITING, WAITS_PARKED + worker)
    return !this.isOver()
  }
}

class ChunkRunner implements Runner {
  readonly words: Int32Array
  readonly leaves: number

  constructor(words: Int32Array, leaves: number) {
    this.words = words
    this.leaves = leaves
  }

  run(first: number, end: number): number {
    for (let unit = first; unit < end; unit++) this.words[this.leaves + unit]!++
    return NO_FAILURE
  }

  ran(): boolean {
    return true
  }

  stole(): void {}

  drained(): void {}
}

// Fibers: `jobs/fibers.ts` and `jobs/counters.ts`

function beginFiber(thread: JobThread, job: number): void {
  const { words, area } = thread
  const at = jobAt(area, job)
  const counter = words[at + J_ARGUMENTS]!
  words[wordOf(thread, job, 0)]!++
  words[at + J_TARGET] = 0
  words[at + J_WAITING_ON] = counter
  words[at + J_WAKE] = 0
  store(words, at + J_STATE, SUSPENDED)
  function resume(ready: number): void {
    resumeJob(thread, ready)
  }
  waitFor(words, area, counter, job, resume)
  const toLook = toWakeAfterAll(words, area, job)
  if (toLook !== 0) drain(words, area, toLook, resume)
}

/** Lets a suspended job go on in the thread it lives in. */
export function resumeJob(thread: JobThread, job: number): void {
  const { words, area, worker } = thread
  const home = words[jobAt(area, job) + J_HOME]! - 1
  if (home === worker) {
    resumed(thread, job)
    return
  }
  addToList(words, area, threadAt(area, home) + T_INBOX, job)
  wakeThread(words, area.workers, home)
}

function resumed(thread: JobThread, job: number): void {
  const { words, area } = thread
  const at = jobAt(area, job)
  if (words[at + J_KERNEL] !== FIBER) {
    words[wordOf(thread, job, 0)]!++
    return
  }
  words[at + J_STATE] = RUNNING
  words[at + J_WAITING_ON] = 0
  words[wordOf(thread, job, 2)]!++
  complete(thread, job)
}
