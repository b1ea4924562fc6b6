/** What cancelling a job means for its handle, its children and whoever waits; `core/cancel.ts` has the flags. */
import { add, load, store, sub } from '../core/atomics.ts'
import {
  flag as putFlag,
  isCancelled as isFlagged,
  toWake,
  toWakeAfterAll,
  wake as toLook,
} from '../core/cancel.ts'
import { H_CANCELS } from '../layout/layout.ts'
import { FREE, J_CANCELLED, J_FLAGS, J_STATE, JOB_DETACHED, jobAt } from '../layout/jobs.ts'
import { Handle } from './handle.ts'
import type { JobThread } from './thread.ts'

/** True if the job, or one it descends from, was cancelled. Any thread's job. */
export function isCancelled({ words, area }: JobThread, job: number): boolean {
  return isFlagged(words, area, job)
}

/** Asks a job of this thread, and all that descends from it, to end early. */
export function cancel(thread: JobThread, handle: Handle, reason?: unknown): void {
  // A list: a chain of fibers may be longer than the stack.
  const handles = [handle]
  let begun = false
  for (const one of handles) {
    if (one.isOver() || one.cancelReason !== null) continue
    one.cancelReason = { reason: one === handle ? reason : undefined }
    if (flag(thread, one)) {
      begun = true
      const { fiber } = one
      if (fiber === null) continue
      // Its children may have begun before it had a record, or it has none: then no flag of a record leads to it.
      fiber.cancelled = true
      for (const child of fiber.held) if (child instanceof Handle) handles.push(child)
    }
  }
  if (begun) wakeCancelled(thread)
}

/** Puts the flag of a job up, or ends it if that takes no more: then false. */
function flag(thread: JobThread, handle: Handle): boolean {
  const { words, area } = thread
  if (handle.outside?.cancel == null && handle.job !== 0) {
    putFlag(words, area, handle.job)
    return true
  }
  add(words, H_CANCELS, 1)
  const instead = handle.outside?.cancel
  if (instead !== undefined && instead !== null) {
    instead(handle.cancelReason!.reason)
    return false
  }
  if (!handle.begun) {
    handle.settle(true, undefined)
    thread.privates.forget(handle.level)
    return false
  }
  return true
}

/** Fibers that wait for a counter would not notice; those that wait for a child do when it ends. */
function wakeCancelled(thread: JobThread): void {
  const { words, area } = thread
  for (let job = 1; job <= area.threads * area.capacity; job++) {
    look(thread, toWake(words, area, job))
  }
}

/** Asks every detached job to end early. The flag stays up: the system is about to end. */
export function cancelDetached(thread: JobThread): void {
  const { words, area } = thread
  add(words, H_CANCELS, 1)
  for (let job = 1; job <= area.threads * area.capacity; job++) {
    const at = jobAt(area, job)
    if (load(words, at + J_STATE) !== FREE && (words[at + J_FLAGS] & JOB_DETACHED) !== 0) {
      store(words, at + J_CANCELLED, 1)
    }
  }
  wakeCancelled(thread)
}

/** A cancelled job has ended. */
export function cancelEnded(thread: JobThread): void {
  sub(thread.words, H_CANCELS, 1)
}

/** After a job has announced that it waits for a counter: whoever cancels looks for it after the flag is up, so one sees the other. */
export function wakeIfCancelled(thread: JobThread, job: number): void {
  look(thread, toWakeAfterAll(thread.words, thread.area, job))
}

/** Resumes a job that may wait for a counter. If it waits for something else by now, it looks once too often. */
export function wake(thread: JobThread, job: number): void {
  look(thread, toLook(thread.words, thread.area, job))
}

function look(thread: JobThread, counter: number): void {
  if (counter !== 0) thread.counters.look(counter, thread.resumeJob)
}
