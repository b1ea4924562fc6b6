/**
 * What a thread does that has nothing better to do: find a job or a loop, run it, look again, spin a little, sleep.
 *
 * Workers do this all day (`serve`); a thread that waits for a job or a loop does it until that has ended (`help`).
 */
import {
  HIGH,
  LEVELS,
  NORMAL,
  T_BOTTOM,
  T_CANDIDATE,
  T_INBOX,
  T_LOOPS_OPEN,
  threadAt,
} from '../layout/jobs.ts'
import type { JobArea } from '../layout/jobs.ts'
import {
  H_JOBS,
  H_LOOPS_OPEN,
  H_STOP,
  H_URGENT,
  L_LOST,
  LOOP_SLOTS,
  loopAt,
  loopStride,
  W_CURRENT,
  W_LOOPS,
  W_STEALS,
  workerAt,
} from '../layout/layout.ts'
import { load, store, sub } from './atomics.ts'
import { lengthOf, LOST, NONE, pop, steal } from './deque.ts'
import { enter, hasRoomAt, hasWork, leave, participate } from './loop.ts'
import type { Runner } from './loop.ts'
import {
  announceListening,
  announceSleep,
  cancelListening,
  cancelSleep,
  listen,
  park,
  wakeOne,
  wakeThread,
} from './sleep/park.ts'
import { beginAwake, endAwake } from './sleep/load.ts'
import { shrinkIfIdle, spills, takersOf, watchOf } from './sleep/spill.ts'

/** What `serve` ends with. */
export const STOPPED = -1
export const NEEDS_EVENTS = -2

/** What `step` found. */
export const IDLE = 0
export const RAN = 1
const NEEDS = 2
const ANY_LEVEL = -1

/** Looks without a pause of the search for something urgent, or for fibers that others made ready. */
const TURNS = 8

/** What runs jobs in a thread; absent until the program's first job. */
export interface JobHooks {
  readonly area: JobArea
  /** Goes on with a fiber that can; looks into the thread's inbox only if asked. False if there is none. */
  resume(inbox: boolean): boolean
  /** Goes on with a fiber that gave others a turn. False if there is none. */
  resumeYielded(): boolean
  /** Runs the newest of the jobs that this thread has spawned and not published. False if there is none. */
  runPrivate(level: number): boolean
  /** True if `runPrivate` would find a job of any priority. */
  hasPrivate(): boolean
  /** True if `resume` or `resumeYielded` would find a fiber. */
  hasReady(): boolean
  /** True if this thread could run the job now. Called before the job is taken. */
  accept(job: number): boolean
  /** Runs a job that this thread took. False if the event loop has to bring something first, and the job was put aside. */
  run(job: number, stolen: boolean): boolean
}

/** Told when a thread falls asleep and when it is awake again. */
export interface SleepRecorder {
  parks(): void
  unparks(): void
}

export interface ThreadContext {
  readonly words: Int32Array
  readonly workers: number
  /** This thread: a worker, or `workers` for the starter. */
  readonly worker: number
  readonly spinMs: number
  now(): number
  pause(): void
  /**
   * The runner for a loop, or null if this thread first has to fetch something through its event loop (a kernels module, a foreign
   * buffer). Called inside the loop.
   */
  prepare(slot: number, loop: number): Runner | null
  readonly jobs: JobHooks | null
  /** Other workers in the order in which this thread looks at what they have; null: from the next one on. */
  readonly victims?: readonly number[] | null
  /** Null or absent unless the system is traced. */
  readonly recorder?: SleepRecorder | null
  /** Counts steps. */
  turn: number
  /** Bottom of the own deques when they were last found empty, per priority. */
  readonly emptied: Int32Array
  /** Waits around this step, in this thread. The event loop is out of reach inside. */
  nested: number
  /** True if work was found inside a wait that needs the event loop first: it is left to others. */
  refused: boolean
}

/** Something that a thread helps until it is over. */
export interface Wait {
  isOver(): boolean
  /** Sees to it that this thread is woken at the end. False if it is over. */
  announce(): boolean
}

