import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { errorOf } from '../support/expect.ts'
import { scribble } from '../support/settle.kernels.ts'
import { LOOP_FORMS, SCHEDULES, call, fresh, sharedSystems } from '../support/systems.ts'

const system = sharedSystems()
const LENGTH = 2000

/** Ways for a loop to end early. */
const ENDS = {
  error: { bad: 100, options: () => ({}) },
  abort: { bad: -1, options: () => ({ signal: AbortSignal.timeout(1) }) },
  timeout: { bad: -1, options: () => ({ timeout: 1 }) },
} as const

test('settle.quiet: once a failed or cancelled call has settled, nobody is inside a kernel and nothing changes', async () => {
  for (const workers of [0, 1, 2, 3]) {
    const jobs = await system(workers)
    for (const [name, { bad, options }] of Object.entries(ENDS)) {
      for (const schedule of SCHEDULES) {
        for (const method of LOOP_FORMS) {
          // The timer of a signal cannot fire while this thread is busy: in a sync call, or in the one static part without workers.
          const busy = method === 'parallelForSync' || (workers === 0 && schedule === 'static')
          if (name === 'abort' && busy) continue
          const out = jobs.int32(LENGTH)
          const inside = jobs.int32(1)
          const args = { out, inside, bad, ms: 0.05 }
          const error = await errorOf(() =>
            call(jobs, method, LENGTH, fresh(scribble), args, {
              schedule,
              hint: 'heavy',
              ...options(),
            }),
          )
          // No await between the settling and this look.
          const left = Atomics.load(inside, 0)
          const snapshot = out.slice()
          assert.equal(left, 0, `${name}: ${left} kernels still run (${error.message})`)
          for (let look = 0; look < 20; look++) {
            assert.deepEqual(out, snapshot)
            await turn()
          }
        }
      }
    }
  }
})
