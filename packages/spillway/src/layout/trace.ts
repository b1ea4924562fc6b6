/**
 * The rings of events: one for each thread, in a block of the heap that the header names, if the system is traced. Threads are numbered
 * as for jobs: workers, then the starter, then the worker of async jobs. README.md in `observe/` tells who writes what, and when.
 */
import { LINE_WORDS, OTHER_THREADS } from './layout.ts'
import { struct, wordOf } from './struct.ts'
import type { Struct } from './struct.ts'

/** Head of a ring. */
export const RING = struct('ring', [
  ['COUNT', 'i32', 'its thread', 'events written since the start, modulo 2^32'],
  ['SLEEPS', 'i32', 'its thread', 'times it fell asleep or woke: odd while it sleeps'],
  ['SINCE', 'f64', 'its thread', 'when it fell asleep last'],
  ['NUMBERS', 'i32', 'its thread', 'loops and jobs that it has given a number'],
])

/** Times are milliseconds since TRACE_ORIGIN. */
export const EVENT = struct('event', [
  ['KIND', 'i32', 'its thread', 'EVENT_*'],
  ['KERNEL', 'i32', 'its thread', 'kernel id (catalogue entry); steals: the thread stolen from'],
  ['NUMBER', 'i32', 'its thread', 'of the loop or job; steals: chunks, or 1 for a job'],
  ['FLAGS', 'i32', 'its thread', 'EVENT_* bits'],
  ['BEGIN', 'f64', 'its thread', 'when it began'],
  ['END', 'f64', 'its thread', 'when it ended'],
  ['FROM', 'f64', 'its thread', 'chunks and loops: first index'],
  ['TO', 'f64', 'its thread', 'chunks and loops: one past the last index'],
])

export const TRACE_STRUCTS: readonly Struct[] = [RING, EVENT]

/** Events follow the head. */
export const RING_WORDS = RING.words
export const G_COUNT = wordOf(RING, 'COUNT')
export const G_SLEEPS = wordOf(RING, 'SLEEPS')
export const G_SINCE = wordOf(RING, 'SINCE')
export const G_NUMBERS = wordOf(RING, 'NUMBERS')

export const V_KIND = wordOf(EVENT, 'KIND')
export const V_KERNEL = wordOf(EVENT, 'KERNEL')
export const V_NUMBER = wordOf(EVENT, 'NUMBER')
export const V_FLAGS = wordOf(EVENT, 'FLAGS')
export const V_BEGIN = wordOf(EVENT, 'BEGIN')
export const V_END = wordOf(EVENT, 'END')
export const V_FROM = wordOf(EVENT, 'FROM')
export const V_TO = wordOf(EVENT, 'TO')
/** Events are packed: one thread writes them all. */
export const EVENT_WORDS = 12

export const EVENT_CHUNK = 1
export const EVENT_LOOP = 2
export const EVENT_JOB = 3
export const EVENT_ASYNC = 4
export const EVENT_STEAL = 5
export const EVENT_PARK = 6

/** Loops: workers could join. */
export const EVENT_SHARED = 1
/** Jobs: a fiber that had waited; one that waits again. */
export const EVENT_RESUMED = 2
export const EVENT_SUSPENDED = 4
/** Steals: of a job, not of chunks. */
export const EVENT_OF_JOB = 8

/** Events of a full ring, the oldest, that a reader leaves alone: their thread may be about to overwrite them. */
export const GUARD = 64
export const LEAST_EVENTS = 256
export const MOST_EVENTS = 1 << 20

/** Words of a ring of `events`, which must be a power of two. */
export function ringStride(events: number): number {
  return RING_WORDS + events * EVENT_WORDS
}

/** First word of a thread's ring, of those that begin at word `base`. */
export function ringAt(base: number, thread: number, events: number): number {
  return base + thread * ringStride(events)
}

/** Words of the rings of a system. */
export function ringsWords(workers: number, events: number): number {
  return (workers + OTHER_THREADS) * ringStride(events)
}

function assertLayout(): void {
  if (EVENT_WORDS !== V_TO + 2) throw new Error('layout: EVENT_WORDS is not what an event takes')
  if ((LEAST_EVENTS * EVENT_WORDS) % LINE_WORDS !== 0) {
    throw new Error('layout: a ring is no whole number of lines')
  }
}
assertLayout()
