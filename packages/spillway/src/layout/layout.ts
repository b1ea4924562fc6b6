/**
 * The only place that knows where a word lies in the shared heap.
 *
 * One table of structs yields the constants below, the decoder (`decode.ts`), and the map in `README.md` (checked by
 * `test/layout.test.ts`). Offsets are in words of four bytes unless a name ends in `Bytes`. Words that different threads write
 * lie on different cache lines: 128 bytes, because x86 prefetches line pairs and Apple's lines are that long.
 */
import { LINE_WORDS, struct, wordOf } from './struct.ts'
import type { Struct } from './struct.ts'

export { LINE_BYTES, LINE_WORDS } from './struct.ts'
export type { Field, Struct } from './struct.ts'

export const PAGE_BYTES = 65536

export const MAGIC = 0x5350_4c57 // "SPLW"
/** Raised whenever an offset or a meaning below changes: threads with different layouts refuse each other. */
export const LAYOUT_VERSION = 3

/** Loops that can be open at once; one bit each in the `LOOPS_OPEN` word. Further async calls queue in the caller. */
export const LOOP_SLOTS = 32
/** Chunks a range can be cut into: a range is two 16-bit chunk numbers in one word. */
export const MAX_UNITS = 4096
/** Arguments that fit into the loop descriptor; longer records go to a block on the heap. */
export const INLINE_ARGUMENTS = 16
export const ARGUMENT_WORDS = 6
export const MAX_WORKERS = 1024
/** Tiers of workers that wake one after the other. */
export const MAX_TIERS = 16
/** Threads with a record besides the workers: the starter, and the worker of async jobs. */
export const OTHER_THREADS = 2

export const HEADER = struct('header', [
  ['MAGIC', 'i32', 'starter, once', 'says that this is a Spillway heap'],
  ['VERSION', 'i32', 'starter, once', 'layout version'],
  ['WORKERS', 'i32', 'starter, once', 'worker records that follow'],
  'line',
  ['STOP', 'i32', 'starter', '1 once the system closes'],
  'line',
  ['LOOPS_OPEN', 'i32', 'callers', 'bit s is set while loop slot s may be joined'],
  'line',
  ['SLEEPERS', 'i32', 'parking workers, wakers', 'workers whose PARK word is PARKED'],
  'line',
  [
    'CATALOGUE_HEAD',
    'i32',
    'whoever appends',
    'line number of the first catalogue entry, 0 if none',
  ],
  'line',
  ['JOBS', 'i32', 'starter, once', 'line number of the job area, 0 until the first job'],
  ['JOB_CAPACITY', 'i32', 'starter, once', 'job records of each thread'],
  'line',
  ['CANCELS', 'i32', 'threads that cancel', 'jobs cancelled that have not ended yet'],
  'line',
  [
    'URGENT',
    'i32',
    'pushers and takers',
    'jobs of high priority in the deques; may be a moment off',
  ],
  'line',
  ['TAKERS', 'i32', 'wakers, idle workers', 'workers below this number may take shared work'],
  ['LIMIT', 'i32', 'starter', 'the same, while the starter takes part in a sync call'],
  'line',
  ['GROWN_LOADED', 'i32', 'wakers', 'tiers woken because the threshold was reached'],
  ['GROWN_STARVED', 'i32', 'wakers', 'tiers woken because nobody was left to wake'],
  ['SHRUNK', 'i32', 'idle workers', 'tiers put to sleep'],
  [
    'LAST_CHANGE',
    'i32',
    'who changes TAKERS',
    'why it was last changed: GREW_LOADED and so on, 0 never',
  ],
  ['GREW', 'i32', 'wakers, who measures', '1 from a growth to the measurement after it'],
  'line',
  ['MEASURED_AT', 'i32', 'idle workers', 'ticks of the clock when the load was last measured'],
  ['AWAKE_SEEN', 'i32', 'who measured last', 'ticks that all workers together had been awake then'],
  ['LOAD', 'i32', 'who measured last', 'thousandths of a worker awake, over the last window'],
  ['HIGH_AT', 'i32', 'who measured last', 'ticks when the last tier was last needed'],
  'line',
  ['TIERS', 'i32', 'starter, once', 'tiers of workers: 1 unless they spill over'],
  ['WINDOW_MS', 'i32', 'starter, once', 'over how long the load is measured'],
  ['DWELL_MS', 'i32', 'starter, once', 'how long a tier is not needed before it is put to sleep'],
  ['TIER_ENDS', 'block', 'starter, once', 'per tier: one past its last worker'],
  MAX_TIERS,
  [
    'TIER_THRESHOLDS',
    'block',
    'starter, once',
    'per tier: awake workers of a thousand at which the next one wakes',
  ],
  MAX_TIERS,
  ['TRACE', 'i32', 'starter, once', 'line number of the rings of events, 0 for none'],
  ['TRACE_EVENTS', 'i32', 'starter, once', 'events of each ring: a power of two'],
  ['TRACE_ORIGIN', 'f64', 'starter, once', 'Unix time in milliseconds that events count from'],
])

