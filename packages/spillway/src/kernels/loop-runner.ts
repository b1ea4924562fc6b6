/** Runs chunks of one loop in this thread: what `core/loop.ts` calls for the chunks it took. */
import { load } from '../core/atomics.ts'
import type { Runner } from '../core/loop.ts'
import { readClock } from '../host/clock.ts'
import { blockOfUnit, indexOfBlock, indexOfUnit, unitOfIndex } from '../core/geometry.ts'
import type { Geometry } from '../core/geometry.ts'
import type { HeapViews } from '../heap/views.ts'
import type { Recorder } from '../observe/recorder.ts'
import {
  MODE_BLOCKS,
  MODE_MERGE,
  MODE_REDUCE,
  MODE_TIMED,
  NO_FAILURE,
  RESULT_NUMBER,
  RESULT_WORDS,
  R_KIND,
  R_VALUE,
} from '../layout/layout.ts'
import type { LoopFailure, Runnable } from './runnable.ts'

/** The lowest failure this thread met in a loop. */
export interface Failure {
  readonly unit: number
  readonly error: unknown
  /** Indexes of the kernel call that threw: [start, end). */
  readonly start: number
  readonly end: number
  /** The index whose body threw, -1 where the kernel takes whole ranges. */
  readonly index: number
}

/** What differs between the caller and workers. */
export interface RunnerHooks {
  /** Takes an accumulator that is no number. */
  keep(runner: LoopRunner, unit: number, accumulator: unknown): void
  /** A failure lower than those before it in this visit. */
  failed(runner: LoopRunner, failure: Failure): void
  /** After each claim; false makes this thread leave the loop. */
  ran(runner: LoopRunner): boolean
  /** `items` and `milliseconds` are up to date. */
  measured(runner: LoopRunner): void
}

/** Positions in `LoopRunner.times`. */
export const BEFORE = 0
export const AFTER = 1

export class LoopRunner implements Runner, Geometry {
  start = 0
  end = 0
  origin = 0
  step = 1
  units = 0
  blocksPerUnit = 0
  longerUnits = 0
  mode = 0
  /** Word that says from which chunk on to skip; -1 while the loop is nobody's but this thread's. */
  failedAt = -1
  /** First word of the accumulators. */
  results = 0
  runnable: Runnable | null = null
  args: unknown = undefined
  failure: Failure | null = null
  /** Indexes run and time spent on them in this thread, for the estimate of what an index costs. */
  items = 0
  // A double from the start, so that V8 gives the field a representation it can update in place.
  milliseconds = 0.5
  /** Marks this loop's accumulators, so that what an earlier loop left in their place is not taken for theirs. */
  serial = 0
  /** Of this loop in the trace; 0 for none. */
  number = 0
  /** The thread that opened the loop, as steals are recorded. */
  opener = 0
  /** Null unless the system is traced: then the clock when the loop and the chunk began. */
  readonly recorder: Recorder | null
  loopBegan = 0.5
  chunkBegan = 0.5
  readonly views: HeapViews
  /** Clock at the beginning and end of a stretch of work; in an array, because numbers there need no allocation. */
  readonly times = new Float64Array(2)
  readonly #hooks: RunnerHooks
  readonly #stopped: LoopFailure = { index: -1 }

  constructor(views: HeapViews, hooks: RunnerHooks, recorder: Recorder | null = null) {
    this.views = views
    this.recorder = recorder
    this.#hooks = hooks
  }

  /** Forgets what belonged to the last loop. */
  reset(runnable: Runnable, args: unknown): void {
    this.runnable = runnable
    this.args = args
    this.failure = null
    this.failedAt = -1
    this.items = 0
    this.milliseconds = 0
  }

  run(first: number, end: number): number {
    if (this.recorder !== null) this.recorder.beginChunk(this)
    if ((this.mode & MODE_REDUCE) !== 0) return this.#reduce(first, end)
    if ((this.mode & MODE_BLOCKS) !== 0) return this.#blocks(first, end)
    if ((this.mode & MODE_MERGE) !== 0) {
      return this.#call(first, indexOfUnit(this, first), indexOfUnit(this, end))
    }
    for (let unit = first; unit < end && !this.#isSkipped(unit); unit++) {
      const failed = this.#call(unit, indexOfUnit(this, unit), indexOfUnit(this, unit + 1))
      if (failed !== NO_FAILURE) return failed
    }
    return NO_FAILURE
  }

  ran(first: number, end: number): boolean {
    if (this.recorder !== null) this.recorder.endChunk(this, first, end)
    this.items += indexOfUnit(this, end) - indexOfUnit(this, first)
    return this.#hooks.ran(this)
  }

