/** Detached jobs, counted by the threads that spawn and end them: nobody waits for one, but `close` waits for all. */
import { T_DETACHED, T_DETACHED_ENDED, threadAt } from '../layout/jobs.ts'
import type { JobArea } from '../layout/jobs.ts'
import { add, load } from './atomics.ts'

/** Before thread `thread` publishes a detached job. */
export function spawnedDetached(words: Int32Array, area: JobArea, thread: number): void {
  add(words, threadAt(area, thread) + T_DETACHED, 1)
}

/** A detached job has ended in thread `thread`, with all that it spawned counted. */
export function endedDetached(words: Int32Array, area: JobArea, thread: number): void {
  add(words, threadAt(area, thread) + T_DETACHED_ENDED, 1)
}

/** Detached jobs that have not ended; 0 is true for a moment during the call. Any thread. */
export function openDetached(words: Int32Array, area: JobArea): number {
  let open = 0
  // Ended ones first: one that is spawned and ends in between must not make up for one that runs.
  for (let thread = 0; thread < area.threads; thread++) {
    open -= load(words, threadAt(area, thread) + T_DETACHED_ENDED)
  }
  for (let thread = 0; thread < area.threads; thread++) {
    open += load(words, threadAt(area, thread) + T_DETACHED)
  }
  return open
}
