/** How the end of a job reaches whoever waits for it: in the same thread, in another one, or in an event loop. */
import { load } from '../core/atomics.ts'
import { add as addToList, next, takeAll } from '../core/chain.ts'
import { finish, isDone } from '../core/completion.ts'
import { endedDetached } from '../core/detached.ts'
import { wakeThread } from '../core/sleep/park.ts'
import { CancelledError } from '../errors.ts'
import { hasRoom } from '../host/room.ts'
import {
  DONE,
  J_COMPLETION,
  J_FLAGS,
  J_RESULT,
  JOB_DETACHED,
  JOB_REPLY,
  ORPHAN,
  RESULT_CANCELLED,
  T_JOBS,
  T_REPLIES,
  jobAt,
  ownerOf,
  threadAt,
} from '../layout/jobs.ts'
import type { Handle } from './handle.ts'
import {
  copyResult,
  decorateError,
  dropResult,
  readResult,
  writeError,
  writeResult,
} from './result.ts'
import { usedUp } from './stack.ts'
import type { JobThread } from './thread.ts'

/** Tells whoever is to know that a job has ended, and lets go of its record. By the thread that ran it, once. */
export function complete(thread: JobThread, job: number, failed: boolean, outcome: unknown): void {
  const { words, area, self, records, handles } = thread
  const at = jobAt(area, job)
  const flags = words[at + J_FLAGS]
  words[self + T_JOBS]++
  if (failed) outcome = decorateError(outcome, thread.nameOf(job), thread.workerIndex)
  if ((flags & JOB_DETACHED) !== 0) return completeDetached(thread, job, failed, outcome)
  if (records.isOwn(job)) {
    const index = records.indexOf(job)
    const handle = handles[index]!
    handles[index] = undefined
    records.give(job)
    settle(handle, failed, outcome)
    return
  }
  write(thread, job, failed, outcome)
  if ((flags & JOB_REPLY) !== 0) {
    const owner = ownerOf(area, job)
    words[at + J_COMPLETION] = DONE
    addToList(words, area, self + T_REPLIES + owner - area.workers, job)
    wakeThread(words, area.workers, owner)
    return
  }
  // From here on the record is its owner's.
  const waiter = finish(words, at)
  if (waiter === ORPHAN) {
    dropResult(thread.setup.views, at)
    records.giveBack(job)
  } else if (waiter > 0) thread.resumeJob(waiter)
  else if (waiter < 0) wakeThread(words, area.workers, -waiter - 1)
}

/** Settles a handle of this thread whose job this thread ran. */
export function settle(handle: Handle, failed: boolean, outcome: unknown): void {
  if (!failed) {
    try {
      outcome = copyResult(handle.name, outcome)
    } catch (error) {
      failed = true
      outcome = error
    }
  }
  // Of a job without a record, too.
  if (failed) outcome = decorateError(outcome, handle.name, handle.thread.workerIndex)
  handle.settle(failed, outcome)
}

function completeDetached(thread: JobThread, job: number, failed: boolean, outcome: unknown): void {
  const { words, area, self, context } = thread
  const isError = failed && !(outcome instanceof CancelledError)
  if (isError) write(thread, job, failed, outcome)
  words[jobAt(area, job) + J_COMPLETION] = DONE
  if (isError) {
    addToList(words, area, self + T_REPLIES, job)
    wakeThread(words, area.workers, area.workers)
  } else thread.records.giveBack(job)
  endedDetached(words, area, context.worker)
}

function write(thread: JobThread, job: number, failed: boolean, outcome: unknown): void {
  const { views, outbox } = thread.setup
  const at = jobAt(thread.area, job)
  if (failed && outcome instanceof CancelledError) {
    thread.words[at + J_RESULT] = RESULT_CANCELLED
    return
  }
  if (!failed) {
    try {
      writeResult(views, outbox, at, thread.nameOf(job), outcome)
      return
    } catch (error) {
      outcome = error
    }
  }
  writeError(views, outbox, at, outcome)
}

/** True if the handle's job has ended; the handle then is settled. */
export function poll(thread: JobThread, handle: Handle): boolean {
  if (handle.settled) return true
  // Not sent out yet.
  if (handle.job === 0) return false
  const at = jobAt(thread.area, handle.job)
  // What ends as a reply arrives as one.
  if ((thread.words[at + J_FLAGS] & JOB_REPLY) !== 0 || !isDone(thread.words, at)) return false
  if (!hasRoom()) throw usedUp(handle.name)
  collect(thread, handle)
  return true
}

/** Settles a handle whose job has ended in another thread. */
function collect(thread: JobThread, handle: Handle): void {
  const { job } = handle
  const { failed, value } = readResult(thread.setup.views, jobAt(thread.area, job), handle.name)
  thread.handles[thread.records.indexOf(job)] = undefined
  thread.records.give(job)
  // A fiber that waits for it hears from the thread that ran it.
  handle.waiter = null
  handle.settle(failed, value)
}

/** Settles the handles, and passes on the failures of detached jobs, that other threads sent to this event loop. */
export function openReplies(thread: JobThread, failed: (error: unknown) => void): void {
  const { words, area, context, records, handles } = thread
  for (let sender = 0; sender < area.threads; sender++) {
    const list = threadAt(area, sender) + T_REPLIES + context.worker - area.workers
    if (load(words, list) === 0) continue
    for (const job of takeList(thread, list)) {
      const at = jobAt(area, job)
      if ((words[at + J_FLAGS] & JOB_DETACHED) === 0) {
        const handle = handles[records.indexOf(job)]
        if (handle !== undefined) collect(thread, handle)
        else {
          // Spawned by an earlier thread on this seat, which was lost.
          dropResult(thread.setup.views, at)
          records.give(job)
        }
        continue
      }
      const { value } = readResult(thread.setup.views, at, thread.nameOf(job))
      records.giveBack(job)
      failed(value)
    }
  }
}

/** Takes a list of jobs, oldest first. */
export function takeList(thread: JobThread, head: number): number[] {
  const jobs: number[] = []
  let job = takeAll(thread.words, head)
  for (; job !== 0; job = next(thread.words, thread.area, job)) jobs.push(job)
  return jobs.toReversed()
}
