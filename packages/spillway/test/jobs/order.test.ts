/** Which job comes first where nothing else decides, and which kernels keep their jobs private. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { job } from '../../src/kernel.ts'
import { toRunnable } from '../../src/kernels/runnable.ts'
import { learnCost } from '../../src/jobs/private-jobs.ts'
import { now } from '../../src/host/clock.ts'
import { withWorkers } from '../support/job-systems.ts'

withWorkers([0, 1], 'what the program orders runs in its order', async (jobs) => {
  const seen = jobs.int32(33)
  await jobs.runMany(
    (_ctx, { x, n }: { x: Int32Array; n: number }): void => {
      x[1 + Atomics.add(x, 0, 1)] = n
    },
    Array.from({ length: 32 }, (_, n) => ({ x: seen, n })),
  )
  assert.deepEqual(
    Array.from(seen.slice(1)),
    Array.from({ length: 32 }, (_, n) => n),
  )
})

test('a long run of a kernel counts at once, and is forgotten slowly', () => {
  const runnable = toRunnable(job(() => {}))
  const learn = (ms: number): void => learnCost(runnable, now() - ms)
  learn(0)
  learn(1)
  assert.ok(runnable.costMs >= 1, `${runnable.costMs} ms after a run of 1 ms`)
  for (let run = 0; run < 32; run++) learn(0)
  assert.ok(runnable.costMs > 0.2, `${runnable.costMs} ms after 32 short runs`)
  for (let run = 0; run < 320; run++) learn(0)
  assert.ok(runnable.costMs < 0.01, `${runnable.costMs} ms after many short runs`)
})