export const WORKER = struct('worker', [
  [
    'PARK',
    'i32',
    'its worker, wakers',
    'AWAKE, PARKED or LISTENING; the word its thread sleeps on',
  ],
  'line',
  ['CURRENT', 'i32', 'its worker', 'loop slot + 1 while it is, or is about to be, inside; else 0'],
  'line',
  ['LOOPS', 'i32', 'its worker', 'loops joined'],
  ['CLAIMS', 'i32', 'its worker', 'times it took chunks to run'],
  ['STEALS', 'i32', 'its worker', 'ranges taken from another participant'],
  ['PARKS', 'i32', 'its worker', 'times it went to sleep'],
  ['AWAKE_FOR', 'i32', 'its worker', 'how long it has been awake, where workers spill over'],
  [
    'LIFE',
    'i32',
    'starter, its worker',
    'BOOTING before its thread can take work; then number of that in the system, or UNNUMBERED; ENDED',
  ],
])

export const LOOP = struct('loop', [
  [
    'STATE',
    'i32',
    'caller, joining workers',
    'OPEN bit, priority, limit of workers, workers inside',
  ],
  'line',
  ['REMAINING', 'i32', 'participants', 'chunks not yet accounted for; 0 ends the loop'],
  [
    'WAITING',
    'i32',
    'caller',
    '1 while it sleeps on REMAINING; thread + 2 while that thread sleeps on its PARK',
  ],
  'line',
  [
    'FAILED_UNIT',
    'i32',
    'participants, caller',
    'lowest chunk that failed; NO_FAILURE; -1 cancels all',
  ],
  ['LOST', 'i32', 'starter', 'nested loops: 1 + the worker that died inside, else 0'],
  'line',
  ['CURSOR', 'i32', 'participants', 'next chunk under the guided schedule'],
  'line',
  ['SERIAL', 'i32', 'caller', 'tells this loop from all earlier ones'],
  ['KERNEL', 'i32', 'caller', 'kernel id (catalogue entry)'],
  ['MODE', 'i32', 'caller', 'bits: MODE_*'],
  ['UNIT_COUNT', 'i32', 'caller', 'chunks of this loop'],
  ['SHARE', 'i32', 'caller', 'chunks a worker takes from the root range when it joins'],
  ['CLAIM', 'i32', 'caller', 'chunks to take at a time: about 50 us of kernel'],
  ['SHAPE', 'i32', 'caller', 'shape id of the arguments (catalogue entry), -1 for none'],
  ['ARGUMENTS', 'i32', 'caller', 'line number of the argument block, 0 if inline'],
  ['RESULTS', 'i32', 'caller', 'line number of the accumulators, 0 if none'],
  ['START', 'f64', 'caller', 'first index'],
  ['END', 'f64', 'caller', 'one past the last index'],
  ['ORIGIN', 'f64', 'caller', 'index where block 0 begins (before START when aligned)'],
  ['STEP', 'f64', 'caller', 'indexes in a block'],
  ['BLOCKS_PER_UNIT', 'f64', 'caller', 'blocks in a chunk, rounded down'],
  ['LONGER_UNITS', 'i32', 'caller', 'leading chunks that hold one block more'],
  ['NUMBER', 'i32', 'caller', 'of this loop in the trace, 0 if there is none'],
  'line',
  ['INLINE_ARGUMENTS', 'block', 'caller', 'argument leaves, ARGUMENT_WORDS each'],
  INLINE_ARGUMENTS * ARGUMENT_WORDS,
])

