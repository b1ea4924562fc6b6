/** One call of a loop or reduction while it is in flight, on the caller's side. Pooled: a finished call serves again. */
import type { CallOptions } from './loop-options.ts'
import type { Shape } from '../binding/shape.ts'
import type { HeapViews } from '../heap/views.ts'
import { NORMAL } from '../layout/jobs.ts'
import { RESULT_LOCAL, RESULT_WORDS, R_KIND } from '../layout/layout.ts'
import type { KernelState } from '../kernels/kernel-table.ts'
import { kindWord, LoopRunner } from '../kernels/loop-runner.ts'
import type { RunnerHooks } from '../kernels/loop-runner.ts'
import type { Recorder } from '../observe/recorder.ts'

export class Call implements CallOptions {
  hint: CallOptions['hint'] = undefined
  grain = 1
  align: CallOptions['align'] = undefined
  schedule: CallOptions['schedule'] = 'adaptive'
  signal: AbortSignal | undefined = undefined
  timeout = Infinity
  level = NORMAL

  kernel: KernelState | null = null
  args: unknown = undefined
  shape: Shape | null = null
  readonly runner: LoopRunner

  /** Slot in shared memory, -1 while the call needs none. */
  slot = -1
  /** Byte offset of the accumulators, -1 for none. */
  resultsOffset = -1
  /** First chunk that was published; the accumulators of those before are in `local`. */
  firstUnit = 0
  /** Accumulators that never left this thread, by chunk. */
  readonly local: unknown[] = []
  #localEnd = 0

  /** Nanoseconds that one thread would need for what has not run yet, by earlier calls; Infinity if unknown. */
  predicted = Infinity
  /** Whether this call is one of those that are measured. */
  timed = false
  startedAt = 0
  /** Clock value at which the call times out. */
  deadline = Infinity
  /** When an async call without workers gives the event loop a turn. */
  sliceEnd = Infinity
  /** True if the caller must look at the clock or the signal after each claim. */
  watchful = false
  /** True while nobody was woken for this call although it might pay. */
  mayWake = false
  /** Counts the calls this record has served, so that whatever outlived one of them can tell. */
  ticket = 0
  /** Why the call was cancelled, if it was. */
  cancelled: { readonly reason: unknown } | null = null
  settled = false
  resolve: ((value: unknown) => void) | null = null
  reject: ((reason: unknown) => void) | null = null
  /** Undoes listeners and timers of an awaited call. */
  stopWatching: (() => void) | null = null

  constructor(
    views: HeapViews,
    claimed: (call: Call) => boolean,
    recorder: Recorder | null = null,
  ) {
    const hooks: RunnerHooks = {
      keep: (runner, unit, accumulator) => {
        views.words[runner.results + unit * RESULT_WORDS + R_KIND] = kindWord(
          RESULT_LOCAL,
          runner.serial,
        )
        this.keepLocal(unit, accumulator)
      },
      failed: () => {},
      ran: () => !this.watchful || claimed(this),
      measured: () => {},
    }
    this.runner = new LoopRunner(views, hooks, recorder)
  }

  /** The call is about to run. */
  begin(): void {
    const { recorder } = this.runner
    if (recorder !== null) recorder.beginLoop(this.runner)
  }

  keepLocal(unit: number, accumulator: unknown): void {
    while (this.local.length <= unit) this.local.push(undefined)
    this.local[unit] = accumulator
    if (unit >= this.#localEnd) this.#localEnd = unit + 1
  }

  /** The call is over: drops references to the user's values. */
  clear(): void {
    if (this.runner.number !== 0) this.runner.recorder!.endLoop(this.runner, this.slot >= 0)
    this.ticket++
    this.kernel = null
    this.args = undefined
    this.shape = null
    this.signal = undefined
    this.align = undefined
    // Overwritten rather than cut off: the next reduction needs the room again.
    if (this.#localEnd > 0) this.local.fill(undefined, 0, this.#localEnd)
    this.#localEnd = 0
    this.slot = -1
    this.resultsOffset = -1
    this.firstUnit = 0
    this.deadline = Infinity
    this.sliceEnd = Infinity
    this.mayWake = false
    this.watchful = false
    this.cancelled = null
    this.settled = false
    this.resolve = null
    this.reject = null
    this.stopWatching = null
    this.runner.failure = null
    this.runner.runnable = null
    this.runner.args = undefined
  }
}
