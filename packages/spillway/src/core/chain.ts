/**
 * Lists of jobs that many threads add to and one takes as a whole: inboxes, replies, returned records, the waiters of a counter.
 *
 * A stack of job ids linked by NEXT (Treiber, 1986). Only whole lists are taken, so a head that left and came back (ABA) is as good
 * as one that stayed.
 */
import { J_NEXT, jobAt } from '../layout/jobs.ts'
import type { JobArea } from '../layout/jobs.ts'
import { compareAndSet, load } from './atomics.ts'

/** Adds a job, which must be in no other list. Any thread. */
export function add(words: Int32Array, area: JobArea, head: number, job: number): void {
  for (;;) {
    const first = load(words, head)
    // Plain: ordered by the compare-and-set for whoever takes the list.
    words[jobAt(area, job) + J_NEXT] = first
    if (compareAndSet(words, head, first, job)) return
  }
}

/** Takes all jobs: the newest, the others by `next`; 0 for none. Any thread. */
export function takeAll(words: Int32Array, head: number): number {
  for (;;) {
    const first = load(words, head)
    if (first === 0 || compareAndSet(words, head, first, 0)) return first
  }
}

/** The job after `job` in a list that this thread has taken. */
export function next(words: Int32Array, area: JobArea, job: number): number {
  return words[jobAt(area, job) + J_NEXT]
}
