/** A spawned job, on the side of the thread that spawned it. */
import { CancelledError, plainError } from '../errors.ts'
import { requireRoom } from '../host/room.ts'
import { J_STATE, RUNNING, SUSPENDED, jobAt } from '../layout/jobs.ts'
import type { KernelState } from '../kernels/kernel-table.ts'
import type { Runnable } from '../kernels/runnable.ts'
import type { JobContextImpl } from './context.ts'
import { announceWait } from '../core/completion.ts'
import { cancel, cancelEnded } from './cancel.ts'
import { poll } from './endings.ts'
import { suspendOn } from './fibers.ts'
import type { JobThread } from './thread.ts'
import type { JobHandle, JobState } from './types.ts'
import type { FiberState, Target } from './waiting.ts'

const SETTLED = 1
const FAILED = 2
const BEGUN = 4
const OBSERVED = 8
const LEVEL_SHIFT = 4

export interface Outside {
  /** Cancels what the handle stands for, if that is no single record. */
  cancel: ((reason: unknown) => void) | null
  /** Undoes listeners and timers. */
  stopWatching: (() => void) | null
  readonly settled: () => void
}

interface Deferred {
  readonly promise: Promise<unknown>
  resolve(value: unknown): void
  reject(reason: unknown): void
}

/** What only few handles have. */
class Rare {
  cancelReason: { readonly reason: unknown } | null = null
  deferred: Deferred | null = null
  outside: Outside | null = null
}

/**
 * A job may spawn millions, so handles are small: what is a flag is a bit, what is rare lies in an object of its own, and the argument
 * of a job that has not begun lies where its result will. The fields are set in the constructor alone, which V8 then inlines.
 */
export class Handle<R = unknown> implements JobHandle<R>, Target {
  declare readonly thread: JobThread
  declare readonly name: string
  /** Its record while that is in use, else 0: before it is sent out or published, or while nobody but its thread needs to know. */
  declare job: number
  /** The kernel as this thread knows it, if it was spawned here. */
  declare readonly kernel: KernelState | null
  /** The job that spawned it, and which of those that this context served. */
  declare readonly owner: JobContextImpl | null
  declare readonly ticket: number
  /** How many things its owner held before it. */
  declare place: number
  /** The fiber's context, if the job is one that began in this thread, until its end. */
  declare fiber: JobContextImpl | null
  /** The fiber of this thread that waits for it. */
  declare waiter: FiberState | null
  declare private bits: number
  /** Of a job without a record its argument until it begins; its result or error once it is settled. */
  declare private payload: unknown
  declare private rare: Rare | null

  constructor(
    thread: JobThread,
    name: string,
    kernel: KernelState | null,
    job: number,
    owner: JobContextImpl | null,
    level = 0,
    args?: unknown,
  ) {
    this.thread = thread
    this.name = name
    this.job = job
    this.kernel = kernel
    this.owner = owner
    this.ticket = owner === null ? 0 : owner.ticket
    this.place = 0
    this.fiber = null
    this.waiter = null
    this.bits = level << LEVEL_SHIFT
    this.payload = args
    this.rare = null
  }

  get settled(): boolean {
    return (this.bits & SETTLED) !== 0
  }

  get failed(): boolean {
    return (this.bits & FAILED) !== 0
  }

  /** The result, or the error. */
  get outcome(): unknown {
    return this.settled ? this.payload : undefined
  }

  /** Priority of a job without a record. */
  get level(): number {
    return this.bits >> LEVEL_SHIFT
  }

  /** The argument of a job that is not in a record and has not begun. */
  get args(): unknown {
    return this.payload
  }

  /** True once a job without a record has begun. */
  get begun(): boolean {
    return (this.bits & BEGUN) !== 0
  }

  begin(): void {
    this.bits |= BEGUN
    this.payload = undefined
  }

  /** True once its end, good or bad, has reached the owner. */
  get observed(): boolean {
    return (this.bits & OBSERVED) !== 0
  }

  observe(): void {
    this.bits |= OBSERVED
  }

  /** What it was cancelled for. */
  get cancelReason(): { readonly reason: unknown } | null {
    return this.rare === null ? null : this.rare.cancelReason
  }

