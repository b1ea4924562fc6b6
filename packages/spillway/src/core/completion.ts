/**
 * The end of a job, as seen by the one who waits for it: the job's parent, which is a fiber or a thread, or an event loop.
 *
 * COMPLETION goes 0 -> waiter -> DONE or 0 -> DONE, by compare-and-set, and DONE orders the result that was stored before it. At most
 * one waits, because a handle belongs to the job that spawned; that waiter may announce itself again.
 */
import { DONE, J_COMPLETION } from '../layout/jobs.ts'
import { compareAndSet, load } from './atomics.ts'

/** Marks the job at word `job` as done and returns who waits: a fiber's job id, -(thread + 1), or 0. Whoever ran it, once. */
export function finish(words: Int32Array, job: number): number {
  for (;;) {
    const waiter = load(words, job + J_COMPLETION)
    if (compareAndSet(words, job + J_COMPLETION, waiter, DONE)) return waiter
  }
}

/** Announces who waits. False if the job is done: then nobody will be woken. The waiter only. */
export function announceWait(words: Int32Array, job: number, waiter: number): boolean {
  for (;;) {
    const known = load(words, job + J_COMPLETION)
    if (known === DONE) return false
    if (known === waiter || compareAndSet(words, job + J_COMPLETION, known, waiter)) return true
  }
}

/** True once the job's result may be read. Any thread. */
export function isDone(words: Int32Array, job: number): boolean {
  return load(words, job + J_COMPLETION) === DONE
}