/** Serves jobs and loops until the system stops (STOPPED) or something needs the event loop (NEEDS_EVENTS). May block. */
export function serve(context: ThreadContext): number {
  const { words } = context
  let idleSince = -1
  for (;;) {
    if ((idleSince >= 0 || context.turn === 0) && load(words, H_STOP) !== 0) return STOPPED
    const found = step(context)
    if (found === RAN) idleSince = -1
    else if (found === NEEDS) return NEEDS_EVENTS
    else {
      if (context.jobs === null && load(words, H_JOBS) !== 0) return NEEDS_EVENTS
      if (idleSince < 0) idleSince = context.now()
      else if (context.now() - idleSince >= context.spinMs) {
        announceSleep(words, workerAt(context.worker, context.workers))
        sleepUnless(context, load(words, H_STOP) !== 0)
        idleSince = -1
      } else rest(context)
    }
  }
}

/** Runs jobs and loops until `wait` is over. May block; returns by itself after `milliseconds`. */
export function help(context: ThreadContext, wait: Wait, milliseconds = Infinity): void {
  const { words } = context
  let idleSince = -1
  let woken = false
  const end = milliseconds === Infinity ? Infinity : context.now() + milliseconds
  context.nested++
  try {
    while (!wait.isOver()) {
      context.refused = false
      woken = false
      if (step(context) === RAN) {
        idleSince = -1
        // A look at the clock costs as much as a small job.
        if (end !== Infinity && context.turn === 0 && context.now() >= end) return
        continue
      }
      const time = context.now()
      if (time >= end) return
      if (idleSince < 0) idleSince = time
      if (time - idleSince < context.spinMs) {
        rest(context)
        continue
      }
      const left = end === Infinity ? undefined : end - time
      if (context.refused) listenUnlessOver(context, wait, left)
      else {
        announceSleep(words, workerAt(context.worker, context.workers))
        sleepUnless(context, !wait.announce(), left)
      }
      idleSince = -1
      woken = true
    }
    // The wake-up may have been for what others published, and this thread goes on elsewhere.
    if (woken && hasAny(context)) wakeOne(words, context.workers)
  } finally {
    context.nested--
    context.refused = false
  }
}

/** The last look before sleeping, after the announcement. */
function sleepUnless(context: ThreadContext, over: boolean, milliseconds?: number): void {
  const { words, workers, worker } = context
  const self = workerAt(worker, workers)
  if (over || hasAny(context)) {
    cancelSleep(words, self)
    return
  }
  if (worker < workers && spills(words)) sleepInTier(context, self, milliseconds)
  else sleep(context, self, milliseconds)
}

function sleep(
  { words, recorder = null }: ThreadContext,
  self: number,
  milliseconds?: number,
): void {
  if (recorder !== null) recorder.parks()
  park(words, self, milliseconds)
  if (recorder !== null) recorder.unparks()
}

/** Sleeps as a worker of tiers that spill over. */
function sleepInTier(context: ThreadContext, self: number, milliseconds?: number): void {
  const { words, workers, worker } = context
  // Woken for work that it may not take any more: somebody who may has to know.
  if (worker >= takersOf(words) && hasForOthers(context)) wakeOne(words, workers)
  const time = context.now()
  const watch = watchOf(words, worker)
  const next = watch < 0 ? -1 : shrinkIfIdle(words, workers, time)
  if (next >= 0) wakeThread(words, workers, next)
  endAwake(words, self, time)
  sleep(context, self, milliseconds ?? (watch < 0 ? undefined : watch))
  beginAwake(words, self, context.now())
}

/** True if there is work that others may take. */
function hasForOthers(context: ThreadContext): boolean {
  const { words, jobs } = context
  if (findLoop(context, ANY_LEVEL) >= 0) return true
  if (jobs === null) return false
  const { area } = jobs
  for (let thread = 0; thread < area.threads; thread++) {
    for (let level = HIGH; level < LEVELS; level++) {
      if (lengthOf(words, threadAt(area, thread), level) > 0) return true
    }
  }
  return false
}

/**
 * Sleeps until something of its own happens. What this thread refused to run inside a wait is for threads that can: it passes the
 * wake-up on, and takes none for shared work, or it would wake for nothing again.
 */
function listenUnlessOver(context: ThreadContext, wait: Wait, milliseconds?: number): void {
  const { words } = context
  const self = workerAt(context.worker, context.workers)
  wakeOne(words, context.workers)
  announceListening(words, self)
  if (!wait.announce() || hasAny(context)) {
    cancelListening(words, self)
    return
  }
  const { recorder = null } = context
  if (recorder !== null) recorder.parks()
  listen(words, self, milliseconds)
  if (recorder !== null) recorder.unparks()
}

