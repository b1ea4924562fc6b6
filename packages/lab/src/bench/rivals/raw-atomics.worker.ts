// The worker of the hand-made pool: waits for a request word to change, runs its half of an empty loop, answers.
import { workerData } from 'node:worker_threads'
import {
  ANSWER,
  END,
  REQUEST,
  SHOULD_NOTIFY,
  SHOULD_SPIN,
  START,
  emptyLoop,
} from './raw-atomics.words.ts'

const buffer: SharedArrayBuffer = workerData
const words = new Int32Array(buffer)

function nextRequest(last: number): number {
  // Parked workers sleep here; a spinning one passes through to the bare loop below.
  while (Atomics.load(words, SHOULD_SPIN) === 0 && Atomics.load(words, REQUEST) === last) {
    Atomics.wait(words, REQUEST, last)
  }
  let request = Atomics.load(words, REQUEST)
  while (request === last) request = Atomics.load(words, REQUEST)
  return request
}

for (let last = 0; ;) {
  last = nextRequest(last)
  emptyLoop(words[START], words[END])
  Atomics.store(words, ANSWER, last)
  if (words[SHOULD_NOTIFY] === 1) Atomics.notify(words, ANSWER)
}
