/** A system whose jobs have ended has nothing left that would wake the process. */
import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { JobSystem } from '../../src/index.ts'

for (const workers of [0, 1, 2]) {
  test(`no timer outlives the jobs of a system, ${workers} workers`, async () => {
    await using jobs = await JobSystem.start({ workers })
    const timers: (() => void)[] = []
    const setTimeout = mock.method(globalThis, 'setTimeout', (task: () => void) => {
      timers.push(task)
      return { ref() {}, unref() {} }
    })
    const clearTimeout = mock.method(globalThis, 'clearTimeout', () => {})
    try {
      for (let round = 0; round < 3; round++) {
        assert.equal(await jobs.run((_ctx, n: number) => n + 1, round), round + 1)
        const armed = timers.length
        // Whatever was armed while a job ran may fire once, and arms nothing new.
        for (const task of timers.splice(0)) task()
        assert.ok(armed > 0 || workers === 0, 'somebody watches over jobs that run')
        assert.equal(timers.length, 0, 'a timer was armed though no job was left')
      }
    } finally {
      setTimeout.mock.restore()
      clearTimeout.mock.restore()
    }
  })
}
