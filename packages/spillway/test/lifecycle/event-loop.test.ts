/** Awaited calls leave the event loop to others. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { JobSystem } from '../../src/index.ts'

const spin = (i: number, { x, milliseconds }: { x: Float64Array; milliseconds: number }): void => {
  const end = performance.now() + milliseconds
  while (performance.now() < end);
  x[i]!++
}

for (const workers of [0, 1, 2]) {
  test(`timers go on during a long awaited loop with ${workers} workers`, async () => {
    await using jobs = await JobSystem.start({ workers })
    const x = jobs.float64(1000)
    // The first call of a kernel and later ones take different ways; so do loops that are cut finely and those that are not.
    for (const options of [{}, { grain: 4 }, { schedule: 'guided' }] as const) {
      let ticks = 0
      const timer = setInterval(() => ticks++, 1)
      await jobs.parallelFor(1000, spin, { x, milliseconds: 0.5 }, options)
      clearInterval(timer)
      // 500 ms of work: at least 250 ms pass on two workers. Blocked, there would be no tick or one.
      assert.ok(ticks >= 10, `${ticks} ticks`)
    }
    assert.deepEqual(new Set(x), new Set([3]))
  })

  test(`timers go on while many awaited calls wait for a loop slot, with ${workers} workers`, async () => {
    await using jobs = await JobSystem.start({ workers })
    const x = jobs.float64(10)
    let ticks = 0
    const timer = setInterval(() => ticks++, 1)
    await Promise.all(
      Array.from({ length: 100 }, () => jobs.parallelFor(10, spin, { x, milliseconds: 0.4 })),
    )
    clearInterval(timer)
    assert.ok(ticks >= 10, `${ticks} ticks`)
    assert.ok(jobs.metrics().calls.queued > 0)
    assert.deepEqual(new Set(x), new Set([100]))
  })
}

test('an awaited call gives the event loop a turn even if it is short', async () => {
  await using jobs = await JobSystem.start({ workers: 1 })
  const x = jobs.float64(4)
  let turns = 0
  const immediate = (): void => void (turns++ < 1000 && setImmediate(immediate))
  setImmediate(immediate)
  for (let call = 0; call < 50; call++) await jobs.parallelFor(4, spin, { x, milliseconds: 0.5 })
  assert.ok(turns >= 10, `${turns} turns in 50 calls`)
})
