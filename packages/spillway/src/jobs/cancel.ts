/**
 * Cancellation: a flag in the job's record, found by walking up from a descendant. `CANCELS` counts flags that are up, so that programs
 * that cancel nothing never walk.
 */
import { add, load, store, sub } from '../core/atomics.ts'
import { H_CANCELS } from '../layout/layout.ts'
import {
  FREE,
  J_CANCELLED,
  J_FLAGS,
  J_PARENT,
  J_STATE,
  J_WAITING_ON,
  J_WAKE,
  JOB_DETACHED,
  SUSPENDED,
  jobAt,
} from '../layout/jobs.ts'
import { Handle } from './handle.ts'
import type { JobThread } from './thread.ts'

/** True if the job, or one it descends from, was cancelled. Any thread's job. */
export function isCancelled(thread: JobThread, job: number): boolean {
  const { words, area } = thread
  // Plain: a flag that goes up a moment later may be seen a moment later.
  if (words[H_CANCELS] === 0) return false
  for (let ancestor = job; ancestor !== 0; ancestor = words[jobAt(area, ancestor) + J_PARENT]) {
    if (load(words, jobAt(area, ancestor) + J_CANCELLED) !== 0) return true
  }
  return false
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
  add(words, H_CANCELS, 1)
  const instead = handle.outside?.cancel
  if (instead !== undefined && instead !== null) {
    instead(handle.cancelReason!.reason)
    return false
  }
  if (handle.job === 0 && !handle.begun) {
    handle.settle(true, undefined)
    thread.privates.forget(handle.level)
    return false
  }
  if (handle.job !== 0) store(words, jobAt(area, handle.job) + J_CANCELLED, 1)
  return true
}

/** Fibers that wait for a counter would not notice; those that wait for a child do when it ends. */
function wakeCancelled(thread: JobThread): void {
  const { words, area } = thread
  for (let job = 1; job <= area.threads * area.capacity; job++) {
    const at = jobAt(area, job)
    if (load(words, at + J_STATE) !== SUSPENDED) continue
    if (isCancelled(thread, job)) wake(thread, job)
  }
}

/** Asks every detached job to end early. The flag stays up: the system is about to end. */
export function cancelDetached(thread: JobThread): void {
  const { words, area } = thread
  add(words, H_CANCELS, 1)
  const jobs = Array.from({ length: area.threads * area.capacity }, (_, index) => index + 1)
  for (const job of jobs) {
    const at = jobAt(area, job)
    if (load(words, at + J_STATE) !== FREE && (words[at + J_FLAGS] & JOB_DETACHED) !== 0) {
      store(words, at + J_CANCELLED, 1)
    }
  }
  for (const job of jobs) {
    if (load(words, jobAt(area, job) + J_STATE) === SUSPENDED && isCancelled(thread, job)) {
      wake(thread, job)
    }
  }
}

/** A cancelled job has ended. */
export function cancelEnded(thread: JobThread): void {
  sub(thread.words, H_CANCELS, 1)
}

/** After a job has announced that it waits for a counter: whoever cancels looks for it after the flag is up, so one sees the other. */
export function wakeIfCancelled(thread: JobThread, job: number): void {
  if (load(thread.words, H_CANCELS) !== 0 && isCancelled(thread, job)) wake(thread, job)
}

/** Resumes a job that may wait for a counter. If it waits for something else by now, it looks once too often. */
export function wake(thread: JobThread, job: number): void {
  const { words, area } = thread
  const counter = words[jobAt(area, job) + J_WAITING_ON]
  if (counter <= 0) return
  store(words, jobAt(area, job) + J_WAKE, 1)
  thread.counters.look(counter, thread.resumeJob)
}
