/**
 * Cancelled jobs: a flag in the job's record, found by walking up from a descendant. CANCELS counts flags that are up, so that programs
 * that cancel nothing never walk.
 *
 * A job that suspends on a counter meets the one that cancels it: the flag is up before suspended jobs are looked for, and a job is marked
 * SUSPENDED before it looks for a flag. So one of them sees the other; both pass the job's WAKE to who looks through the counter.
 */
import {
  J_CANCELLED,
  J_PARENT,
  J_STATE,
  J_WAITING_ON,
  J_WAKE,
  SUSPENDED,
  jobAt,
} from '../layout/jobs.ts'
import type { JobArea } from '../layout/jobs.ts'
import { H_CANCELS } from '../layout/layout.ts'
import { add, load, store } from './atomics.ts'

/** Puts a job's flag up. Who spawned it, once; CANCELS counts it until the job has ended. */
export function flag(words: Int32Array, area: JobArea, job: number): void {
  add(words, H_CANCELS, 1)
  store(words, jobAt(area, job) + J_CANCELLED, 1)
}

/** True if the job, or one it descends from, was cancelled. Any thread's job. */
export function isCancelled(words: Int32Array, area: JobArea, job: number): boolean {
  // Plain: a flag that goes up a moment later may be seen a moment later.
  if (words[H_CANCELS] === 0) return false
  return hasFlag(words, area, job)
}

function hasFlag(words: Int32Array, area: JobArea, job: number): boolean {
  for (let ancestor = job; ancestor !== 0; ancestor = words[jobAt(area, ancestor) + J_PARENT]) {
    if (load(words, jobAt(area, ancestor) + J_CANCELLED) !== 0) return true
  }
  return false
}

/**
 * The counter to look through if the job is suspended and cancelled, and may wait for one; else 0. Whoever has put a flag up, for each job.
 * One that waits for a child hears when that ends.
 */
export function toWake(words: Int32Array, area: JobArea, job: number): number {
  if (load(words, jobAt(area, job) + J_STATE) !== SUSPENDED) return 0
  return hasFlag(words, area, job) ? wake(words, area, job) : 0
}

/** The same for a job that has just added itself to a counter's waiters. Its thread only. */
export function toWakeAfterAll(words: Int32Array, area: JobArea, job: number): number {
  return load(words, H_CANCELS) !== 0 && hasFlag(words, area, job) ? wake(words, area, job) : 0
}

/** Makes a job be resumed whatever its counter says. Returns the counter, which is to be looked through; 0 if it waits for none. */
export function wake(words: Int32Array, area: JobArea, job: number): number {
  const at = jobAt(area, job)
  // Plain: its thread wrote it before SUSPENDED. If the job waits for something else by now, it looks once too often.
  const counter = words[at + J_WAITING_ON]
  if (counter <= 0) return 0
  store(words, at + J_WAKE, 1)
  return counter
}
