// A hand-made pool of one worker on plain Atomics, without a library: what shared memory allows when nothing is
// general. No errors, no nesting, no second caller, one kernel. Caller and worker must meet in every call.
import { Worker } from 'node:worker_threads'
import {
  ANSWER,
  END,
  REQUEST,
  SHOULD_NOTIFY,
  SHOULD_SPIN,
  START,
  WORDS,
  emptyLoop,
} from './raw-atomics.words.ts'

export class RawPool {
  readonly #buffer = new SharedArrayBuffer(WORDS * Int32Array.BYTES_PER_ELEMENT)
  readonly #words = new Int32Array(this.#buffer)
  readonly #worker: Worker
  #generation = 0

  private constructor() {
    this.#worker = new Worker(new URL('./raw-atomics.worker.js', import.meta.url), {
      workerData: this.#buffer,
    })
  }

  static async start(): Promise<RawPool> {
    const pool = new RawPool()
    pool.#words[SHOULD_NOTIFY] = 1
    await pool.roundTrips(1, { wake: true })
    return pool
  }

  /** Between `hot` and `cold` the worker burns its core; outside it sleeps. */
  hot(options: { notify: boolean }): void {
    this.#words[SHOULD_NOTIFY] = options.notify ? 1 : 0
    Atomics.store(this.#words, SHOULD_SPIN, 1)
    this.#request(0, 0)
    Atomics.notify(this.#words, REQUEST)
    this.#spin()
  }

  cold(options: { notify: boolean }): void {
    this.#words[SHOULD_NOTIFY] = options.notify ? 1 : 0
    Atomics.store(this.#words, SHOULD_SPIN, 0)
    this.#request(0, 0)
    Atomics.notify(this.#words, REQUEST)
    this.#spin()
  }

  /** Hot, without notify: both sides spin. */
  forSpinning(n: number, calls: number): void {
    for (let call = 0; call < calls; call++) {
      const half = n >> 1
      this.#request(half, n)
      emptyLoop(0, half)
      this.#spin()
    }
  }

  /** Hot, with notify: the caller sleeps until the worker has answered. */
  forBlocking(n: number, calls: number): void {
    const words = this.#words
    for (let call = 0; call < calls; call++) {
      const half = n >> 1
      this.#request(half, n)
      emptyLoop(0, half)
      const generation = this.#generation
      while (Atomics.load(words, ANSWER) !== generation) {
        Atomics.wait(words, ANSWER, (generation - 1) | 0)
      }
    }
  }

  /**
   * With notify: the round trip of an awaited call, and nothing else. `wake` when the worker is cold. The wait is
   * registered before the request is made: a spinning worker would otherwise answer first, and nothing be awaited.
   */
  async roundTrips(calls: number, options: { wake: boolean }): Promise<void> {
    const words = this.#words
    for (let call = 0; call < calls; call++) {
      const waiting = Atomics.waitAsync(words, ANSWER, this.#generation)
      this.#request(0, 0)
      if (options.wake) Atomics.notify(words, REQUEST)
      if (waiting.async) await waiting.value
    }
  }

  async close(): Promise<void> {
    await this.#worker.terminate()
  }

  #request(start: number, end: number): void {
    const words = this.#words
    words[START] = start
    words[END] = end
    this.#generation = (this.#generation + 1) | 0
    Atomics.store(words, REQUEST, this.#generation)
  }

  #spin(): void {
    const generation = this.#generation
    while (Atomics.load(this.#words, ANSWER) !== generation);
  }
}
