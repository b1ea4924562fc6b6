/** What the starter does about the jobs of a worker whose thread has ended. */
import { load, store, sub } from '../core/atomics.ts'
import { add } from '../core/chain.ts'
import { announceWait, isDone } from '../core/completion.ts'
import { NONE, steal, LOST } from '../core/deque.ts'
import { close, failFrom } from '../core/loop.ts'
import { UNDECIDED, jobInHand } from '../core/lost.ts'
import { wakeThread } from '../core/sleep/park.ts'
import { now } from '../host/clock.ts'
import { WorkerLostError, CancelledError } from '../errors.ts'
import {
  CANCELLED,
  H_URGENT,
  L_LOST,
  LOOP_SLOTS,
  W_CURRENT,
  loopStride,
  workerAt,
} from '../layout/layout.ts'
import {
  FREE,
  HIGH,
  J_FLAGS,
  J_HOME,
  J_PARENT,
  J_STATE,
  J_WAITING_ON,
  J_WAKE,
  JOB_DETACHED,
  JOB_ORPHAN,
  JOB_REPLY,
  LEVELS,
  ORPHAN,
  QUEUED,
  RUNNING,
  SUSPENDED,
  T_ASYNC,
  T_BOTTOM,
  T_CANDIDATE,
  T_INBOX,
  T_LOOPS_OPEN,
  T_RETURNED,
  T_TOP,
  jobAt,
  jobId,
  ownerOf,
  threadAt,
} from '../layout/jobs.ts'
import { complete, takeList } from './endings.ts'
import { dropResult } from './result.ts'
import type { JobThread } from './thread.ts'

/** A thread that runs needs microseconds to find out whether it has taken a job. */
const DECIDED_MS = 100

/** Fails every job that the thread `lost` ran, held or had suspended. Starter only; that thread must have ended. */
export function loseWorker(
  thread: JobThread,
  lost: number,
  cause: unknown,
  replaced: boolean,
): void {
  const { words, area } = thread
  markLoops(thread, lost)
  abandonDeques(thread, lost)
  keepUnopened(thread, lost, replaced)
  store(words, threadAt(area, lost) + T_ASYNC, 0)
  const candidate = inHand(thread, lost)
  if (candidate !== NONE) {
    words[jobAt(area, candidate) + J_HOME] = lost + 1
    words[jobAt(area, candidate) + J_STATE] = RUNNING
  }
  store(words, threadAt(area, lost) + T_CANDIDATE, 0)
  leaveOrphans(thread, lost)
  for (let job = 1; job <= area.threads * area.capacity; job++) {
    const at = jobAt(area, job)
    const state = load(words, at + J_STATE)
    if ((state !== RUNNING && state !== SUSPENDED) || words[at + J_HOME] !== lost + 1) continue
    // It ended before its thread did, and nobody has taken its record back yet.
    if (isDone(words, at)) continue
    if (state === SUSPENDED && words[at + J_WAITING_ON] > 0) unlink(thread, job)
    const error = new WorkerLostError(lost, thread.nameOf(job), cause)
    if (ownerOf(area, job) !== lost) complete(thread, job, true, error)
    else if ((words[at + J_FLAGS] & JOB_DETACHED) !== 0) complete(thread, job, true, error)
    // Children whose parent died with the same thread: nobody is left to hear of it.
    else store(words, at + J_STATE, FREE)
  }
}

/** Async jobs in the inbox were not begun: the next thread on the seat finds them there, if there is to be one. */
function keepUnopened(thread: JobThread, lost: number, replaced: boolean): void {
  const { words, area } = thread
  const inbox = threadAt(area, lost) + T_INBOX
  for (const job of takeList(thread, inbox)) {
    const at = jobAt(area, job)
    if (load(words, at + J_STATE) !== QUEUED) continue
    if (replaced) add(words, area, inbox, job)
    else {
      words[at + J_HOME] = lost + 1
      store(words, at + J_STATE, RUNNING)
    }
  }
}