/** One line per participant of a loop; participant 0 is the caller ("root"), participant w + 1 is worker w. */
export const PARTICIPANT = struct('participant', [
  [
    'RANGE',
    'i32',
    'owner and thieves',
    'chunks it holds: low 16 bits first, high 16 bits one past the last',
  ],
  ['VISIT', 'i32', 'owner', 'SERIAL of the loop that the rest of the line is about'],
  ['ERROR_UNIT', 'i32', 'owner', 'lowest chunk that failed here, NO_FAILURE if none'],
  ['ERROR_BLOCK', 'i32', 'owner', 'line number of its encoded error'],
  ['ITEMS', 'f64', 'owner', 'indexes it ran'],
  ['NANOSECONDS', 'f64', 'owner', 'time it spent in the kernel'],
])

/** One argument: a tag, then what the tag says. */
export const ARGUMENT = struct('argument', [
  ['TAG', 'i32', 'caller', 'TAG_*'],
  ['ELEMENT', 'i32', 'caller', 'views: element type | buffer id << 8'],
  ['VALUE', 'f64', 'caller', 'number, boolean, bigint bits, or byte offset'],
  ['LENGTH', 'f64', 'caller', 'views: elements'],
])

/** One accumulator per chunk, a cache line apart. */
export const RESULT = struct('result', [
  ['KIND', 'i32', 'whoever ran the chunk', 'RESULT_* | SERIAL << 2'],
  ['BLOCK', 'i32', 'whoever ran the chunk', 'line number of an encoded accumulator'],
  ['VALUE', 'f64', 'whoever ran the chunk', 'accumulator that is a number'],
])

/** Head of a block in a worker's outbox: a value on its way to the caller. */
export const BLOCK = struct('block', [
  [
    'IN_USE',
    'i32',
    'worker sets, reader clears',
    '1 from writing until the reader has copied the bytes out',
  ],
  ['BYTES', 'i32', 'its worker', 'payload bytes that follow the head line'],
])

/** Entry of the append-only list through which kernels and shapes reach workers. */
export const ENTRY = struct('entry', [
  ['NEXT', 'i32', 'whoever appends the next', 'line number of the next entry, 0 at the end'],
  ['BYTES', 'i32', 'whoever appends', 'payload bytes (UTF-8 JSON) that follow the head line'],
])

export const STRUCTS: readonly Struct[] = [
  HEADER,
  WORKER,
  LOOP,
  PARTICIPANT,
  ARGUMENT,
  RESULT,
  BLOCK,
  ENTRY,
]

export const H_MAGIC = wordOf(HEADER, 'MAGIC')
export const H_VERSION = wordOf(HEADER, 'VERSION')
export const H_WORKERS = wordOf(HEADER, 'WORKERS')
export const H_STOP = wordOf(HEADER, 'STOP')
export const H_LOOPS_OPEN = wordOf(HEADER, 'LOOPS_OPEN')
export const H_SLEEPERS = wordOf(HEADER, 'SLEEPERS')
export const H_CATALOGUE_HEAD = wordOf(HEADER, 'CATALOGUE_HEAD')
export const H_JOBS = wordOf(HEADER, 'JOBS')
export const H_JOB_CAPACITY = wordOf(HEADER, 'JOB_CAPACITY')
export const H_CANCELS = wordOf(HEADER, 'CANCELS')
export const H_URGENT = wordOf(HEADER, 'URGENT')
export const H_TAKERS = wordOf(HEADER, 'TAKERS')
export const H_LIMIT = wordOf(HEADER, 'LIMIT')
export const H_GROWN_LOADED = wordOf(HEADER, 'GROWN_LOADED')
export const H_GROWN_STARVED = wordOf(HEADER, 'GROWN_STARVED')
export const H_SHRUNK = wordOf(HEADER, 'SHRUNK')
export const H_GREW = wordOf(HEADER, 'GREW')
export const H_LAST_CHANGE = wordOf(HEADER, 'LAST_CHANGE')
export const H_MEASURED_AT = wordOf(HEADER, 'MEASURED_AT')
export const H_AWAKE_SEEN = wordOf(HEADER, 'AWAKE_SEEN')
export const H_LOAD = wordOf(HEADER, 'LOAD')
export const H_HIGH_AT = wordOf(HEADER, 'HIGH_AT')
export const H_TIERS = wordOf(HEADER, 'TIERS')
export const H_WINDOW_MS = wordOf(HEADER, 'WINDOW_MS')
export const H_DWELL_MS = wordOf(HEADER, 'DWELL_MS')
export const H_TIER_ENDS = wordOf(HEADER, 'TIER_ENDS')
export const H_TIER_THRESHOLDS = wordOf(HEADER, 'TIER_THRESHOLDS')
export const H_TRACE = wordOf(HEADER, 'TRACE')
export const H_TRACE_EVENTS = wordOf(HEADER, 'TRACE_EVENTS')
export const H_TRACE_ORIGIN = wordOf(HEADER, 'TRACE_ORIGIN')

