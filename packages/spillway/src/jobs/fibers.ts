/**
 * Fibers: generator jobs. One lives in the thread that began it; between its steps it lies in a queue of that thread, or somebody who
 * will end what it waits for knows its number.
 */
import { announceWait } from '../core/completion.ts'
import { store } from '../core/atomics.ts'
import { NONE } from '../core/deque.ts'
import { show, typeError } from '../errors.ts'
import { J_STATE, J_WAITING_ON, RUNNING, SUSPENDED, jobAt } from '../layout/jobs.ts'
import type { JobContextImpl } from './context.ts'
import { complete } from './endings.ts'
import { Handle } from './handle.ts'
import type { JobThread } from './thread.ts'
import { HandleTarget, WaitRequest } from './waiting.ts'
import type { FiberState } from './waiting.ts'

/** Jobs run inside each other's waits before a fiber really suspends: the stack must not grow with the depth of a tree. */
const DEEPEST = 32

/** Begins a generator job. */
export function startFiber(
  thread: JobThread,
  job: number,
  name: string,
  level: number,
  body: (ctx: JobContextImpl) => unknown,
): void {
  const ctx = thread.acquire(job, name, level, 'generator')
  let generator: unknown
  try {
    generator = body(ctx)
  } catch (error) {
    // Default values of parameters are evaluated here.
    thread.release(ctx)
    complete(thread, job, true, error)
    return
  }
  advance(thread, {
    job,
    ctx,
    generator: generator as FiberState['generator'],
    request: null,
    ended: null,
  })
}

/** Runs a fiber until it ends or has to wait. */
export function advance(thread: JobThread, fiber: FiberState): void {
  const at = jobAt(thread.area, fiber.job)
  thread.words[at + J_STATE] = RUNNING
  thread.words[at + J_WAITING_ON] = 0
  const outer = thread.current
  thread.current = fiber.ctx
  thread.depth++
  while (fiber.ended === null) {
    proceed(fiber)
    if (fiber.ended === null && !endWait(thread, fiber)) break
  }
  if (fiber.ended !== null && childrenOver(thread, fiber)) finishFiber(thread, fiber)
  thread.depth--
  thread.current = outer
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
    fiber.ended = { failed: true, outcome: error }
    for (const item of ctx.held) if (item instanceof Handle) ctx.thread.cancel(item)
  }
}

/** True if the fiber can go on at once; else it was suspended, or queued behind others. */
function endWait(thread: JobThread, fiber: FiberState): boolean {
  const request = fiber.request!
  if (request.yields) {
    thread.words[jobAt(thread.area, fiber.job) + J_STATE] = SUSPENDED
    thread.yielded.put(fiber)
    return false
  }
  for (;;) {
    const target = request.pending()
    if (target === null) return true
    // What it waits for is mostly the newest in this thread's own deque: running it here spares a suspension.
    const job = thread.depth < DEEPEST ? thread.popOwn(fiber.ctx.level) : NONE
    if (job !== NONE) {
      thread.run(job, false)
      continue
    }
    if (target.suspend(fiber)) return false
  }
}

/** True once no child of a body that has ended runs any more; else the fiber was suspended for one. */
function childrenOver(thread: JobThread, fiber: FiberState): boolean {
  const { ctx } = fiber
  for (const child of ctx.held) {
    if (!(child instanceof Handle) || child.observed) continue
    while (!child.isOver()) {
      const job = thread.depth < DEEPEST ? thread.popOwn(ctx.level) : NONE
      if (job !== NONE) thread.run(job, false)
      else if (new HandleTarget(child).suspend(fiber)) return false
    }
    child.observed = true
    if (child.failed && !fiber.ended!.failed) fiber.ended = { failed: true, outcome: child.outcome }
  }
  return true
}

function finishFiber(thread: JobThread, fiber: FiberState): void {
  const { failed, outcome } = fiber.ended!
  thread.release(fiber.ctx)
  complete(thread, fiber.job, failed, outcome)
}

/** Makes a fiber wait for a child. False if the child is over. */
export function suspendOn(thread: JobThread, handle: Handle, fiber: FiberState): boolean {
  if (handle.isOver()) return false
  const { words, area } = thread
  const at = jobAt(area, fiber.job)
  const child = jobAt(area, handle.job)
  words[at + J_WAITING_ON] = -handle.job
  thread.fibers.set(fiber.job, fiber)
  store(words, at + J_STATE, SUSPENDED)
  handle.waiter = fiber
  if (announceWait(words, child, fiber.job)) return true
  handle.waiter = null
  thread.fibers.delete(fiber.job)
  return false
}
