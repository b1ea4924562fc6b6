/** The options of loops: what a caller can pass, its checks, and how a range is cut by them. */
import { cut, chunkCount } from '../core/geometry.ts'
import type { Geometry } from '../core/geometry.ts'
import { rangeError, show, typeError } from '../errors.ts'
import { levelOf } from '../jobs/priority.ts'
import type { Priority } from '../jobs/types.ts'
import { NORMAL } from '../layout/jobs.ts'
import { LINE_BYTES, MAX_UNITS } from '../layout/layout.ts'
import { abortSignal, oneOf, positiveInteger, timeoutOption, unknownOption } from '../options.ts'

/** Half-open range of indexes: n for 0..n, a pair, or a record. Integers, start <= end <= 2^53 - 1. */
export type Range =
  | number
  | readonly [start: number, end: number]
  | { readonly start: number; readonly end: number }

/** How heavy one index is: 2, 4, 8 or 16 chunks per worker. Heavier work balances better in more chunks. */
export type Hint = 'trivial' | 'light' | 'moderate' | 'heavy'

export type Schedule = 'adaptive' | 'static' | 'guided'

/**
 * Chunk edges fall on multiples of so many bytes of an array: a name in args, bytes for all arrays in args, or both. Arrays of the heap
 * begin on a cache line; on a foreign buffer multiples count from the buffer's start, which the runtime may place anywhere.
 */
export type Align = number | string | { readonly array: string; readonly bytes?: number }

export interface LoopOptions {
  /** Fewest indexes in a chunk, at least 1. Default 1. */
  readonly grain?: number
  /** Chunks per worker; without it a loop is cut finely and the schedule joins what belongs together. */
  readonly hint?: Hint
  /** Keeps two chunks from writing the same cache line. */
  readonly align?: Align
  /** Who runs which chunk: `adaptive` (default) splits and steals, `static` deals equal parts, `guided` shrinks them. */
  readonly schedule?: Schedule
  /** Ends the loop between chunks; the call then rejects with the signal's reason. */
  readonly signal?: AbortSignal
  /** Milliseconds until the loop ends between chunks with a TimeoutError. */
  readonly timeout?: number
  /** Loops and jobs of higher priority are begun first. Default `normal`. */
  readonly priority?: Priority
}

const HINTS: Readonly<Record<Hint, number>> = { trivial: 2, light: 4, moderate: 8, heavy: 16 }
/** Chunks of a reduction by hint: of the range alone, never of the number of workers. */
const REDUCE_CHUNKS: Readonly<Record<Hint, number>> = {
  trivial: 128,
  light: 256,
  moderate: 512,
  heavy: 1024,
}

const LOOP_KEYS = ['grain', 'hint', 'align', 'schedule', 'signal', 'timeout', 'priority']
const SCHEDULES = ['adaptive', 'static', 'guided']

/** The options that matter while a loop runs. Reused: one record per call in flight. */
export interface CallOptions {
  hint: Hint | undefined
  grain: number
  align: Align | undefined
  schedule: Schedule
  signal: AbortSignal | undefined
  /** Milliseconds, Infinity for none. */
  timeout: number
  /** 0 high, 1 normal, 2 low. */
  level: number
}

export function readRange(range: Range, into: Geometry): void {
  let start: unknown = 0
  let end: unknown = range
  if (typeof range === 'object' && range !== null) {
    if (Array.isArray(range)) {
      if (range.length !== 2) throw badRange(range)
      start = range[0]
      end = range[1]
    } else {
      start = (range as { start: number }).start
      end = (range as { end: number }).end
    }
  }
  if (!Number.isSafeInteger(start) || !Number.isSafeInteger(end)) {
    if (typeof start !== 'number' || typeof end !== 'number') throw badRange(range)
    throw rangeError(
      'ERR_RANGE',
      `range bounds must be integers up to 2^53 - 1; got ${showRange(range)}`,
    )
  }
  if ((start as number) > (end as number)) {
    throw rangeError('ERR_RANGE', `range must not end before it starts; got ${showRange(range)}`)
  }
  if (!Number.isSafeInteger((end as number) - (start as number))) {
    throw rangeError('ERR_RANGE', `range must not be longer than 2^53 - 1; got ${showRange(range)}`)
  }
  into.start = start as number
  into.end = end as number
}

function badRange(range: unknown): TypeError {
  return typeError(
    'ERR_RANGE',
    `range must be a length n, a pair [start, end], or { start, end }; got ${showRange(range)}`,
  )
}

function showRange(range: unknown): string {
  if (typeof range !== 'object' || range === null || Array.isArray(range)) return show(range)
  const { start, end } = range as { start: unknown; end: unknown }
  return `{ start: ${show(start)}, end: ${show(end)} }`
}