export const W_PARK = wordOf(WORKER, 'PARK')
export const W_CURRENT = wordOf(WORKER, 'CURRENT')
export const W_LOOPS = wordOf(WORKER, 'LOOPS')
export const W_CLAIMS = wordOf(WORKER, 'CLAIMS')
export const W_STEALS = wordOf(WORKER, 'STEALS')
export const W_PARKS = wordOf(WORKER, 'PARKS')
export const W_AWAKE_FOR = wordOf(WORKER, 'AWAKE_FOR')
export const W_LIFE = wordOf(WORKER, 'LIFE')

export const L_STATE = wordOf(LOOP, 'STATE')
export const L_REMAINING = wordOf(LOOP, 'REMAINING')
export const L_WAITING = wordOf(LOOP, 'WAITING')
export const L_FAILED_UNIT = wordOf(LOOP, 'FAILED_UNIT')
export const L_LOST = wordOf(LOOP, 'LOST')
export const L_CURSOR = wordOf(LOOP, 'CURSOR')
export const L_SERIAL = wordOf(LOOP, 'SERIAL')
export const L_KERNEL = wordOf(LOOP, 'KERNEL')
export const L_MODE = wordOf(LOOP, 'MODE')
export const L_UNIT_COUNT = wordOf(LOOP, 'UNIT_COUNT')
export const L_SHARE = wordOf(LOOP, 'SHARE')
export const L_CLAIM = wordOf(LOOP, 'CLAIM')
export const L_SHAPE = wordOf(LOOP, 'SHAPE')
export const L_ARGUMENTS = wordOf(LOOP, 'ARGUMENTS')
export const L_RESULTS = wordOf(LOOP, 'RESULTS')
export const L_START = wordOf(LOOP, 'START')
export const L_END = wordOf(LOOP, 'END')
export const L_ORIGIN = wordOf(LOOP, 'ORIGIN')
export const L_STEP = wordOf(LOOP, 'STEP')
export const L_BLOCKS_PER_UNIT = wordOf(LOOP, 'BLOCKS_PER_UNIT')
export const L_LONGER_UNITS = wordOf(LOOP, 'LONGER_UNITS')
export const L_NUMBER = wordOf(LOOP, 'NUMBER')
export const L_INLINE_ARGUMENTS = wordOf(LOOP, 'INLINE_ARGUMENTS')

export const P_RANGE = wordOf(PARTICIPANT, 'RANGE')
export const P_VISIT = wordOf(PARTICIPANT, 'VISIT')
export const P_ERROR_UNIT = wordOf(PARTICIPANT, 'ERROR_UNIT')
export const P_ERROR_BLOCK = wordOf(PARTICIPANT, 'ERROR_BLOCK')
export const P_ITEMS = wordOf(PARTICIPANT, 'ITEMS')
export const P_NANOSECONDS = wordOf(PARTICIPANT, 'NANOSECONDS')

export const A_TAG = wordOf(ARGUMENT, 'TAG')
export const A_ELEMENT = wordOf(ARGUMENT, 'ELEMENT')
export const A_VALUE = wordOf(ARGUMENT, 'VALUE')
export const A_LENGTH = wordOf(ARGUMENT, 'LENGTH')

export const R_KIND = wordOf(RESULT, 'KIND')
export const R_BLOCK = wordOf(RESULT, 'BLOCK')
export const R_VALUE = wordOf(RESULT, 'VALUE')
export const RESULT_WORDS = LINE_WORDS

export const B_IN_USE = wordOf(BLOCK, 'IN_USE')
export const B_BYTES = wordOf(BLOCK, 'BYTES')

export const E_NEXT = wordOf(ENTRY, 'NEXT')
export const E_BYTES = wordOf(ENTRY, 'BYTES')

/** Values of a worker's LIFE besides the numbers that the system gives to threads. */
export const BOOTING = 0
export const UNNUMBERED = 0x7fff_ffff
export const ENDED = -1

