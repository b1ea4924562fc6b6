/**
 * The job area of the shared heap: made by the starter when the first job is about to run, so that a program of loops never pays for
 * it. Per thread: a record with its deques, and the job records it hands out. Threads are numbered 0 to workers - 1, then the starter,
 * then the worker of async jobs.
 */
import { LINE_WORDS, OTHER_THREADS, loopStride, ARGUMENT_WORDS } from './layout.ts'
import { struct, wordOf } from './struct.ts'
import type { Struct } from './struct.ts'

/** Priorities: 0 high, 1 normal, 2 low. */
export const LEVELS = 3
export const HIGH = 0
export const NORMAL = 1
export const LOW = 2

/** Argument leaves that fit into a job record; longer records go to a block. */
export const JOB_ARGUMENTS = 5
/** Nested loops that a thread can have open at once. */
export const NESTED_LOOPS = 4
/** Bytes that the nested loop slots of one thread may take: with very many workers there are none. */
export const NESTED_BYTES = 65536

export const THREAD = struct('thread', [
  ['BOTTOM', 'block', 'its thread', 'per priority: one past the newest entry of the deque'],
  LEVELS,
  'line',
  ['TOP', 'block', 'thieves, its thread', 'per priority: oldest entry of the deque'],
  LEVELS,
  'line',
  ['INBOX', 'i32', 'senders, its thread', 'jobs for this thread to go on with, linked by NEXT'],
  'line',
  [
    'REPLIES',
    'block',
    'its thread, receivers',
    'ended jobs that the starter, or the worker of async jobs, waits for; linked by NEXT',
  ],
  OTHER_THREADS,
  'line',
  [
    'RETURNED',
    'i32',
    'other threads, its thread',
    'its job records that are free again, linked by NEXT',
  ],
  'line',
  ['CANDIDATE', 'i32', 'its thread', 'job it has taken, or is about to, and not begun; else 0'],
  'line',
  ['LOOPS_OPEN', 'i32', 'its thread', 'bit s is set while its nested loop s may be joined'],
  'line',
  ['JOBS', 'i32', 'its thread', 'jobs it ran'],
  ['STEALS', 'i32', 'its thread', 'jobs it took from other threads'],
  ['PROMOTED', 'i32', 'its thread', 'forks it published'],
  ['DETACHED', 'i32', 'its thread', 'detached jobs it spawned'],
  ['DETACHED_ENDED', 'i32', 'its thread', 'detached jobs that ended here'],
  ['ASYNC', 'i32', 'its thread', 'async jobs that it has begun and that have not ended'],
])

export const JOB = struct('job', [
  ['COMPLETION', 'i32', 'whoever waits or finishes', '0, who waits, or DONE'],
  ['STATE', 'i32', 'whoever holds it', 'FREE, QUEUED, RUNNING, SUSPENDED'],
  ['HOME', 'i32', 'who runs it', 'thread that runs it, + 1; 0 before'],
  ['NEXT', 'i32', 'who links it', 'next job of the list it is in'],
  ['PARENT', 'i32', 'spawner', 'job that spawned it, 0 for none'],
  ['KERNEL', 'i32', 'spawner', 'kernel id (catalogue entry)'],
  ['SHAPE', 'i32', 'spawner', 'shape id, NO_ARGUMENTS or NUMBER_ARGUMENT'],
  ['FLAGS', 'i32', 'spawner', 'priority and JOB_* bits'],
  ['RESULT', 'i32', 'who runs it', 'RESULT_*'],
  ['RESULT_BLOCK', 'i32', 'who runs it', 'line number of an encoded result or error'],
  ['VALUE', 'f64', 'who runs it', 'result that is a number'],
  ['ARGUMENT', 'f64', 'spawner', 'argument that is a number; first index of a batch'],
  ['END', 'f64', 'spawner', 'one past the last index of a batch'],
  ['ARGUMENTS', 'i32', 'spawner', 'line number of the argument block, 0 if inline'],
  [
    'WAITING_ON',
    'i32',
    'who runs it',
    'word of the counter it waits for, minus the job it waits for, or 0',
  ],
  ['TARGET', 'i32', 'who runs it', 'counter value it waits for'],
  ['WAKE', 'i32', 'who cancels', '1 if it must be resumed whatever the counter says'],
  ['CANCELLED', 'i32', 'who cancels', '1 once it is to end early'],
  'line',
  ['INLINE_ARGUMENTS', 'block', 'spawner', 'argument leaves, ARGUMENT_WORDS each'],
  JOB_ARGUMENTS * ARGUMENT_WORDS,
])

export const COUNTER = struct('counter', [
  ['VALUE', 'i32', 'any thread', 'never below 0'],
  ['WAITERS', 'i32', 'any thread', 'jobs that wait for a value, linked by NEXT'],
  ['EPOCH', 'i32', 'any thread', 'rises whenever somebody looks through the waiters'],
])

export const JOB_STRUCTS: readonly Struct[] = [THREAD, JOB, COUNTER]

