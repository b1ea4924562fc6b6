/**
 * Counters that jobs wait for. A waiter is satisfied once VALUE is at most its TARGET.
 *
 * Whoever changes a counter looks through its waiters; whoever waits adds itself and then looks once more at the value. While
 * somebody holds the list, others find it empty: a value that is not what it was before the taking, and EPOCH, which rises before
 * each taking, tell the holder to look again. So a change is seen by the waiter's last look, by the changer, or by the holder who
 * puts an unsatisfied waiter back.
 */
import { C_EPOCH, C_VALUE, C_WAITERS, J_TARGET, J_WAKE, jobAt } from '../layout/jobs.ts'
import type { JobArea } from '../layout/jobs.ts'
import { add as addTo, compareAndSet, load } from './atomics.ts'
import { add, next, takeAll } from './chain.ts'

/** What `change` returns instead of going below 0. */
export const UNDERFLOW = -1

/** Adds `by` and returns the new value; UNDERFLOW, with nothing changed, if that would be negative. Any thread. */
export function change(
  words: Int32Array,
  area: JobArea,
  counter: number,
  by: number,
  resume: (job: number) => void,
): number {
  for (;;) {
    const value = load(words, counter + C_VALUE)
    const changed = value + by
    if (changed < 0) return UNDERFLOW
    if (!compareAndSet(words, counter + C_VALUE, value, changed)) continue
    if (by < 0 && load(words, counter + C_WAITERS) !== 0) drain(words, area, counter, resume)
    return changed
  }
}

/** Adds the suspended job `job`, whose TARGET is set. `resume` may get it at once. Its thread only. */
export function waitFor(
  words: Int32Array,
  area: JobArea,
  counter: number,
  job: number,
  resume: (job: number) => void,
): void {
  add(words, area, counter + C_WAITERS, job)
  if (isSatisfied(words, area, counter, job)) drain(words, area, counter, resume)
}

/** Passes every satisfied waiter to `resume` and keeps the others. Any thread. */
export function drain(
  words: Int32Array,
  area: JobArea,
  counter: number,
  resume: (job: number) => void,
): void {
  for (;;) {
    const epoch = (addTo(words, counter + C_EPOCH, 1) + 1) | 0
    const value = load(words, counter + C_VALUE)
    let job = takeAll(words, counter + C_WAITERS)
    while (job !== 0) {
      const following = next(words, area, job)
      if (isSatisfied(words, area, counter, job)) resume(job)
      else add(words, area, counter + C_WAITERS, job)
      job = following
    }
    // Whoever changed the value while the list was taken found it empty, and left its waiters to this thread.
    if (load(words, counter + C_VALUE) === value && load(words, counter + C_EPOCH) === epoch) return
  }
}

function isSatisfied(words: Int32Array, area: JobArea, counter: number, job: number): boolean {
  const at = jobAt(area, job)
  // TARGET is plain: its thread wrote it before it added the job to the list.
  return load(words, counter + C_VALUE) <= words[at + J_TARGET] || load(words, at + J_WAKE) !== 0
}
