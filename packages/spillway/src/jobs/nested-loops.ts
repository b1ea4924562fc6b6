/** Loops that jobs open: the thread of the job takes part, others join, and the job waits for what they took. */
import { store, load } from '../core/atomics.ts'
import {
  WAITS_PARKED,
  abandon,
  close,
  failFrom,
  open,
  participate,
  remaining,
} from '../core/loop.ts'
import { wakeOne } from '../core/sleep/park.ts'
import type { Wait } from '../core/worker.ts'
import { WorkerLostError } from '../errors.ts'
import { hasRoom } from '../host/room.ts'
import type { KernelTable } from '../kernels/kernel-table.ts'
import {
  CANCELLED,
  L_FAILED_UNIT,
  L_LOST,
  L_WAITING,
  LOOP_SLOTS,
  MODE_REDUCE,
  MODE_TIMED,
  NO_FAILURE,
  W_CURRENT,
  workerAt,
} from '../layout/layout.ts'
import { Call } from '../loops/call.ts'
import { LoopCalls } from '../loops/calls.ts'
import { endReason, hasEnd, isOver, refuseEnded } from '../loops/ending.ts'
import { claimSize, learnShared } from '../loops/estimate.ts'
import { runInline, runUnits } from '../loops/inline.ts'
import { collectError, combineResults, dropResults } from '../loops/outcome.ts'
import { LoopSlots, nestedSlots } from '../loops/slots.ts'
import type { LoopOptions, Range } from '../loops/loop-options.ts'
import type { JobContextImpl } from './context.ts'
import type { JobThread } from './thread.ts'
import type { FiberState, Target } from './waiting.ts'

/** Loops expected to be shorter than this run in the job's thread alone. */
const INLINE_NS = 10_000

export type LoopForm = 'for' | 'auto' | 'chunks' | 'reduce'

export class NestedLoops {
  readonly thread: JobThread
  readonly slots: LoopSlots
  readonly #calls: LoopCalls
  readonly #pool: Call[] = []
  readonly #times = new Float64Array(2)

  constructor(thread: JobThread, kernels: KernelTable) {
    const { area, context, setup } = thread
    this.thread = thread
    const place = nestedSlots(area, context.worker)
    this.slots = new LoopSlots(thread.memory, setup.buffers, place)
    this.#calls = new LoopCalls(this, kernels, area.workers)
  }

  acquire(): Call {
    const { views, recorder } = this.thread.setup
    return this.#pool.pop() ?? new Call(views, (call) => this.#claimed(call), recorder)
  }

  release(call: Call): void {
    call.clear()
    this.#pool.push(call)
  }

  /** Starts a loop and runs what this thread gets of it. What others took may still run when this returns. */
  start(ctx: JobContextImpl, form: LoopForm, call: readonly unknown[]): LoopTarget {
    const made = this.#make(form, call)
    if ((call.at(-1) as LoopOptions | undefined)?.priority === undefined) made.level = ctx.level
    return new LoopTarget(this, made)
  }

