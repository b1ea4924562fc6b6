/** How a thread waits in a plain job: it runs other work until what it waits for is over. */
import { RAN, help, step, waitOnly } from '../core/worker.ts'
import type { Wait } from '../core/worker.ts'
import { plainError } from '../errors.ts'
import { hasRoom, hasRoomForBody } from '../host/room.ts'
import type { JobContextImpl } from './context.ts'
import { promote } from './forks.ts'
import { Handle } from './handle.ts'
import { J_FLAGS, J_STATE, LEVELS, LEVEL_MASK, QUEUED, jobAt } from '../layout/jobs.ts'
import type { ScratchMark } from './scratch.ts'
import { DEEP, tooDeep } from './stack.ts'
import type { JobThread } from './thread.ts'

/** Runs other work until `wait` is over; only what is its own if the stack is deep. Throws if it has no room at all. May block. */
export function helpUntil(thread: JobThread, wait: Wait): void {
  if (wait.isOver()) return
  const deep = thread.stacked >= DEEP || !hasRoomForBody()
  if (deep && !hasRoom()) throw tooDeep(thread.current?.name ?? '', thread.stacked)
  const outer = thread.current
  // While this job waits, nothing of it looks after the hungry.
  if (outer !== null) promote(outer)
  const { probe } = thread.setup
  if (deep) helpDeep(thread, wait)
  else if (thread.area.workers === 0) helpAlone(thread, wait)
  else if (probe === undefined) help(thread.context, wait)
  else {
    while (!wait.isOver()) {
      help(thread.context, wait, probe.everyMs)
      probe.look()
    }
  }
  thread.current = outer
}

/** The same in the only thread there is, where nothing comes that is not there. */
function helpAlone(thread: JobThread, wait: Wait): void {
  while (!wait.isOver()) {
    if (stepOnce(thread) === RAN || wait.isOver()) continue
    throw wouldBlock()
  }
}

function wouldBlock(): Error {
  return plainError(
    'ERR_WOULD_BLOCK',
    'this wait would block the event loop that has to end it: without workers, async jobs and waits for what the program does ' +
      'can be waited for by generator and async jobs in jobs.run, not by plain jobs or in jobs.runSync',
  )
}

/**
 * The same on top of many others, or near the end of the stack. What other threads offer is left to them. Throws if a child waits to
 * be begun and there is no room for its body; one that was cancelled has none.
 */
function helpDeep(thread: JobThread, wait: Wait): void {
  const { area, context, current, setup, stacked } = thread
  const child = wait instanceof Handle ? wait : null
  while (!wait.isOver()) {
    const level = child === null ? -1 : levelIfQueued(thread, child)
    if (level >= 0) {
      if (child!.cancelReason === null && !hasRoomForBody()) {
        throw tooDeep(current?.name ?? child!.name, stacked)
      }
      if (thread.runNewest(level)) continue
    }
    const room = hasRoomForBody()
    if ((room && runOwn(thread)) || wait.isOver()) continue
    if (area.workers === 0) throw room ? wouldBlock() : tooDeep(current?.name ?? '', stacked)
    waitOnly(context, wait, setup.probe?.everyMs)
    setup.probe?.look()
  }
}

/** The priority of a child that nobody has begun, as far as this thread can tell; else -1. */
function levelIfQueued({ words, area }: JobThread, child: Handle): number {
  if (child.job === 0) return child.begun ? -1 : child.level
  const at = jobAt(area, child.job)
  return words[at + J_STATE] === QUEUED ? words[at + J_FLAGS] & LEVEL_MASK : -1
}

/** Runs something that this thread has spawned, or a fiber that lives in it. False if there is nothing. */
function runOwn(thread: JobThread): boolean {
  if (thread.resume(true)) return true
  for (let level = 0; level < LEVELS; level++) if (thread.runNewest(level)) return true
  return thread.resumeYielded()
}

/** Runs one other piece of work. Returns what `step` does. */
export function stepOnce(thread: JobThread): number {
  const outer = thread.current
  thread.context.nested++
  const found = step(thread.context)
  thread.context.nested--
  thread.current = outer
  return found
}

/** Waits for the children, and gives back the scratch, held since `holds`. Throws the error of the first that failed unseen. */
export function finishHeld(ctx: JobContextImpl, holds: number): void {
  const { held, thread } = ctx
  const first = ctx.heldSince(holds)
  let failure: { readonly error: unknown } | null = null
  let mark: ScratchMark | null = null
  for (let index = first; index < held.length; index++) {
    const item = held[index]
    if (!(item instanceof Handle)) mark ??= item
    else if (!item.observed) {
      helpUntil(thread, item)
      // A child that its own parent cancelled has not failed.
      if (item.failed && item.cancelReason === null) failure ??= { error: item.outcome }
      item.observe()
    }
  }
  letGo(ctx, first, holds, mark)
  if (failure !== null) throw failure.error
}

/** Ends the children held since `holds` early, waits until they have, and lets go of them and the scratch. */
export function cancelChildren(ctx: JobContextImpl, holds: number): void {
  const { held, thread } = ctx
  const first = ctx.heldSince(holds)
  for (let index = first; index < held.length; index++) {
    const item = held[index]
    if (item instanceof Handle) thread.cancel(item)
  }
  let mark: ScratchMark | null = null
  for (let index = first; index < held.length; index++) {
    const item = held[index]
    if (item instanceof Handle) helpIfPossible(thread, item)
    else mark ??= item
  }
  letGo(ctx, first, holds, mark)
}

function letGo(ctx: JobContextImpl, first: number, holds: number, mark: ScratchMark | null): void {
  ctx.held.length = first
  ctx.holds = holds
  if (mark !== null) ctx.thread.scratch.rewind(ctx.segments, mark)
}

/** What was cancelled but needs the event loop to end, ends when that goes on. */
function helpIfPossible(thread: JobThread, handle: Handle): void {
  try {
    helpUntil(thread, handle)
  } catch (error) {
    if (thread.area.workers > 0) throw error
  }
}