/** Waits for something without running work of others: until it is over, something of this thread's own can go on, or time is up. */
export function waitOnly(context: ThreadContext, wait: Wait, milliseconds = Infinity): void {
  context.nested++
  context.refused = true
  listenUnlessOver(context, wait, milliseconds === Infinity ? undefined : milliseconds)
  context.refused = false
  context.nested--
}

function rest(context: ThreadContext): void {
  for (let pause = 0; pause < 16; pause++) context.pause()
}

/** Runs one job, one fiber up to its next wait, or joins one loop. Priorities first, then what is near. */
export function step(context: ThreadContext): number {
  const { jobs } = context
  if (jobs === null) return joinLoop(context, ANY_LEVEL)
  context.turn = (context.turn + 1) % TURNS
  const urgent = context.turn === 0
  // Now and then the other way round, so that neither jobs nor fibers that yield starve the others.
  if (urgent && jobs.resumeYielded()) return RAN
  if (jobs.resume(urgent)) return RAN
  for (let level = HIGH; level < LEVELS; level++) {
    if (jobs.runPrivate(level)) return RAN
    const job = takeOwn(context, jobs, level)
    if (job !== NONE) return jobs.run(job, false) ? RAN : NEEDS
    if (level === HIGH && !urgent && (jobs.hasPrivate() || mayHaveOwn(context, jobs.area))) continue
    const found = takeFromOthers(context, jobs, level)
    if (found !== IDLE) return found
  }
  if (jobs.resume(true) || jobs.resumeYielded()) return RAN
  return IDLE
}

/** A loop of this priority, or a job that another thread published. */
function takeFromOthers(context: ThreadContext, jobs: JobHooks, level: number): number {
  const { words, workers, worker } = context
  if (worker < workers && worker >= takersOf(words)) return IDLE
  const joined = joinLoop(context, level)
  if (joined !== IDLE) return joined
  if (level === HIGH && load(words, H_URGENT) <= 0) return IDLE
  const job = stealJob(context, jobs, level)
  if (job === NONE) return IDLE
  if (job === LOST) return RAN
  if (level === HIGH) sub(words, H_URGENT, 1)
  return jobs.run(job, true) ? RAN : NEEDS
}

/** The newest of the own jobs. Where one thread does everything they are orders of the program, and the oldest comes first. */
function takeOwn(context: ThreadContext, jobs: JobHooks, level: number): number {
  const { words, workers, worker, emptied } = context
  const { area, accept } = jobs
  if (workers > 0 || context.nested > 0) return popOwn(context, area, level)
  const self = threadAt(area, worker)
  if (words[self + T_BOTTOM + level] === emptied[level]) return NONE
  const job = steal(words, self, level, area.capacity, self, accept)
  store(words, self + T_CANDIDATE, 0)
  if (job === NONE) emptied[level] = words[self + T_BOTTOM + level]
  else if (level === HIGH) sub(words, H_URGENT, 1)
  return job
}

/** The newest of the own jobs, or NONE. Costs a plain read as long as nothing was pushed since there was none. */
export function popOwn(
  { words, worker, emptied }: ThreadContext,
  area: JobArea,
  level: number,
): number {
  const self = threadAt(area, worker)
  if (words[self + T_BOTTOM + level] === emptied[level]) return NONE
  const job = pop(words, self, level, area.capacity)
  if (job === NONE) emptied[level] = words[self + T_BOTTOM + level]
  else if (level === HIGH) sub(words, H_URGENT, 1)
  return job
}

function mayHaveOwn(context: ThreadContext, area: JobArea): boolean {
  const at = threadAt(area, context.worker) + T_BOTTOM + NORMAL
  return context.words[at] !== context.emptied[NORMAL]
}

/** The oldest job that some other thread offers: the event loops' first, then workers, beginning with the next. */
function stealJob(context: ThreadContext, jobs: JobHooks, level: number): number {
  const { words, workers, worker } = context
  const { area } = jobs
  const { threads, capacity } = area
  const self = threadAt(area, worker)
  const { victims = null } = context
  const senders = threads - workers
  let lost = false
  for (let turn = 0; turn < threads; turn++) {
    const victim =
      turn < senders ? workers + turn : workerOf(victims, workers, worker, turn - senders)
    if (victim === worker) continue
    const job = steal(words, threadAt(area, victim), level, capacity, self, jobs.accept)
    if (job === LOST) lost = true
    else if (job !== NONE) return job
  }
  return lost ? LOST : NONE
}

