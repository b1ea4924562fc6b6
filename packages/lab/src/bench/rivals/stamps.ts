// One bare worker thread that is asleep, and how long it takes to wake it: what any pool has to pay.
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { ANSWER, REQUEST, STAMP, STAMP_BYTES } from './stamps.words.ts'

export class StampingWorker {
  readonly #words: Int32Array
  readonly #stamps: Float64Array
  readonly #worker: Worker
  readonly #byMessage: boolean

  private constructor(byMessage: boolean) {
    const buffer = new SharedArrayBuffer(STAMP_BYTES)
    this.#words = new Int32Array(buffer)
    this.#stamps = new Float64Array(buffer)
    this.#byMessage = byMessage
    this.#worker = new Worker(new URL('./stamps.worker.js', import.meta.url), {
      workerData: { buffer, byMessage },
    })
  }

  static async start(options: { byMessage: boolean }): Promise<StampingWorker> {
    const worker = new StampingWorker(options.byMessage)
    await once(worker.#worker, 'online')
    await worker.stamp()
    return worker
  }

  /** Wakes the worker; resolves with the time of its first instruction. */
  async stamp(): Promise<number> {
    const words = this.#words
    const waiting = Atomics.waitAsync(words, ANSWER, Atomics.load(words, ANSWER))
    if (this.#byMessage) {
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker, not a window
      this.#worker.postMessage(0)
    } else {
      Atomics.add(words, REQUEST, 1)
      Atomics.notify(words, REQUEST)
    }
    if (waiting.async) await waiting.value
    return this.#stamps[STAMP]
  }

  async close(): Promise<void> {
    await this.#worker.terminate()
  }
}
