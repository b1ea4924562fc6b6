/**
 * Fibers: generator jobs. One lives in the thread that began it; between its steps it lies in a queue of that thread, or somebody who
 * will end what it waits for knows its number.
 */
import { announceWait } from '../core/completion.ts'
import { store } from '../core/atomics.ts'
import { show, typeError } from '../errors.ts'
import { J_HOME, J_STATE, J_WAITING_ON, RUNNING, SUSPENDED, jobAt } from '../layout/jobs.ts'
import { EVENT_RESUMED, EVENT_SUSPENDED } from '../layout/trace.ts'
import { now } from '../host/clock.ts'
import type { Runnable } from '../kernels/runnable.ts'
import type { Recorder } from '../observe/recorder.ts'
import type { JobContextImpl } from './context.ts'
import { complete, settle } from './endings.ts'
import { Handle } from './handle.ts'
import { isSampled, learnCost } from './private-jobs.ts'
import { takeRecord } from './spawning.ts'
import { explainOverflow } from './stack.ts'
import type { JobThread } from './thread.ts'
import { WaitRequest } from './waiting.ts'
import type { FiberState } from './waiting.ts'

/** Jobs run inside each other's waits before a fiber really suspends: the stack must not grow with the depth of a tree. */
const DEEPEST = 32

/** Begins a generator job. One that others do not know of has a `handle` and no record, and its parent's number. */
export function startFiber(
  thread: JobThread,
  job: number,
  runnable: Runnable,
  level: number,
  body: (ctx: JobContextImpl) => unknown,
  handle: Handle | null = null,
): void {
  const ctx = thread.acquire(job, runnable.name, level, 'generator')
  let generator: unknown
  try {
    generator = body(ctx)
  } catch (error) {
    // Default values of parameters are evaluated here.
    thread.release(ctx)
    if (handle === null) complete(thread, job, true, error)
    else settle(handle, true, error)
    return
  }
  const own = handle ?? thread.handles[thread.records.isOwn(job) ? thread.records.indexOf(job) : -1]
  if (own !== undefined) own.fiber = ctx
  const sampled = isSampled(runnable)
  const start = sampled ? now() : 0
  const run = ++thread.runs
  advance(thread, {
    job: handle === null ? job : 0,
    handle,
    ctx,
    runnable,
    number: 0,
    generator: generator as FiberState['generator'],
    request: null,
    ended: null,
  })
  if (sampled && thread.runs === run) learnCost(runnable, start)
}

/** Gives a fiber a record, because another thread has to know of it. Throws RangeError if none is free. */
export function ensureRecord(thread: JobThread, fiber: FiberState): void {
  if (fiber.job === 0) giveRecord(thread, fiber, takeRecord(thread))
}

function giveRecord(thread: JobThread, fiber: FiberState, job: number): void {
  const { records, handles, words, area, context } = thread
  const { ctx } = fiber
  const handle = fiber.handle!
  records.write(job, handle.kernel!.id, null, undefined, ctx.level, ctx.job)
  words[jobAt(area, job) + J_HOME] = context.worker + 1
  words[jobAt(area, job) + J_STATE] = RUNNING
  handles[records.indexOf(job)] = handle
  handle.job = job
  fiber.job = job
  ctx.job = job
}

/** Runs a fiber until it ends or has to wait. */
export function advance(thread: JobThread, fiber: FiberState): void {
  const { recorder } = thread
  const begin = recorder === null ? 0 : recorder.now()
  if (fiber.job !== 0) {
    const at = jobAt(thread.area, fiber.job)
    thread.words[at + J_STATE] = RUNNING
    thread.words[at + J_WAITING_ON] = 0
  }
  const outer = thread.current
  const { stacked } = thread
  thread.current = fiber.ctx
  thread.stacked = stacked + 1
  thread.depth++
  while (fiber.ended === null) {
    proceed(fiber)
    if (fiber.ended === null && !endWait(thread, fiber)) break
  }
  const isOver = fiber.ended !== null && childrenOver(thread, fiber)
  // Before the end is told: whoever hears of it finds the event.
  if (recorder !== null) recordRun(recorder, fiber, begin, isOver)
  if (isOver) finishFiber(thread, fiber)
  thread.depth--
  thread.stacked = stacked
  thread.current = outer
}

function recordRun(recorder: Recorder, fiber: FiberState, begin: number, isOver: boolean): void {
  const resumed = fiber.number === 0 ? 0 : EVENT_RESUMED
  if (resumed === 0) fiber.number = recorder.nextNumber()
  const flags = resumed | (isOver ? 0 : EVENT_SUSPENDED)
  recorder.job(fiber.runnable.id, fiber.number, begin, flags)
}