  set cancelReason(reason: { readonly reason: unknown }) {
    this.#rare().cancelReason = reason
  }

  /** What the program that ordered the job, outside of all jobs, wants to hear. */
  get outside(): Outside | null {
    return this.rare === null ? null : this.rare.outside
  }

  set outside(outside: Outside) {
    this.#rare().outside = outside
  }

  #rare(): Rare {
    return (this.rare ??= new Rare())
  }

  get state(): JobState {
    if (!this.settled) poll(this.thread, this)
    if (this.failed) return this.cancelReason === null ? 'failed' : 'cancelled'
    if (this.settled) return 'done'
    if (this.job === 0) return this.begun ? 'running' : 'queued'
    const state = this.thread.words[jobAt(this.thread.area, this.job) + J_STATE]
    if (state === SUSPENDED) return 'suspended'
    return state === RUNNING ? 'running' : 'queued'
  }

  /** The kernel as this thread runs it, if it was spawned here. */
  get runnable(): Runnable | undefined {
    return this.kernel?.runnable
  }

  get value(): R {
    if (!this.settled) poll(this.thread, this)
    if (!this.settled) {
      throw plainError(
        'ERR_HANDLE',
        `job "${this.name}" has not ended; wait for it before reading its value`,
      )
    }
    this.observe()
    if (this.failed) throw this.payload
    return this.payload as R
  }

  cancel(reason?: unknown): void {
    requireRoom('cancel')
    cancel(this.thread, this, reason)
  }

  // oxlint-disable-next-line unicorn/no-thenable
  then<T = R, U = never>(
    fulfilled?: ((value: R) => T | PromiseLike<T>) | null,
    rejected?: ((reason: unknown) => U | PromiseLike<U>) | null,
  ): PromiseLike<T | U> {
    return this.promise().then(fulfilled as never, rejected)
  }

  /** Settles with the job. Only in threads with an event loop. */
  promise(): Promise<R> {
    if (!this.settled) this.thread.checkListens(this)
    this.observe()
    const rare = this.#rare()
    if (rare.deferred === null) {
      if (this.settled && !this.failed) return Promise.resolve(this.payload as R)
      let resolve!: (value: unknown) => void
      let reject!: (reason: unknown) => void
      const promise = new Promise<unknown>((resolved, rejected) => {
        resolve = resolved
        reject = rejected
      })
      // One promise, also for a job that failed before anybody asked: who asks a moment later must be seen to handle it.
      rare.deferred = { promise, resolve, reject }
      if (this.failed) reject(this.payload)
    }
    return rare.deferred.promise as Promise<R>
  }

  /** Ends it, once. Called by its thread. */
  settle(failed: boolean, outcome: unknown): void {
    this.job = 0
    const { rare, waiter } = this
    const cancelled = rare === null ? null : rare.cancelReason
    if (cancelled !== null) {
      cancelEnded(this.thread)
      failed = true
      outcome = cancelled.reason ?? new CancelledError(this.name)
    }
    this.bits |= failed ? SETTLED | FAILED : SETTLED
    this.payload = outcome
    if (this.fiber !== null) this.fiber = null
    if (waiter !== null) {
      this.waiter = null
      this.thread.ready(waiter)
    }
    if (rare !== null) tell(rare, failed, outcome)
  }

  // What a wait asks of its target

  /** What a wait gives, or throws. */
  result(): unknown {
    return this.value
  }

  suspend(fiber: FiberState): boolean {
    return suspendOn(this.thread, this, fiber)
  }

  isOver(): boolean {
    return this.settled || poll(this.thread, this)
  }

  announce(): boolean {
    if (this.settled) return false
    // Without a record only this thread can end it.
    if (this.job === 0) return true
    const { words, area, context } = this.thread
    return announceWait(words, jobAt(area, this.job), -(context.worker + 1))
  }
}

/** Tells the end to whoever asked for a promise, and to the program outside. */
function tell({ deferred, outside }: Rare, failed: boolean, outcome: unknown): void {
  if (deferred !== null) {
    if (failed) deferred.reject(outcome)
    else deferred.resolve(outcome)
  }
  outside?.settled()
}
