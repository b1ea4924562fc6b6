/** What `ctx.wait` and its relatives return: a wait that a fiber yields, a promise is made of, or that is already over. */
import type { Wait } from '../core/worker.ts'
import { CancelledError, plainError } from '../errors.ts'
import type { Runnable } from '../kernels/runnable.ts'
import type { JobContextImpl } from './context.ts'
import { ensureRecord } from './fibers.ts'
import { Handle } from './handle.ts'
import type { Waiting } from './types.ts'

/** One thing to wait for. */
export interface Target extends Wait {
  /** What the wait gives, or throws. Only when it is over. */
  result(): unknown
  /** Sees to it that the fiber is resumed. False if the target is over. Throws if that takes a record and none is free. */
  suspend(fiber: FiberState): boolean
  /** The same for an event loop. */
  promise(): PromiseLike<unknown>
}

/** A generator job between its steps. */
export interface FiberState {
  /** Its record; 0 as long as no other thread has to know of it. */
  job: number
  /** Of a fiber that began without a record. */
  readonly handle: Handle | null
  readonly ctx: JobContextImpl
  readonly runnable: Runnable
  /** Of this job in the trace; 0 before it has run, or if there is none. */
  number: number
  readonly generator: Iterator<unknown, unknown, unknown>
  /** What it waits for. */
  request: WaitRequest | null
  /** Set when the body has ended and only its children run: what it ended with. */
  ended: { readonly failed: boolean; readonly outcome: unknown } | null
}

/** What targets that are over give. Throws the error of the first that failed; those of the others count as seen too. */
export function resultsOf(targets: readonly Target[]): unknown[] {
  for (const target of targets) if (target instanceof Handle) target.observe()
  return targets.map((target) => target.result())
}

/** A wait of a fiber or of an async job. The fiber's generator delegates to it until every target is over. */
export class WaitRequest implements Waiting<never>, Iterator<unknown, unknown, unknown> {
  readonly ctx: JobContextImpl
  readonly targets: readonly Target[]
  readonly single: boolean
  /** True for a wait that only gives others a turn. */
  readonly yields: boolean
  #yielded = false

  constructor(ctx: JobContextImpl, targets: readonly Target[], single: boolean, yields = false) {
    this.ctx = ctx
    this.targets = targets
    this.single = single
    this.yields = yields
  }

  [Symbol.iterator](): Iterator<unknown, never, unknown> {
    return this as Iterator<unknown, never, unknown>
  }

  next(): IteratorResult<unknown, unknown> {
    if (this.ctx.aborted) throw new CancelledError(this.ctx.name)
    if (this.yields && !this.#yielded) {
      this.#yielded = true
      return { done: false, value: this }
    }
    const pending = this.pending()
    return pending === null ? { done: true, value: this.value() } : { done: false, value: this }
  }

  /** The first target that is not over; null if all are. */
  pending(): Target | null {
    for (const target of this.targets) if (!target.isOver()) return target
    return null
  }

  value(): unknown {
    const values = resultsOf(this.targets)
    return this.single ? values[0] : values
  }

  // oxlint-disable-next-line unicorn/no-thenable
  then<T = never, U = never>(
    fulfilled?: ((value: never) => T | PromiseLike<T>) | null,
    rejected?: ((reason: unknown) => U | PromiseLike<U>) | null,
  ): PromiseLike<T | U> {
    return this.#settle().then(fulfilled as never, rejected)
  }

  async #settle(): Promise<unknown> {
    if (this.yields) await this.ctx.thread.yieldToEvents()
    // All of them, though one may have failed: as in the other kinds of jobs.
    const ends = await Promise.allSettled(this.targets.map((target) => target.promise()))
    if (this.ctx.aborted) throw new CancelledError(this.ctx.name)
    const value = this.value()
    for (const end of ends) if (end.status === 'rejected') throw end.reason
    return value
  }
}

/** A wait that is over, for plain jobs. */
export class Over<T> implements Waiting<T> {
  readonly value: T

  constructor(value: T) {
    this.value = value
  }

  [Symbol.iterator](): Iterator<never, T, unknown> {
    return { next: () => ({ done: true, value: this.value }) }
  }

  // oxlint-disable-next-line unicorn/no-thenable
  then<U = T, V = never>(
    fulfilled?: ((value: T) => U | PromiseLike<U>) | null,
    rejected?: ((reason: unknown) => V | PromiseLike<V>) | null,
  ): PromiseLike<U | V> {
    return Promise.resolve(this.value).then(fulfilled, rejected)
  }
}

/** A wait outside of jobs, where there is an event loop. */
export class LaterPromise implements Waiting<void> {
  readonly #start: () => Promise<void>

  constructor(start: () => Promise<void>) {
    this.#start = start
  }

  [Symbol.iterator](): Iterator<unknown, void, unknown> {
    throw plainError(
      'ERR_WOULD_BLOCK',
      'counter.wait() is to be awaited here: yield* it in generator jobs only',
    )
  }

  // oxlint-disable-next-line unicorn/no-thenable
  then<U = void, V = never>(
    fulfilled?: ((value: void) => U | PromiseLike<U>) | null,
    rejected?: ((reason: unknown) => V | PromiseLike<V>) | null,
  ): PromiseLike<U | V> {
    return this.#start().then(fulfilled, rejected)
  }
}

/** A counter, for a value of it. Woken waiters look again. */
export class CounterTarget implements Target {
  readonly ctx: JobContextImpl
  readonly word: number
  readonly target: number

  constructor(ctx: JobContextImpl, word: number, target: number) {
    this.ctx = ctx
    this.word = word
    this.target = target
  }

  isOver(): boolean {
    return this.ctx.thread.counters.readCounter(this.word) <= this.target
  }

  /** Only fibers and event loops wait for counters. */
  announce(): boolean {
    return false
  }

  result(): void {}

  suspend(fiber: FiberState): boolean {
    const { thread } = this.ctx
    ensureRecord(thread, fiber)
    thread.counters.suspend(this.word, this.target, fiber)
    return true
  }

  promise(): PromiseLike<void> {
    return this.ctx.thread.counters.promise(this.word, this.target)
  }
}