/** One step of the body: leaves what it waits for in `request`, or how it ended in `ended`. */
function proceed(fiber: FiberState): void {
  const { generator, ctx } = fiber
  fiber.request = null
  try {
    let step = generator.next()
    while (step.done !== true) {
      const { value } = step
      if (value instanceof WaitRequest && value.ctx === ctx) {
        fiber.request = value
        return
      }
      const junk = typeError(
        'ERR_ARGUMENT',
        `job "${ctx.name}" yielded ${show(value)}; a generator job yields only through yield* ctx.wait(…), yield* ctx.yieldNow() and their relatives`,
      )
      if (generator.throw === undefined) throw junk
      step = generator.throw(junk)
    }
    fiber.ended = { failed: false, outcome: step.value }
  } catch (error) {
    fail(fiber, explainOverflow(ctx.name, error))
  }
}

function fail(fiber: FiberState, error: unknown): void {
  const { ctx } = fiber
  fiber.ended = { failed: true, outcome: error }
  for (const item of ctx.held) if (item instanceof Handle) ctx.thread.cancel(item)
}

/** True if the fiber can go on at once; else it was suspended, or queued behind others. */
function endWait(thread: JobThread, fiber: FiberState): boolean {
  const request = fiber.request!
  if (request.yields) {
    if (fiber.job !== 0) thread.words[jobAt(thread.area, fiber.job) + J_STATE] = SUSPENDED
    thread.yielded.put(fiber)
    return false
  }
  for (;;) {
    const target = request.pending()
    if (target === null) return true
    // What it waits for is mostly the newest in this thread's own deque: running it here spares a suspension.
    if (thread.depth < DEEPEST && thread.runUrgent(fiber.ctx.level)) continue
    try {
      if (target.suspend(fiber)) return false
    } catch (error) {
      // A wait that needs a record, and none is free.
      fail(fiber, error)
      return true
    }
  }
}

/** True once no loop or child of a body that has ended runs any more; else the fiber was suspended for one. */
function childrenOver(thread: JobThread, fiber: FiberState): boolean {
  const { ctx } = fiber
  for (const loop of ctx.loops) {
    if (loop.seen) continue
    // Looked at again if it ended meanwhile: only that settles it and gives its slot back.
    while (!loop.isOver()) if (loop.suspend(fiber)) return false
    loop.seen = true
    if (loop.failed && !fiber.ended!.failed) fiber.ended = { failed: true, outcome: loop.outcome }
  }
  for (const child of ctx.held) {
    if (!(child instanceof Handle) || child.observed) continue
    while (!child.isOver()) {
      if (thread.depth < DEEPEST && thread.runUrgent(ctx.level)) continue
      if (suspendOn(thread, child, fiber)) return false
    }
    child.observe()
    if (child.cancelReason !== null) continue
    if (child.failed && !fiber.ended!.failed) fiber.ended = { failed: true, outcome: child.outcome }
  }
  return true
}

function finishFiber(thread: JobThread, fiber: FiberState): void {
  const { failed, outcome } = fiber.ended!
  thread.release(fiber.ctx)
  if (fiber.job !== 0) complete(thread, fiber.job, failed, outcome)
  else settle(fiber.handle!, failed, outcome)
}

/** Makes a fiber wait for a child. False if the child is over. Works without a record too, for chains longer than there are records. */
export function suspendOn(thread: JobThread, handle: Handle, fiber: FiberState): boolean {
  if (handle.isOver()) return false
  handle.waiter = fiber
  if (handle.job === 0) {
    // Only this thread can begin it or end it, as long as nobody publishes it.
    if (fiber.job !== 0) thread.words[jobAt(thread.area, fiber.job) + J_STATE] = SUSPENDED
    return true
  }
  if (announceFiber(thread, handle, fiber)) return true
  handle.waiter = null
  return false
}

/** Tells whoever runs a published child which fiber of this thread waits for it. False if the child is over. */
export function announceFiber(thread: JobThread, handle: Handle, fiber: FiberState): boolean {
  if (fiber.job === 0) {
    const job = thread.records.take()
    if (job === 0) {
      // The thread is woken instead, and looks.
      handle.waiter = null
      if (!handle.announce()) return false
      thread.watch(handle, fiber)
      return true
    }
    giveRecord(thread, fiber, job)
  }
  const { words, area } = thread
  const at = jobAt(area, fiber.job)
  words[at + J_WAITING_ON] = -handle.job
  thread.fibers.set(fiber.job, fiber)
  store(words, at + J_STATE, SUSPENDED)
  if (announceWait(words, jobAt(area, handle.job), fiber.job)) return true
  thread.fibers.delete(fiber.job)
  return false
}
