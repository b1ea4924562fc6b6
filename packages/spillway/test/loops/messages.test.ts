import '../support/count-messages.ts'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { messages } from '../support/count-messages.ts'
import { count, countRange } from '../support/loop.kernels.ts'
import { sumOf } from '../support/reduce.kernels.ts'
import { Counts } from '../support/recorder.ts'
import {
  AUTO_FORMS,
  CHUNK_FORMS,
  LOOP_FORMS,
  call,
  fresh,
  sharedSystems,
} from '../support/systems.ts'

const system = sharedSystems()

test('no message is sent or received by loops and reductions in steady state', async () => {
  const jobs = await system(2)
  const counts = new Counts(jobs, 0, 2000)
  const values = jobs.float64(2000)
  const foreign = new Int32Array(new SharedArrayBuffer(4 * counts.args.counts.length))
  const rounds = async (): Promise<void> => {
    for (const kernel of [count, fresh(count)]) {
      for (const method of [...LOOP_FORMS, ...AUTO_FORMS]) {
        await call(jobs, method, 2000, kernel, counts.args)
        await call(jobs, method, 2000, kernel, { ...counts.args, counts: foreign })
      }
    }
    for (const method of CHUNK_FORMS)
      await call(jobs, method, 2000, 100, fresh(countRange), counts.args)
    await jobs.parallelReduce(2000, fresh(sumOf), { values })
    jobs.parallelReduceSync(2000, fresh(sumOf), { values })
    await turn()
  }
  await rounds()
  // The handshake and the foreign buffer went by message, so the counters do count.
  assert.ok(messages.sent >= 4, `${messages.sent} sent`)
  assert.ok(messages.received >= 2, `${messages.received} received`)
  const before = { ...messages }
  const shared = jobs.metrics().calls.shared
  for (let round = 0; round < 20; round++) await rounds()
  assert.deepEqual({ ...messages }, before)
  assert.ok(
    jobs.metrics().calls.shared - shared >= 20 * 8,
    'the calls were not shared with workers',
  )
})