/** Children of what the dead thread ran that others run: nobody will collect them, and their parent's record will serve other jobs. */
function leaveOrphans(thread: JobThread, lost: number): void {
  const { words, area } = thread
  for (const job of takeList(thread, threadAt(area, lost) + T_RETURNED)) {
    store(words, jobAt(area, job) + J_STATE, FREE)
  }
  for (let index = 0; index < area.capacity; index++) {
    const job = jobId(area, lost, index)
    const at = jobAt(area, job)
    if (load(words, at + J_STATE) === FREE || words[at + J_HOME] === lost + 1) continue
    words[at + J_PARENT] = 0
    // These have a way home of their own: some since an earlier thread on this seat was lost.
    if ((words[at + J_FLAGS] & (JOB_DETACHED | JOB_REPLY | JOB_ORPHAN)) !== 0) continue
    if (announceWait(words, at, ORPHAN)) {
      words[at + J_FLAGS] |= JOB_ORPHAN
      continue
    }
    dropResult(thread.setup.views, at)
    store(words, at + J_STATE, FREE)
  }
}

/** Takes a fiber that is gone out of the list of the counter it waited for. */
function unlink(thread: JobThread, job: number): void {
  const { words, area } = thread
  const counter = words[jobAt(area, job) + J_WAITING_ON]
  store(words, jobAt(area, job) + J_WAKE, 1)
  thread.counters.look(counter, (resumed) => {
    if (resumed !== job) thread.resumeJob(resumed)
  })
}

/** What the dead thread had spawned and nobody has begun never will be: its parents are gone. */
function abandonDeques(thread: JobThread, lost: number): void {
  const { words, area, self } = thread
  for (let level = 0; level < LEVELS; level++) {
    for (;;) {
      const job = steal(words, threadAt(area, lost), level, area.capacity, self, () => true)
      if (job === LOST) continue
      if (job === 0) break
      if (level === HIGH) sub(words, H_URGENT, 1)
      const at = jobAt(area, job)
      if ((words[at + J_FLAGS] & JOB_DETACHED) !== 0)
        complete(thread, job, true, new CancelledError(thread.nameOf(job)))
      else store(words, at + J_STATE, FREE)
    }
    // It may have died while it took the last entry, with the bottom moved below the top.
    const at = threadAt(area, lost) + level
    store(words, at + T_BOTTOM, load(words, at + T_TOP))
  }
  store(words, self + T_CANDIDATE, 0)
}

/** What the dead thread had taken and not begun. Looks again while somebody else may have taken it: that is decided at once, or never. */
function inHand({ words, area, context }: JobThread, lost: number): number {
  const end = now() + DECIDED_MS
  for (;;) {
    const job = jobInHand(words, area, lost)
    if (job !== UNDECIDED) return job
    // The other one is dead, too, and what it had in hand is looked for when that is known.
    if (now() > end) return NONE
    context.pause()
  }
}

/** Tells the openers of nested loops that a participant is gone, and closes those that it had opened itself. */
function markLoops(thread: JobThread, lost: number): void {
  const { words, area } = thread
  const stride = loopStride(area.workers)
  const current = load(words, workerAt(lost, area.workers) + W_CURRENT) - 1
  if (current >= LOOP_SLOTS) {
    const loop = area.loops + (current - LOOP_SLOTS) * stride
    store(words, loop + L_LOST, lost + 1)
    // Before the opener is woken: it looks whether anybody is still inside.
    store(words, workerAt(lost, area.workers) + W_CURRENT, 0)
    wakeThread(words, area.workers, Math.floor((current - LOOP_SLOTS) / area.nestedLoops))
  }
  for (let slot = 0; slot < area.nestedLoops; slot++) {
    const loop = area.loops + (lost * area.nestedLoops + slot) * stride
    failFrom(words, loop, CANCELLED)
    close(words, loop, threadAt(area, lost) + T_LOOPS_OPEN, slot)
  }
}
