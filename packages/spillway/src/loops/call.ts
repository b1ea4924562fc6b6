/** One call of a loop or reduction while it is in flight, on the caller's side. Pooled: a finished call serves again. */
import type { CallOptions } from '../options.ts'
import type { Shape } from '../binding/shape.ts'
import type { HeapViews } from '../heap/views.ts'
import { RESULT_LOCAL, RESULT_WORDS, R_KIND } from '../layout/layout.ts'
import type { KernelState } from '../kernels/kernel-table.ts'
import { kindWord, LoopRunner } from '../kernels/loop-runner.ts'

export class Call implements CallOptions {
  hint: CallOptions['hint'] = undefined
  grain = 1
  align: CallOptions['align'] = undefined
  schedule: CallOptions['schedule'] = 'adaptive'
  signal: AbortSignal | undefined = undefined
  timeout = Infinity

  kernel: KernelState | null = null
  args: unknown = undefined
  shape: Shape | null = null
  readonly runner: LoopRunner

  /** Slot in shared memory, -1 while the call needs none. */
  slot = -1
  /** Byte offset of the accumulators, -1 for none. */
  resultsOffset = -1
  /** First chunk that was published; those before ran here and are in `total`. */
  firstUnit = 0
  /** Accumulators of chunks [0, firstUnit) combined. */
  total: unknown = undefined
  /** Accumulators that never left this thread, by chunk. */
  readonly local = new Map<number, unknown>()

  startedAt = 0
  /** Clock value at which the call times out. */
  deadline = Infinity
  /** When an async call without workers gives the event loop a turn. */
  sliceEnd = Infinity
  /** True while nobody was woken for this call although it might pay. */
  mayWake = false
  /** Why the call was cancelled, if it was. */
  cancelled: { readonly reason: unknown } | null = null
  settled = false
  resolve: ((value: unknown) => void) | null = null
  reject: ((reason: unknown) => void) | null = null
  /** Undoes listeners and timers of an awaited call. */
  stopWatching: (() => void) | null = null

  constructor(views: HeapViews, now: () => number, claimed: (call: Call) => boolean) {
    this.runner = new LoopRunner(views, now, {
      keep: (runner, unit, accumulator) => {
        views.words[runner.results + unit * RESULT_WORDS + R_KIND] = kindWord(RESULT_LOCAL, runner.serial)
        this.local.set(unit, accumulator)
      },
      failed: () => {},
      ran: () => claimed(this),
    })
  }

  /** Drops references to the user's values. */
  clear(): void {
    this.kernel = null
    this.args = undefined
    this.shape = null
    this.signal = undefined
    this.align = undefined
    this.total = undefined
    this.local.clear()
    this.slot = -1
    this.resultsOffset = -1
    this.firstUnit = 0
    this.deadline = Infinity
    this.sliceEnd = Infinity
    this.mayWake = false
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
