/** What a dead thread was about to begin. */
import { J_STATE, LEVELS, QUEUED, T_CANDIDATE, jobAt, ownerOf, threadAt } from '../layout/jobs.ts'
import type { JobArea } from '../layout/jobs.ts'
import { load } from './atomics.ts'
import { NONE, holds } from './deque.ts'

/** What `jobInHand` returns while another thread is about to learn which of the two took the job. */
export const UNDECIDED = -1

/**
 * The job that the dead thread `lost` had taken out of a deque and not begun; NONE if there is none, UNDECIDED if that shows in a
 * moment: then it is to be asked again. The starter only; nobody may be on the thread's seat.
 */
export function jobInHand(words: Int32Array, area: JobArea, lost: number): number {
  const job = load(words, threadAt(area, lost) + T_CANDIDATE)
  if (job === NONE) return NONE
  // In this order: who has taken it out of the deque is a candidate until RUNNING says so.
  const owner = threadAt(area, ownerOf(area, job))
  for (let level = 0; level < LEVELS; level++) {
    if (holds(words, owner, level, area.capacity, job)) return NONE
  }
  let undecided = false
  for (let other = 0; other < area.threads; other++) {
    if (other !== lost && load(words, threadAt(area, other) + T_CANDIDATE) === job) undecided = true
  }
  if (load(words, jobAt(area, job) + J_STATE) !== QUEUED) return NONE
  return undecided ? UNDECIDED : job
}