/** Reads loop options into `into`; allocates nothing. */
export function readLoopOptions(options: LoopOptions | undefined, into: CallOptions): void {
  into.hint = undefined
  into.grain = 1
  into.align = undefined
  into.schedule = 'adaptive'
  into.signal = undefined
  into.timeout = Infinity
  into.level = NORMAL
  if (options === undefined) return
  if (typeof options !== 'object' || options === null) {
    throw typeError('ERR_OPTION', `loop options must be a record; got ${show(options)}`)
  }
  for (const key in options) {
    if (!LOOP_KEYS.includes(key)) throw unknownOption('loop', key, LOOP_KEYS)
  }
  const { grain, hint, align, schedule, signal, timeout, priority } = options
  if (grain !== undefined) into.grain = positiveInteger('grain', grain)
  if (hint !== undefined) into.hint = oneOf('hint', hint, Object.keys(HINTS)) as Hint
  if (align !== undefined) into.align = align
  if (schedule !== undefined) into.schedule = oneOf('schedule', schedule, SCHEDULES) as Schedule
  if (signal !== undefined) into.signal = abortSignal(signal)
  if (timeout !== undefined) into.timeout = timeoutOption(timeout)
  if (priority !== undefined) into.level = levelOf(priority)
}

/** Cuts a loop's range into chunks. `workers` counts the threads that could run it. */
export function cutLoop(
  geometry: Geometry,
  options: CallOptions,
  args: unknown,
  workers: number,
): void {
  const { start, end } = geometry
  const length = end - start
  const parties = Math.max(1, workers)
  let chunks = Math.max(256, 64 * parties)
  // One thread has nothing to balance, but an event loop to give turns to between chunks.
  if (options.schedule === 'static' && workers > 0) chunks = parties
  else if (options.hint !== undefined) chunks = chunkCount(length, parties, HINTS[options.hint])
  cutAligned(geometry, options, args, chunks)
}

/** Cuts a reduction's range: chunks depend on the range, grain, hint and align only. */
export function cutReduction(geometry: Geometry, options: CallOptions, args: unknown): void {
  cutAligned(geometry, options, args, REDUCE_CHUNKS[options.hint ?? 'moderate'])
}

function cutAligned(geometry: Geometry, options: CallOptions, args: unknown, wanted: number): void {
  const { start, end } = geometry
  // The grain bounds chunks from below, whoever asked for more of them.
  const chunks = Math.min(wanted, Math.max(1, Math.floor((end - start) / options.grain)), MAX_UNITS)
  if (options.align === undefined) return cut(geometry, start, end, start, 1, chunks)
  const { step, phase } = alignment(options.align, args)
  // The last multiple of `step` (shifted by `phase`) that is not above `start`.
  const offset = (((start - phase) % step) + step) % step
  cut(geometry, start, end, start - offset, step, chunks)
}

/** Indexes between permitted chunk edges, and the remainder they leave: edge % step === phase. */
function alignment(align: Align, args: unknown): { step: number; phase: number } {
  const views = viewsToAlign(align, args)
  const bytes = alignBytes(align)
  let step = 1
  let phase = 0
  for (const [name, view] of views) {
    const size = (view as Uint8Array).BYTES_PER_ELEMENT
    const items = Math.max(1, bytes / size)
    // An element that straddles its line would do so in every chunk: typed arrays are aligned to their size, so none does.
    const first = ((bytes - (view.byteOffset % bytes)) % bytes) / size
    const [small, large] = items < step ? [items, step] : [step, items]
    const [smallPhase, largePhase] = items < step ? [first, phase] : [phase, first]
    // Both are powers of two, so the larger step's edges are edges of the smaller one, or never are.
    if (largePhase % small !== smallPhase % small) {
      throw rangeError(
        'ERR_OPTION',
        `align: the arrays in args begin at different places of a line, so no edges suit all of them (${name} differs); name the one the kernel writes: align: '${name}'`,
      )
    }
    step = large
    phase = largePhase % large
  }
  return { step, phase }
}

function alignBytes(align: Align): number {
  const bytes =
    typeof align === 'number'
      ? align
      : typeof align === 'string'
        ? LINE_BYTES
        : (align.bytes ?? LINE_BYTES)
  if (Number.isSafeInteger(bytes) && bytes >= 8 && bytes <= 65536 && (bytes & (bytes - 1)) === 0)
    return bytes
  throw rangeError(
    'ERR_OPTION',
    `align must be a power of two from 8 to 65536 bytes; got ${show(bytes)}`,
  )
}

function viewsToAlign(align: Align, args: unknown): (readonly [string, ArrayBufferView])[] {
  const record = (args ?? {}) as Record<string, unknown>
  const arrays = Object.entries(record).filter((entry): entry is [string, ArrayBufferView] =>
    ArrayBuffer.isView(entry[1]),
  )
  if (typeof align === 'number') {
    if (arrays.length > 0) return arrays
    throw typeError(
      'ERR_OPTION',
      `align needs a typed array in args to align to; got ${show(args)}`,
    )
  }
  const name = typeof align === 'string' ? align : (align as { array?: unknown } | null)?.array
  const found = arrays.filter(([key]) => key === name)
  if (found.length === 1) return found
  throw typeError(
    'ERR_OPTION',
    `align must be bytes, or name a typed array in args (${arrays.map(([key]) => key).join(', ') || 'there is none'}); got ${show(align)}`,
  )
}
