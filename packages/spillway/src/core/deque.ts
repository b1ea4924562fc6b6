/**
 * The deque of a thread: its owner pushes and pops at the bottom, thieves take from the top.
 *
 * Source: Chase and Lev, "Dynamic circular work-stealing deque" (2005), with a ring that never grows: a deque holds jobs of its owner
 * only, and the owner has no more records than the ring has cells. Indexes wrap around 32 bits, so differences are taken `| 0`.
 * All shared words are accessed with sequential consistency, which is what the store and load in `pop` need (Lê et al., 2013).
 */
import { T_BOTTOM, T_CANDIDATE, T_RINGS, T_TOP } from '../layout/jobs.ts'
import { compareAndSet, load, store } from './atomics.ts'

export const NONE = 0
/** Somebody else took the entry first: there may be more. */
export const LOST = -1

/** Adds a job whose record is written. Owner only. The caller wakes somebody afterwards. */
export function push(
  words: Int32Array,
  thread: number,
  level: number,
  capacity: number,
  job: number,
): void {
  const at = thread + T_BOTTOM + level
  const bottom = words[at]
  // Plain: ordered by the store below for whoever sees the new bottom. A thief that still holds an older top may read the cell at the
  // same time; its compare-and-set on top fails then, and what it read is dropped.
  words[cell(thread, level, capacity, bottom)] = job
  store(words, at, (bottom + 1) | 0)
}

/** Takes the newest job, or NONE. Owner only. */
export function pop(words: Int32Array, thread: number, level: number, capacity: number): number {
  const at = thread + T_BOTTOM + level
  const top = thread + T_TOP + level
  const bottom = (words[at] - 1) | 0
  // Claimed before top is looked at: a thief that reads the old bottom is one that the load below sees, or that fails on top.
  store(words, at, bottom)
  const oldest = load(words, top)
  const left = (bottom - oldest) | 0
  if (left > 0) return words[cell(thread, level, capacity, bottom)]
  let job = NONE
  if (left === 0 && compareAndSet(words, top, oldest, (oldest + 1) | 0)) {
    job = words[cell(thread, level, capacity, bottom)]
  }
  store(words, at, (bottom + 1) | 0)
  return job
}

/**
 * Takes the oldest job of `victim` if `accept` allows it: NONE if there is none or it is refused, LOST if somebody else was faster.
 * Any thread; `thief` is its own record, where the job stands until `settle`, so that a thread that dies now does not take it along.
 */
export function steal(
  words: Int32Array,
  victim: number,
  level: number,
  capacity: number,
  thief: number,
  accept: (job: number) => boolean,
): number {
  const top = victim + T_TOP + level
  const oldest = load(words, top)
  const left = (load(words, victim + T_BOTTOM + level) - oldest) | 0
  if (left <= 0) return NONE
  const job = words[cell(victim, level, capacity, oldest)]
  // Read before it is ours: right if top has not moved, which the compare-and-set finds out.
  if (!accept(job)) return NONE
  store(words, thief + T_CANDIDATE, job)
  if (compareAndSet(words, top, oldest, (oldest + 1) | 0)) return job
  store(words, thief + T_CANDIDATE, 0)
  return LOST
}

/** Entries, as far as this thread can tell. Any thread. */
export function lengthOf(words: Int32Array, thread: number, level: number): number {
  const top = load(words, thread + T_TOP + level)
  return Math.max(0, (load(words, thread + T_BOTTOM + level) - top) | 0)
}

/** True if the job is in a deque, as far as this thread can tell. For looking into a system that has trouble. Any thread. */
export function holds(
  words: Int32Array,
  thread: number,
  level: number,
  capacity: number,
  job: number,
): boolean {
  // The top first: what leaves meanwhile is looked at in vain, what stays is not missed.
  const top = load(words, thread + T_TOP + level)
  const length = (load(words, thread + T_BOTTOM + level) - top) | 0
  for (let entry = 0; entry < length; entry++) {
    if (words[cell(thread, level, capacity, top + entry)] === job) return true
  }
  return false
}

function cell(thread: number, level: number, capacity: number, index: number): number {
  return thread + T_RINGS + level * capacity + (index & (capacity - 1))
}
