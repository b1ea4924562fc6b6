/** A spawned job, on the side of the thread that spawned it. */
import type { Wait } from '../core/worker.ts'
import { CancelledError, plainError } from '../errors.ts'
import { J_STATE, RUNNING, SUSPENDED, jobAt } from '../layout/jobs.ts'
import type { KernelState } from '../kernels/kernel-table.ts'
import type { Runnable } from '../kernels/runnable.ts'
import type { JobContextImpl } from './context.ts'
import { announceWait } from '../core/completion.ts'
import { cancel, cancelEnded } from './cancel.ts'
import { poll } from './endings.ts'
import type { JobThread } from './thread.ts'
import type { JobHandle, JobState } from './types.ts'
import type { FiberState } from './waiting.ts'

const PENDING = 0
const FULFILLED = 1
const REJECTED = 2

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

export class Handle<R = unknown> implements JobHandle<R>, Wait {
  readonly thread: JobThread
  readonly name: string
  /** Its record while that is in use, else 0: before it is sent out or published, or while nobody but its thread needs to know. */
  job: number
  // Of a job without a record.
  kernel: KernelState | null = null
  args: unknown = undefined
  level = 0
  begun = false
  /** The fiber's context, and its ticket, if the job is one that began in this thread. */
  fiber: JobContextImpl | null = null
  fiberTicket = 0
  /** The job that spawned it, and which of those that this context served. */
  readonly owner: JobContextImpl | null
  readonly ticket: number
  /** How many things its owner held before it. */
  place = 0
  /** True once its end, good or bad, has reached the owner. */
  observed = false
  /** The fiber of this thread that waits for it. */
  waiter: FiberState | null = null
  /** What it was cancelled for. */
  cancelReason: { readonly reason: unknown } | null = null
  #state = PENDING
  #outcome: unknown
  #deferred: Deferred | null = null
  /** What the program that ordered the job, outside of all jobs, wants to hear. */
  outside: Outside | null = null

  constructor(thread: JobThread, name: string, job: number, owner: JobContextImpl | null) {
    this.thread = thread
    this.name = name
    this.job = job
    this.owner = owner
    this.ticket = owner === null ? 0 : owner.ticket
  }

  get settled(): boolean {
    return this.#state !== PENDING
  }

  get failed(): boolean {
    return this.#state === REJECTED
  }

  /** The result, or the error. */
  get outcome(): unknown {
    return this.#outcome
  }

  get state(): JobState {
    if (!this.settled) poll(this.thread, this)
    if (this.#state === FULFILLED) return 'done'
    if (this.#state === REJECTED) return this.cancelReason === null ? 'failed' : 'cancelled'
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
    if (this.#state === PENDING) {
      throw plainError(
        'ERR_HANDLE',
        `job "${this.name}" has not ended; wait for it before reading its value`,
      )
    }
    this.observed = true
    if (this.#state === REJECTED) throw this.#outcome
    return this.#outcome as R
  }

  cancel(reason?: unknown): void {
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
    if (this.#state === PENDING) this.thread.checkListens(this)
    this.observed = true
    if (this.#deferred === null) {
      if (this.#state === FULFILLED) return Promise.resolve(this.#outcome as R)
      let resolve!: (value: unknown) => void
      let reject!: (reason: unknown) => void
      const promise = new Promise<unknown>((resolved, rejected) => {
        resolve = resolved
        reject = rejected
      })
      // One promise, also for a job that failed before anybody asked: who asks a moment later must be seen to handle it.
      this.#deferred = { promise, resolve, reject }
      if (this.#state === REJECTED) reject(this.#outcome)
    }
    return this.#deferred.promise as Promise<R>
  }

  /** Ends it, once. Called by its thread. */
  settle(failed: boolean, outcome: unknown): void {
    this.job = 0
    const cancelled = this.cancelReason
    if (cancelled !== null) {
      cancelEnded(this.thread)
      failed = true
      outcome = cancelled.reason ?? new CancelledError(this.name)
    }
    this.#state = failed ? REJECTED : FULFILLED
    this.#outcome = outcome
    if (this.#deferred !== null) {
      if (failed) this.#deferred.reject(outcome)
      else this.#deferred.resolve(outcome)
    }
    const { waiter } = this
    if (waiter !== null) {
      this.waiter = null
      this.thread.ready(waiter)
    }
    this.outside?.settled()
  }

  // What `help` asks

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
