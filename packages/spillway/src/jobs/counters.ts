/** The counters as one thread sees them. */
import { load, store } from '../core/atomics.ts'
import { requireRoom } from '../host/room.ts'
import { change, drain, waitFor } from '../core/counter.ts'
import { LINE_WORDS } from '../layout/layout.ts'
import {
  C_EPOCH,
  C_VALUE,
  C_WAITERS,
  J_HOME,
  J_STATE,
  J_TARGET,
  J_WAITING_ON,
  J_WAKE,
  SUSPENDED,
  jobAt,
} from '../layout/jobs.ts'
import type { HeapViews } from '../heap/views.ts'
import { wake, wakeIfCancelled } from './cancel.ts'
import { Counter } from './counter.ts'
import type { CounterThread } from './counter.ts'
import { takeRecord } from './spawning.ts'
import type { JobThread } from './thread.ts'
import type { Waiting } from './types.ts'
import { LaterPromise, WaitRequest } from './waiting.ts'
import type { FiberState } from './waiting.ts'

/** A wait of the event loop. */
interface Promised {
  readonly resolve: () => void
  readonly reject: (reason: unknown) => void
  givenUp: { readonly reason: unknown } | null
}

export class ThreadCounters implements CounterThread {
  readonly #thread: JobThread
  readonly #views: HeapViews
  /** Waits of the event loop, by the record that stands for them. */
  readonly #promised = new Map<number, Promised>()
  #ended: { readonly reason: unknown } | null = null

  constructor(thread: JobThread, views: HeapViews) {
    this.#thread = thread
    this.#views = views
  }

  get memory(): object {
    return this.#views.memory
  }

  /** A counter at byte `offset` of the heap, which must be a line of its own; `release` gives that back, if the program may do so. */
  create(offset: number, value: number, release: (() => void) | null = null): Counter {
    const word = offset / 4
    this.#cover(word)
    const { words } = this.#views
    words[word + C_WAITERS] = 0
    words[word + C_EPOCH] = 0
    store(words, word + C_VALUE, value)
    return new Counter(this, word, release)
  }

  /** This thread's object for a counter of another's. */
  at(word: number): Counter {
    return new Counter(this, word)
  }

  /** True if the record stands for a wait of the event loop. */
  isPromised(job: number): boolean {
    return this.#promised.has(job)
  }

  changeCounter(word: number, by: number): number {
    if (by < 0) requireRoom('counter.decrement')
    this.#cover(word)
    return change(this.#views.words, this.#thread.area, word, by, this.#thread.resumeJob)
  }

  /** Passes the jobs that wait for a counter and need no more to `resume`. */
  look(word: number, resume: (job: number) => void): void {
    this.#cover(word)
    drain(this.#views.words, this.#thread.area, word, resume)
  }

  isAwaited(word: number): boolean {
    this.#cover(word)
    return load(this.#views.words, word + C_WAITERS) !== 0
  }

  readCounter(word: number): number {
    this.#cover(word)
    return load(this.#views.words, word + C_VALUE)
  }

  waitForCounter(word: number, target: number): Waiting<void> {
    const ctx = this.#thread.current
    if (ctx === null || ctx.flavor === 'async') {
      return new LaterPromise(() => this.promise(word, target))
    }
    return new WaitRequest(ctx, [ctx.counterTarget(word, target)], true) as Waiting<never>
  }

  /** Suspends a fiber until the value is at most `target`. */
  suspend(word: number, target: number, fiber: FiberState): void {
    this.#thread.fibers.set(fiber.job, fiber)
    this.#wait(word, target, fiber.job)
  }

  #wait(word: number, target: number, job: number): void {
    const { area, resumeJob } = this.#thread
    this.#cover(word)
    const { words } = this.#views
    const at = jobAt(area, job)
    words[at + J_TARGET] = target
    words[at + J_WAITING_ON] = word
    words[at + J_WAKE] = 0
    store(words, at + J_STATE, SUSPENDED)
    waitFor(words, area, word, job, resumeJob)
    wakeIfCancelled(this.#thread, job)
  }

  /** For event loops: resolves once the value is at most `target`. */
  promise(word: number, target: number): Promise<void> {
    if (this.readCounter(word) <= target) return Promise.resolve()
    if (this.#ended !== null) return Promise.reject(this.#ended.reason)
    const { records, words, area, context } = this.#thread
    const job = takeRecord(this.#thread)
    records.write(job, 0, null, undefined, 0, 0)
    words[jobAt(area, job) + J_HOME] = context.worker + 1
    return new Promise((resolve, reject) => {
      this.#promised.set(job, { resolve, reject, givenUp: null })
      this.#thread.hold()
      this.#wait(word, target, job)
    })
  }

  /** True if the record stood for a wait of the event loop, which now is over. */
  resolve(job: number): boolean {
    const promised = this.#promised.get(job)
    if (promised === undefined) return false
    this.#promised.delete(job)
    this.#thread.records.give(job)
    this.#thread.letGo()
    if (promised.givenUp === null) promised.resolve()
    else promised.reject(promised.givenUp.reason)
    return true
  }

  /** Rejects the waits of this event loop. */
  giveUp(reason: unknown): void {
    for (const [job, promised] of this.#promised) {
      promised.givenUp ??= { reason }
      wake(this.#thread, job)
    }
  }

  /** The same, also for those that begin later. */
  end(reason: unknown): void {
    this.#ended = { reason }
    this.giveUp(reason)
  }

  #cover(word: number): void {
    this.#views.cover((word + LINE_WORDS) * 4)
  }
}
