// A bare worker that says when it was woken: out of `Atomics.wait`, or by a message.
import { parentPort, workerData } from 'node:worker_threads'
import { nanoseconds } from '../problems/nanoseconds.ts'
import { ANSWER, REQUEST, STAMP } from './stamps.words.ts'

const { buffer, byMessage }: { buffer: SharedArrayBuffer; byMessage: boolean } = workerData
const words = new Int32Array(buffer)
const stamps = new Float64Array(buffer)

function answer(): void {
  stamps[STAMP] = nanoseconds()
  Atomics.add(words, ANSWER, 1)
  Atomics.notify(words, ANSWER)
}

if (byMessage) parentPort?.on('message', answer)
else {
  for (let request = 0; ; request++) {
    while (Atomics.load(words, REQUEST) === request) Atomics.wait(words, REQUEST, request)
    answer()
  }
}
