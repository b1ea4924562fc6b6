// A bare worker thread: one handshake over shared memory, its half of the first result, then parked for good.
import { workerData } from 'node:worker_threads'
import { heavyWork } from '../problems/heavy-work.ts'

export interface BareWorkerData {
  readonly answers: SharedArrayBuffer
  readonly slot: number
  readonly items: number
  readonly depth: number
}

const { answers, slot, items, depth }: BareWorkerData = workerData
const words = new Int32Array(answers)
let sum = 0
for (let item = 0; item < items; item++) sum += heavyWork(depth)
Atomics.store(words, slot, sum)
Atomics.notify(words, slot)
// Nobody ever changes this word: the last of the array.
Atomics.wait(words, words.length - 1, 0)
