/** Counters: the numbers that jobs wait for. The shared side is core/counter.ts. */
import { plainError, rangeError, show, typeError } from '../errors.ts'
import type { Waiting } from './types.ts'

/** What a thread offers to its counters. */
export interface CounterThread {
  /** The memory that its counters lie in. */
  readonly memory: object
  /** Adds `by`; returns the new value, or a negative number, with nothing changed, if that would be below 0. */
  changeCounter(word: number, by: number): number
  readCounter(word: number): number
  isAwaited(word: number): boolean
  waitForCounter(word: number, target: number): Waiting<void>
}

const MOST = 0x3fff_ffff

/**
 * A number from 0 to 2^30 - 1 in shared memory that jobs change and wait for. Made by `jobs.counter(n)` or `ctx.counter(n)`; may be an
 * argument of any kernel. Every thread sees the same number. Takes 128 bytes of the heap until `free`, its own or that of the scope that made it.
 */
export class Counter {
  readonly #thread: CounterThread
  readonly #word: number
  readonly #release: (() => void) | null
  #freed = false

  constructor(thread: CounterThread, word: number, release: (() => void) | null = null) {
    this.#thread = thread
    this.#word = word
    this.#release = release
  }

  /** True once `free` has given its memory back, as this thread knows it. */
  get isFreed(): boolean {
    return this.#freed
  }

  /** Where it lies; for the library. */
  get word(): number {
    if (this.#freed) throw freedError()
    return this.#word
  }

  /**
   * Gives its memory back; also at the end of a `using` block. Where `jobs.counter` made it, once no job uses it any more: a job that
   * kept it would change what lies there next. Counters of `ctx.counter` end with their job.
   * @throws Error if jobs wait for it, or it is not this thread's to free.
   */
  free(): void {
    if (this.#freed) throw freedError()
    if (this.#release === null) {
      throw plainError(
        'ERR_HANDLE',
        'a counter is freed where jobs.counter made it; one of ctx.counter ends with its job',
      )
    }
    this.refuseWaiters()
    this.#freed = true
    this.#release()
  }

  /** Throws if jobs wait for it; for the library. */
  refuseWaiters(): void {
    if (this.#freed || !this.#thread.isAwaited(this.#word)) return
    throw plainError(
      'ERR_HANDLE',
      `jobs wait for this counter, which is ${this.value}: let them go on before you free it`,
    )
  }

  [Symbol.dispose](): void {
    this.free()
  }

  /** True if it lies in this memory. */
  isIn(memory: object): boolean {
    return this.#thread.memory === memory
  }

  /** The value now; another thread may change it at any time. Any thread. */
  get value(): number {
    return this.#thread.readCounter(this.word)
  }

  /** Adds `by` (default 1, a positive integer) and returns the new value. Any thread; never blocks. */
  increment(by = 1): number {
    const value = this.#thread.changeCounter(this.word, checkedStep(by))
    if (value <= MOST) return value
    this.#thread.changeCounter(this.word, -by)
    throw rangeError('ERR_RANGE', `counter must stay below 2^30; got ${value}`)
  }

  /**
   * Subtracts `by` (default 1) and returns the new value; jobs that wait for it go on. Any thread; never blocks.
   * @throws RangeError if the value would fall below 0; it then stays as it was.
   */
  decrement(by = 1): number {
    const value = this.#thread.changeCounter(this.word, -checkedStep(by))
    if (value >= 0) return value
    throw rangeError(
      'ERR_RANGE',
      `counter must not fall below 0; it is ${this.value}, and was to be decremented by ${by}`,
    )
  }

  /**
   * Waits until the value is `target` or less. `yield*` it in a generator job, `await` it in an async job or where the system was
   * started. Plain jobs cannot: they would hold the thread that has to change it.
   */
  wait(target = 0): Waiting<void> {
    if (!Number.isInteger(target) || target < 0 || target > MOST) {
      throw rangeError(
        'ERR_RANGE',
        `target must be an integer from 0 to 2^30 - 1; got ${show(target)}`,
      )
    }
    return this.#thread.waitForCounter(this.word, target)
  }
}

function freedError(): Error {
  return plainError('ERR_HANDLE', 'this counter was freed; make another one')
}

function checkedStep(by: unknown): number {
  if (typeof by !== 'number')
    throw typeError('ERR_ARGUMENT', `by must be a number; got ${show(by)}`)
  if (Number.isInteger(by) && by >= 1 && by <= MOST) return by
  throw rangeError('ERR_RANGE', `by must be an integer from 1 to 2^30 - 1; got ${show(by)}`)
}

/** Checks the first value of a counter. */
export function checkCount(value: unknown): number {
  if (typeof value !== 'number')
    throw typeError('ERR_ARGUMENT', `value must be a number; got ${show(value)}`)
  if (Number.isInteger(value) && value >= 0 && value <= MOST) return value
  throw rangeError('ERR_RANGE', `value must be an integer from 0 to 2^30 - 1; got ${show(value)}`)
}