  #make(form: LoopForm, call: readonly unknown[]): Call {
    const range = call[0] as Range
    if (form === 'chunks') {
      const [, size, kernel, args, options] = call
      return this.#calls.chunks(range, size as number, kernel, args, options as LoopOptions)
    }
    const [, kernel, args, options] = call
    if (form === 'reduce') return this.#calls.reduction(range, kernel, args, options as LoopOptions)
    return this.#calls.loop(range, kernel, args, options as LoopOptions, form === 'auto')
  }

  /** Runs the call here, or opens it for others and takes part. False while others still run chunks of it. */
  begin(call: Call): boolean {
    refuseEnded(call)
    call.begin()
    if (runInline(call, INLINE_NS, false)) return true
    const { slots, thread } = this
    const { words, area } = thread
    // Where an overflow might leave others waiting, nobody else takes part.
    call.slot = area.workers === 0 || !hasRoom() ? -1 : slots.acquire()
    if (call.slot < 0) {
      this.#runAlone(call)
      return true
    }
    const { runner, slot } = call
    const loop = slots.at(slot)
    if (call.timed) runner.mode |= MODE_TIMED
    runner.failedAt = loop + L_FAILED_UNIT
    try {
      slots.describe(call, area.workers, claimSize(call))
    } catch (error) {
      slots.finish(call)
      throw error
    }
    call.watchful = hasEnd(call)
    store(words, loop + L_LOST, 0)
    const others = Math.max(1, area.workers - (thread.context.worker < area.workers ? 1 : 0))
    open(words, loop, slots.mask, slot, call.firstUnit, runner.units, others, call.level)
    wakeOne(words, area.workers)
    runner.startTiming()
    participate(words, loop, area.workers, 0, runner)
    return this.isOver(call)
  }

  #runAlone(call: Call): void {
    const { runner } = call
    call.watchful = hasEnd(call)
    while (call.firstUnit < runner.units && runner.failure === null) {
      runUnits(call, call.firstUnit, call.firstUnit + 1)
      if (call.watchful && isOver(call, this.#times)) throw endReason(call)
    }
  }

  #claimed(call: Call): boolean {
    if (isOver(call, this.#times)) this.#cancel(call)
    return true
  }

  #cancel(call: Call): void {
    if (call.cancelled !== null) return
    call.cancelled = { reason: endReason(call) }
    failFrom(this.thread.words, this.slots.at(call.slot), CANCELLED)
  }

  isOver(call: Call): boolean {
    const { words } = this.thread
    const loop = this.slots.at(call.slot)
    if (remaining(words, loop) === 0) return true
    if (call.watchful && isOver(call, this.#times)) this.#cancel(call)
    const lost = load(words, loop + L_LOST)
    if (lost === 0) return false
    call.cancelled ??= { reason: new WorkerLostError(lost - 1, call.kernel!.name) }
    failFrom(words, loop, CANCELLED)
    return this.#isLeft(call, loop)
  }

  /** True once no living worker is in a loop that lost one: then its slot can be made new. */
  #isLeft(call: Call, loop: number): boolean {
    const { words, area, context } = this.thread
    close(words, loop, this.slots.mask, call.slot)
    const current = LOOP_SLOTS + context.worker * area.nestedLoops + call.slot + 1
    for (let worker = 0; worker < area.workers; worker++) {
      if (load(words, workerAt(worker, area.workers) + W_CURRENT) === current) return false
    }
    abandon(words, loop, area.workers)
    return true
  }

  /** Sees to it that this thread is woken from its sleep when the loop ends. */
  announce(call: Call): boolean {
    const { words, context } = this.thread
    store(words, this.slots.at(call.slot) + L_WAITING, WAITS_PARKED + context.worker)
    return !this.isOver(call)
  }

  /** The result of a call that is over; throws its error. */
  settle(call: Call): unknown {
    const { thread, slots } = this
    const { words, area } = thread
    const { views } = thread.setup
    const { runner, slot } = call
    const reduction = (runner.mode & MODE_REDUCE) !== 0
    if (slot < 0) {
      if (runner.failure !== null) throw collectError(views, 0, 0, runner.failure.unit, call)
      return reduction ? combineResults(views, call) : undefined
    }
    const loop = slots.at(slot)
    close(words, loop, slots.mask, slot)
    const failed = load(words, loop + L_FAILED_UNIT)
    try {
      if (failed === NO_FAILURE) {
        if (call.timed) learnShared(views, loop, area.workers, call)
        return reduction ? combineResults(views, call) : undefined
      }
      const error = collectError(views, loop, area.workers, failed, call)
      throw failed === CANCELLED ? call.cancelled!.reason : error
    } finally {
      if (reduction) dropResults(views, call)
      slots.finish(call)
    }
  }
}

/** A nested loop as something to wait for. */
export class LoopTarget implements Target, Wait {
  readonly #loops: NestedLoops
  #call: Call | null
  #failed = false
  #outcome: unknown
  /** True once its end, good or bad, has reached the job. */
  seen = false

  constructor(loops: NestedLoops, call: Call) {
    this.#loops = loops
    this.#call = call
    try {
      if (loops.begin(call)) this.#settle()
    } catch (error) {
      this.#end(true, error)
    }
  }

  #settle(): void {
    try {
      this.#end(false, this.#loops.settle(this.#call!))
    } catch (error) {
      this.#end(true, error)
    }
  }

  #end(failed: boolean, outcome: unknown): void {
    this.#failed = failed
    this.#outcome = outcome
    this.#loops.release(this.#call!)
    this.#call = null
  }

  isOver(): boolean {
    if (this.#call === null) return true
    if (!this.#loops.isOver(this.#call)) return false
    this.#settle()
    return true
  }

  announce(): boolean {
    return this.#call !== null && this.#loops.announce(this.#call)
  }

  get failed(): boolean {
    return this.#failed
  }

  get outcome(): unknown {
    return this.#outcome
  }

  result(): unknown {
    this.seen = true
    if (this.#failed) throw this.#outcome
    return this.#outcome
  }

  suspend(fiber: FiberState): boolean {
    if (!this.announce()) return false
    this.#loops.thread.watch(this, fiber)
    return true
  }

  async promise(): Promise<void> {
    while (!this.isOver()) await this.#loops.thread.yieldToEvents()
  }
}
