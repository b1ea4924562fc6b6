import assert from 'node:assert/strict'
import { test } from 'node:test'
import { square } from '../support/loop.kernels.ts'
import {
  AUTO_FORMS,
  LOOP_FORMS,
  SCHEDULES,
  call,
  fresh,
  sharedSystems,
} from '../support/systems.ts'

const system = sharedSystems()

test('loop.twins: both forms leave what the serial loop leaves, with any number of workers', async () => {
  const length = 3001
  const serial = new Float64Array(length)
  for (let i = 4; i < length; i++) serial[i] = i * i + 0.5
  for (const workers of [0, 1, 2, 3]) {
    const jobs = await system(workers)
    for (const method of [...LOOP_FORMS, ...AUTO_FORMS]) {
      for (const kernel of [square, fresh(square)]) {
        for (const schedule of SCHEDULES) {
          const out = jobs.float64(length)
          const result = await call(jobs, method, [4, length], kernel, { out }, { schedule })
          assert.equal(result, undefined)
          assert.deepEqual([...out], [...serial])
          jobs.free(out)
        }
      }
    }
  }
})

test('loop.twins: the async form returns a real promise, the sync form has finished when it returns', async () => {
  for (const workers of [0, 2]) {
    const jobs = await system(workers)
    const out = jobs.float64(500)
    for (const kernel of [fresh(square), square]) {
      const promise = jobs.parallelFor(500, kernel, { out })
      assert.ok(promise instanceof Promise)
      await promise
      out.fill(0)
      assert.equal(jobs.parallelForSync(500, kernel, { out }), undefined)
      assert.equal(out[499], 499 * 499 + 0.5)
    }
  }
})