export const T_BOTTOM = wordOf(THREAD, 'BOTTOM')
export const T_TOP = wordOf(THREAD, 'TOP')
export const T_INBOX = wordOf(THREAD, 'INBOX')
export const T_REPLIES = wordOf(THREAD, 'REPLIES')
export const T_RETURNED = wordOf(THREAD, 'RETURNED')
export const T_CANDIDATE = wordOf(THREAD, 'CANDIDATE')
export const T_LOOPS_OPEN = wordOf(THREAD, 'LOOPS_OPEN')
export const T_JOBS = wordOf(THREAD, 'JOBS')
export const T_STEALS = wordOf(THREAD, 'STEALS')
export const T_PROMOTED = wordOf(THREAD, 'PROMOTED')
export const T_DETACHED = wordOf(THREAD, 'DETACHED')
export const T_DETACHED_ENDED = wordOf(THREAD, 'DETACHED_ENDED')
export const T_ASYNC = wordOf(THREAD, 'ASYNC')
/** Rings of the deques follow the record, one per priority. */
export const T_RINGS = THREAD.words

export const J_COMPLETION = wordOf(JOB, 'COMPLETION')
export const J_STATE = wordOf(JOB, 'STATE')
export const J_HOME = wordOf(JOB, 'HOME')
export const J_NEXT = wordOf(JOB, 'NEXT')
export const J_PARENT = wordOf(JOB, 'PARENT')
export const J_KERNEL = wordOf(JOB, 'KERNEL')
export const J_SHAPE = wordOf(JOB, 'SHAPE')
export const J_FLAGS = wordOf(JOB, 'FLAGS')
export const J_RESULT = wordOf(JOB, 'RESULT')
export const J_RESULT_BLOCK = wordOf(JOB, 'RESULT_BLOCK')
export const J_VALUE = wordOf(JOB, 'VALUE')
export const J_ARGUMENT = wordOf(JOB, 'ARGUMENT')
export const J_END = wordOf(JOB, 'END')
export const J_ARGUMENTS = wordOf(JOB, 'ARGUMENTS')
export const J_WAITING_ON = wordOf(JOB, 'WAITING_ON')
export const J_TARGET = wordOf(JOB, 'TARGET')
export const J_WAKE = wordOf(JOB, 'WAKE')
export const J_CANCELLED = wordOf(JOB, 'CANCELLED')
export const J_INLINE_ARGUMENTS = wordOf(JOB, 'INLINE_ARGUMENTS')

export const C_VALUE = wordOf(COUNTER, 'VALUE')
export const C_WAITERS = wordOf(COUNTER, 'WAITERS')
export const C_EPOCH = wordOf(COUNTER, 'EPOCH')

/** COMPLETION: a job id waits (that fiber), -(thread + 1) waits (that thread), or: */
export const DONE = 0x7fff_ffff
/** Its parent was lost: whoever runs it gives its record back. */
export const ORPHAN = -0x7fff_ffff

export const FREE = 0
export const QUEUED = 1
export const RUNNING = 2
export const SUSPENDED = 3

export const LEVEL_MASK = 3
/** Nobody holds a handle: it gives its record back itself, and its failure goes to the system. */
export const JOB_DETACHED = 4
/** Its end is told to the event loop of the thread that made it. */
export const JOB_REPLY = 8
/** Stands for one job per index of [ARGUMENT, END). */
export const JOB_BATCH = 16
/** Its parent was lost, and it is to be given back at its end. Set by the starter. */
export const JOB_ORPHAN = 32

export const NO_ARGUMENTS = -1
export const NUMBER_ARGUMENT = -2

export const RESULT_UNDEFINED = 0
export const RESULT_IS_NUMBER = 1
export const RESULT_TRUE = 2
export const RESULT_FALSE = 3
export const RESULT_NULL = 4
export const RESULT_ENCODED = 5
export const RESULT_ERROR = 6
/** It was cancelled before it began, or at a wait. */
export const RESULT_CANCELLED = 7

/** Where the job area lies; plain numbers, the same in every thread. */
export interface JobArea {
  readonly workers: number
  /** Workers, starter, worker of async jobs. */
  readonly threads: number
  /** Job records per thread, entries per deque: a power of two. */
  readonly capacity: number
  readonly base: number
  readonly threadStride: number
  readonly records: number
  readonly nestedLoops: number
  readonly loops: number
  readonly end: number
}

/** The layout of a job area that begins at word `base`. */
export function jobArea(base: number, workers: number, capacity: number): JobArea {
  const threads = workers + OTHER_THREADS
  const threadStride = THREAD.words + LEVELS * capacity
  const records = base + threads * threadStride
  const loops = records + threads * capacity * JOB.words
  const nestedLoops = Math.min(NESTED_LOOPS, Math.floor(NESTED_BYTES / (loopStride(workers) * 4)))
  const end = loops + threads * nestedLoops * loopStride(workers)
  return { workers, threads, capacity, base, threadStride, records, nestedLoops, loops, end }
}

/** First word of a thread's record. */
export function threadAt(area: JobArea, thread: number): number {
  return area.base + thread * area.threadStride
}

/** First word of a job's record. Ids begin at 1. */
export function jobAt(area: JobArea, job: number): number {
  return area.records + (job - 1) * JOB.words
}

/** The id of record `index` of those that `thread` hands out. */
export function jobId(area: JobArea, thread: number, index: number): number {
  return thread * area.capacity + index + 1
}

/** The thread that hands out a job's record. */
export function ownerOf(area: JobArea, job: number): number {
  return Math.floor((job - 1) / area.capacity)
}

function assertLayout(): void {
  if (JOB.words !== 2 * LINE_WORDS) throw new Error('layout: a job record is two lines')
}
assertLayout()
