/** Awaited calls leave the event loop to others. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { JobSystem } from '../../src/index.ts'
import type { LoopOptions } from '../../src/index.ts'

const spin = (i: number, { x, milliseconds }: { x: Int32Array; milliseconds: number }): void => {
  const end = performance.now() + milliseconds
  while (performance.now() < end);
  Atomics.add(x, i, 1)
}

/** Turns that a timer of one millisecond got while something ran. */
async function ticksDuring(run: () => Promise<unknown>): Promise<number> {
  let ticks = 0
  const timer = setInterval(() => ticks++, 1)
  await run()
  clearInterval(timer)
  return ticks
}

const OPTIONS: Record<string, LoopOptions> = {
  'the default': {},
  'a grain': { grain: 4 },
  'the guided schedule': { schedule: 'guided' },
  'the static schedule': { schedule: 'static' },
  'a hint': { hint: 'heavy' },
}

for (const workers of [0, 1, 2]) {
  for (const [what, options] of Object.entries(OPTIONS)) {
    test(`timers go on during an awaited loop with ${workers} workers and ${what}`, async () => {
      await using jobs = await JobSystem.start({ workers })
      const x = jobs.int32(600)
      // 300 ms of work take at least 150 ms on two workers. While the loop blocks there is no tick, so there would be one or two.
      const ticks = await ticksDuring(() =>
        jobs.parallelFor(600, spin, { x, milliseconds: 0.5 }, options),
      )
      assert.ok(ticks >= 8, `${ticks} ticks`)
      assert.deepEqual(new Set(x), new Set([1]))
    })
  }

  // Each call is shorter than the slice in which a call without workers runs.
  test(`timers go on during many short awaited calls with ${workers} workers`, async () => {
    await using jobs = await JobSystem.start({ workers })
    const x = jobs.int32(10)
    const calls = (): Promise<unknown> =>
      Promise.all(
        Array.from({ length: 150 }, () => jobs.parallelFor(10, spin, { x, milliseconds: 0.2 })),
      )
    const ticks = await ticksDuring(calls)
    assert.deepEqual(new Set(x), new Set([150]))
    assert.ok(jobs.metrics().calls.queued > 0)
    assert.ok(ticks >= 8, `${ticks} ticks`)
  })
}

test('short awaited calls in a row give others their turn', async () => {
  await using jobs = await JobSystem.start({ workers: 1 })
  const x = jobs.int32(4)
  let turns = 0
  const immediate = (): void => void (turns++ < 1000 && setImmediate(immediate))
  setImmediate(immediate)
  for (let call = 0; call < 50; call++) await jobs.parallelFor(4, spin, { x, milliseconds: 0.5 })
  assert.ok(turns >= 10, `${turns} turns in 50 calls`)
})
