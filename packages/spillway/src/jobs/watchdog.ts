/** Finds out that jobs wait for something nobody is left to bring. Reads without stopping anybody; what it says is checked twice. */
import { load } from '../core/atomics.ts'
import { lengthOf } from '../core/deque.ts'
import { AWAKE, W_PARK, workerAt } from '../layout/layout.ts'
import {
  J_STATE,
  J_TARGET,
  J_WAITING_ON,
  LEVELS,
  SUSPENDED,
  T_ASYNC,
  T_INBOX,
  T_JOBS,
  jobAt,
  threadAt,
} from '../layout/jobs.ts'
import type { JobThread } from './thread.ts'

/** Jobs that have ended so far, if no thread runs anything and nothing is queued; else -1. */
export function isQuiet(thread: JobThread): number {
  const { words, area } = thread
  let ended = 0
  for (let other = 0; other < area.threads; other++) {
    const at = threadAt(area, other)
    ended += words[at + T_JOBS]
    if (other < area.workers && load(words, workerAt(other, area.workers) + W_PARK) === AWAKE)
      return -1
    if (load(words, at + T_ASYNC) > 0 || load(words, at + T_INBOX) !== 0) return -1
    for (let level = 0; level < LEVELS; level++) if (lengthOf(words, at, level) > 0) return -1
  }
  return ended
}

/** Every suspended job, with what it waits for, in words. */
export function waitingJobs(thread: JobThread): string[] {
  const { words, area } = thread
  const found: string[] = []
  for (let job = 1; job <= area.threads * area.capacity; job++) {
    const at = jobAt(area, job)
    if (load(words, at + J_STATE) !== SUSPENDED) continue
    const on = words[at + J_WAITING_ON]
    if (on > 0) {
      found.push(
        `${describe(thread, job)} waits for a counter to fall to ${words[at + J_TARGET]}, which is ${thread.counters.readCounter(on)}`,
      )
    } else if (on < 0) found.push(`${describe(thread, job)} waits for ${describe(thread, -on)}`)
  }
  return found
}

function describe(thread: JobThread, job: number): string {
  return thread.counters.isPromised(job) ? 'the program' : `job "${thread.nameOf(job)}"`
}