/** The worker to look at in this turn; this thread itself for nobody. */
function workerOf(
  victims: readonly number[] | null,
  workers: number,
  worker: number,
  turn: number,
): number {
  if (victims !== null) return turn < victims.length ? victims[turn] : worker
  return (worker + turn) % Math.max(1, workers)
}

/** Joins an open loop of priority `level`, or of any if that is -1. NEEDS if only the event loop can bring what it needs. */
function joinLoop(context: ThreadContext, level: number): number {
  const slot = findLoop(context, level)
  if (slot < 0) return IDLE
  if (join(context, slot)) return RAN
  if (context.nested === 0) return NEEDS
  context.refused = true
  return IDLE
}

/** An open loop with room and chunks left: the starter's first, then those that jobs opened; -1 if there is none. */
function findLoop(context: ThreadContext, level: number): number {
  const { words, workers, worker, jobs } = context
  // The starter has no line in loops but its own.
  if (worker >= workers || (context.nested > 0 && context.refused)) return -1
  const slot = openIn(context, load(words, H_LOOPS_OPEN), 0, LOOP_SLOTS, level)
  if (slot >= 0 || jobs === null) return slot
  const { threads, nestedLoops } = jobs.area
  for (let thread = 0; thread < threads; thread++) {
    if (thread === worker || thread === workers) continue
    const mask = load(words, threadAt(jobs.area, thread) + T_LOOPS_OPEN)
    const first = LOOP_SLOTS + thread * nestedLoops
    const nested = openIn(context, mask, first, nestedLoops, level)
    if (nested >= 0) return nested
  }
  return -1
}

/** The first of `count` slots from `first` on that `mask` says is open, and that has room and chunks; -1 if there is none. */
function openIn(
  context: ThreadContext,
  mask: number,
  first: number,
  count: number,
  level: number,
): number {
  if (mask === 0) return -1
  const { words, workers } = context
  for (let bit = 0; bit < count; bit++) {
    if ((mask & (1 << bit)) === 0) continue
    const loop = loopOfSlot(context, first + bit)
    if (hasRoomAt(words, loop, level) && hasWork(words, loop, workers)) return first + bit
  }
  return -1
}

/** First word of a loop slot: the starter's come first, then those of the threads, in their order. */
function loopOfSlot(context: ThreadContext, slot: number): number {
  const { workers, jobs } = context
  if (slot < LOOP_SLOTS || jobs === null) return loopAt(slot, workers)
  return jobs.area.loops + (slot - LOOP_SLOTS) * loopStride(workers)
}

/** False if the loop needs something that only the event loop can bring. */
function join(context: ThreadContext, slot: number): boolean {
  const { words, workers, worker, jobs } = context
  const loop = loopOfSlot(context, slot)
  const self = workerAt(worker, workers)
  // CURRENT comes first: if this thread dies from here on, the caller knows which loop it may have taken chunks of.
  store(words, self + W_CURRENT, slot + 1)
  let prepared = true
  if (enter(words, loop)) {
    const runner = context.prepare(slot, loop)
    if (runner === null) prepared = false
    else {
      words[self + W_LOOPS]++
      words[self + W_STEALS] += participate(
        words,
        loop,
        workers,
        worker + 1,
        runner,
        context.victims ?? null,
      )
    }
    leave(words, loop)
  }
  store(words, self + W_CURRENT, 0)
  // A nested loop that lost a participant never runs out of chunks: its opener sleeps until nobody is inside.
  if (slot >= LOOP_SLOTS && jobs !== null && load(words, loop + L_LOST) !== 0) {
    wakeThread(words, workers, Math.floor((slot - LOOP_SLOTS) / jobs.area.nestedLoops))
  }
  return prepared
}

/** True if `step` might find something: the last look before sleeping. */
function hasAny(context: ThreadContext): boolean {
  const { words, workers, worker, jobs } = context
  const takes = worker >= workers || worker < takersOf(words)
  if (takes && findLoop(context, ANY_LEVEL) >= 0) return true
  if (jobs === null) return context.nested === 0 && load(words, H_JOBS) !== 0
  const { area } = jobs
  if (load(words, threadAt(area, worker) + T_INBOX) !== 0 || jobs.hasReady()) return true
  for (let thread = 0; thread < area.threads; thread++) {
    if (thread !== worker && (!takes || (context.nested > 0 && context.refused))) continue
    for (let level = HIGH; level < LEVELS; level++) {
      if (lengthOf(words, threadAt(area, thread), level) > 0) return true
    }
  }
  return false
}
