// Worker threads and messages, without a library. Answers arrive in the order of the questions, per worker.
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'

export class MessagePool {
  readonly #workers: Worker[] = []

  static async start(workers: number): Promise<MessagePool> {
    const pool = new MessagePool()
    for (let index = 0; index < workers; index++) {
      pool.#workers.push(new Worker(new URL('./post-message.worker.js', import.meta.url)))
    }
    await Promise.all(pool.#workers.map((worker) => once(worker, 'online')))
    return pool
  }

  /** One question at a time, each awaited: what a single call costs. */
  async roundTrips(calls: number): Promise<void> {
    const worker = this.#workers[0]
    for (let call = 0; call < calls; call++) {
      const answered = new Promise((resolve) => worker.once('message', resolve))
      post(worker, call)
      await answered
    }
  }

  /** All questions at once, dealt out in turn; resolves with the sum of the answers. */
  async sumOfAnswers(items: number): Promise<number> {
    const workers = this.#workers
    let sum = 0
    let missing = items
    return new Promise((resolve) => {
      const listener = (answer: number) => {
        sum += answer
        if (--missing > 0) return
        for (const worker of workers) worker.off('message', listener)
        resolve(sum)
      }
      for (const worker of workers) worker.on('message', listener)
      for (let item = 0; item < items; item++) {
        post(workers[item % workers.length], item)
      }
    })
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()))
  }
}

function post(worker: Worker, item: number): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker, not a window
  worker.postMessage(item)
}