export const AWAKE = 0
export const PARKED = 1
/** Asleep in its event loop: woken for messages of its own only, never counted among the sleepers. */
export const LISTENING = 2

/** STATE = OPEN | priority << LEVEL_SHIFT | limit << LIMIT_SHIFT | workers inside. */
export const OPEN = 1 << 30
export const LIMIT_SHIFT = 12
export const INSIDE_MASK = (1 << LIMIT_SHIFT) - 1
export const LIMIT_MASK = (1 << LIMIT_SHIFT) - 1
export const LEVEL_SHIFT = 24

export const NO_FAILURE = 0x7fff_ffff
export const CANCELLED = -1

/** Consecutive chunks may reach a range kernel as one call. */
export const MODE_MERGE = 1
/** Call the kernel once per block instead of once per chunk (`parallelForChunks`). */
export const MODE_BLOCKS = 2
export const MODE_REDUCE = 4
export const MODE_GUIDED = 8
/** Participants measure what an index costs. Most calls do not: a look at the clock takes time and may allocate. */
export const MODE_TIMED = 16

export const TAG_NUMBER = 1
export const TAG_BOOLEAN = 2
export const TAG_BIGINT = 3
export const TAG_VIEW = 4
export const TAG_COUNTER = 5

export const RESULT_NUMBER = 1
export const RESULT_BLOCK = 2
/** The accumulator never left the caller's own JavaScript heap. */
export const RESULT_LOCAL = 3

/** Bytes of each worker's first outbox. */
export const OUTBOX_BYTES = 16384

export const LOOPS_BASE = HEADER.words

/** Words of one loop slot with its participants' lines. */
export function loopStride(workers: number): number {
  return LOOP.words + (workers + 1) * PARTICIPANT.words
}

/** First word of loop slot `slot`. */
export function loopAt(slot: number, workers: number): number {
  return LOOPS_BASE + slot * loopStride(workers)
}

/** First word of participant `participant` (0 the caller, w + 1 worker w) of the loop that begins at `loop`. */
export function participantAt(loop: number, participant: number): number {
  return loop + LOOP.words + participant * PARTICIPANT.words
}

/** First word of the record of worker `worker`; `workers` is the starter's, `workers + 1` that of the worker of async jobs. */
export function workerAt(worker: number, workers: number): number {
  return LOOPS_BASE + LOOP_SLOTS * loopStride(workers) + worker * WORKER.words
}

/** First byte of worker `worker`'s outbox. */
export function outboxBytesAt(worker: number, workers: number): number {
  return workerAt(workers + OTHER_THREADS, workers) * 4 + worker * OUTBOX_BYTES
}

/** Bytes of scheduler state; user data begins here. */
export function schedulerBytes(workers: number): number {
  return outboxBytesAt(workers, workers)
}

/** Writes the words that never change again. Must precede every other thread's first access. */
export function initialise(words: Int32Array, workers: number): void {
  words[H_MAGIC] = MAGIC
  words[H_VERSION] = LAYOUT_VERSION
  words[H_WORKERS] = workers
  words[H_TAKERS] = workers
  words[H_LIMIT] = workers
  words[H_TIERS] = 1
  words[H_TIER_ENDS] = workers
}

function assertLayout(): void {
  for (const { name, words, fields } of STRUCTS) {
    if (words % LINE_WORDS !== 0) throw new Error(`layout: ${name} is no whole number of lines`)
    for (const field of fields) {
      if (field.type === 'f64' && field.word % 2 !== 0) {
        throw new Error(`layout: ${name}.${field.name} is not aligned to 8 bytes`)
      }
    }
  }
  const shared = [L_STATE, L_REMAINING, L_FAILED_UNIT, L_CURSOR, L_SERIAL, L_INLINE_ARGUMENTS]
  const lines = new Set(shared.map((word) => Math.floor(word / LINE_WORDS)))
  if (lines.size !== shared.length) throw new Error('layout: contended words share a cache line')
  if (MAX_WORKERS >= LIMIT_MASK) throw new Error('layout: worker limit does not fit STATE')
  if (MAX_UNITS > 0xffff) throw new Error('layout: chunk numbers do not fit a range word')
  if (ARGUMENT_WORDS < A_LENGTH + 2) throw new Error('layout: ARGUMENT_WORDS is too small')
}
assertLayout()
