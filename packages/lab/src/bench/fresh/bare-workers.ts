// Worker threads without a library: the yardstick for the start and the memory of a pool.
import { Worker } from 'node:worker_threads'
import type { BareWorkerData } from './bare.worker.ts'

const WORDS_PER_LINE = 32

export interface BareWorkers {
  /** The sum of what the workers computed, once each of them has answered. */
  firstResult(): Promise<number>
  close(): Promise<void>
}

export function startBareWorkers(count: number, items: number, depth: number): BareWorkers {
  const bytes = (count + 1) * WORDS_PER_LINE * Int32Array.BYTES_PER_ELEMENT
  const answers = new SharedArrayBuffer(bytes)
  const words = new Int32Array(answers)
  const workers = Array.from({ length: count }, (_, index) => {
    const workerData: BareWorkerData = { answers, slot: index * WORDS_PER_LINE, items, depth }
    return new Worker(new URL('./bare.worker.js', import.meta.url), { workerData })
  })
  const firstResult = async () => {
    let sum = 0
    for (let index = 0; index < count; index++) {
      const slot = index * WORDS_PER_LINE
      const waiting = Atomics.waitAsync(words, slot, 0)
      if (waiting.async) await waiting.value
      sum += Atomics.load(words, slot)
    }
    return sum
  }
  const close = async () => {
    await Promise.all(workers.map((worker) => worker.terminate()))
  }
  return { firstResult, close }
}