  stole(victim: number, units: number): void {
    if (this.recorder !== null) this.recorder.stoleChunks(this, victim, units)
  }

  /** Begins to measure, if this loop is one that is measured. */
  startTiming(): void {
    if ((this.mode & MODE_TIMED) !== 0) readClock(this.times, BEFORE)
  }

  drained(): void {
    if ((this.mode & MODE_TIMED) === 0) return
    readClock(this.times, AFTER)
    this.milliseconds += this.times[AFTER] - this.times[BEFORE]
    this.times[BEFORE] = this.times[AFTER]!
    this.#hooks.measured(this)
  }

  /** Whether a chunk before this one failed, or the loop was cancelled, since the claim was made. */
  #isSkipped(unit: number): boolean {
    return this.failedAt >= 0 && unit >= load(this.views.words, this.failedAt)
  }

  /** One kernel call on indexes [start, end), which begin in chunk `unit`. */
  #call(unit: number, start: number, end: number): number {
    this.#stopped.index = -1
    try {
      this.runnable!.run(asInteger(start), asInteger(end), this.args, this.#stopped)
      return NO_FAILURE
    } catch (error) {
      return this.#fail(unit, error, start, end)
    }
  }

  #blocks(first: number, end: number): number {
    for (let unit = first; unit < end && !this.#isSkipped(unit); unit++) {
      const last = blockOfUnit(this, unit + 1)
      for (let block = blockOfUnit(this, unit); block < last; block++) {
        const failed = this.#call(unit, indexOfBlock(this, block), indexOfBlock(this, block + 1))
        if (failed !== NO_FAILURE) return failed
      }
    }
    return NO_FAILURE
  }

  #reduce(first: number, end: number): number {
    for (let unit = first; unit < end && !this.#isSkipped(unit); unit++) {
      const before = this.failure
      const accumulator = this.foldUnit(unit)
      if (this.failure !== before) return unit
      if (typeof accumulator === 'number') this.#write(unit, accumulator)
      else if (!this.#keep(unit, accumulator)) return unit
    }
    return NO_FAILURE
  }

  /** An accumulator over the indexes of chunk `unit`; sets `failure` if the kernel throws. */
  foldUnit(unit: number): unknown {
    const start = indexOfUnit(this, unit)
    const end = indexOfUnit(this, unit + 1)
    const runnable = this.runnable!
    this.#stopped.index = -1
    try {
      return runnable.fold(
        runnable.identity(),
        asInteger(start),
        asInteger(end),
        this.args,
        this.#stopped,
      )
    } catch (error) {
      this.#fail(unit, error, start, end)
      return undefined
    }
  }

  /** False if the accumulator cannot be kept, which counts as the chunk's failure. */
  #keep(unit: number, accumulator: unknown): boolean {
    try {
      this.#hooks.keep(this, unit, accumulator)
      return true
    } catch (error) {
      this.#fail(unit, error, indexOfUnit(this, unit), indexOfUnit(this, unit + 1))
      return false
    }
  }

  #write(unit: number, accumulator: number): void {
    // Plain stores: the subtraction from REMAINING that follows orders them before the caller's reads.
    const at = this.results + unit * RESULT_WORDS
    this.views.words[at + R_KIND] = kindWord(RESULT_NUMBER, this.serial)
    this.views.doubles[(at + R_VALUE) / 2] = accumulator
  }

  #fail(unit: number, error: unknown, start: number, end: number): number {
    const index = this.#stopped.index
    const failed = index >= 0 ? unitOfIndex(this, index) : unit
    if (this.failure === null || failed < this.failure.unit) {
      // A merged call is reported by the chunk of the failing index, so that the range does not depend on who took what.
      const merged = index >= 0 && (this.mode & MODE_MERGE) !== 0
      this.failure = {
        unit: failed,
        error,
        start: merged ? indexOfUnit(this, failed) : start,
        end: merged ? indexOfUnit(this, failed + 1) : end,
        index,
      }
      this.#hooks.failed(this, this.failure)
    }
    return failed
  }
}

/**
 * The same number, held as an integer where it is small enough. Bounds come from double fields, and a loop whose first bounds V8 saw
 * as doubles counts in doubles for good: every `index` in the kernel's body then is one, at up to five times the cost.
 */
function asInteger(index: number): number {
  return (index | 0) === index ? index | 0 : index
}

/** A result's KIND word: what it is, and the loop it belongs to. */
export function kindWord(kind: number, serial: number): number {
  return (serial << 2) | kind
}
