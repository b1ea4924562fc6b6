import assert from 'node:assert/strict'
import { test } from 'node:test'
import { record } from '../support/loop.kernels.ts'
import { Recorder } from '../support/recorder.ts'
import {
  AUTO_FORMS,
  CHUNK_FORMS,
  LOOP_FORMS,
  call,
  fresh,
  sharedSystems,
} from '../support/systems.ts'

const system = sharedSystems()
const EMPTY = [0, [0, 0], [7, 7], { start: -4, end: -4 }, [2 ** 53 - 1, 2 ** 53 - 1]]

test('loop.empty: a range without indexes settles at once and never calls the kernel', async () => {
  for (const workers of [0, 2]) {
    const jobs = await system(workers)
    const recorder = new Recorder(jobs, 1)
    for (const kernel of [record, fresh(record)]) {
      for (const range of EMPTY) {
        for (const method of [...LOOP_FORMS, ...AUTO_FORMS]) {
          await call(jobs, method, range, kernel, recorder.args)
        }
      }
    }
    assert.equal(recorder.calls, 0)
  }
})

test('loop.empty: no worker is asked', async () => {
  const jobs = await system(2)
  const recorder = new Recorder(jobs, 1)
  const before = jobs.metrics().calls
  await jobs.parallelFor(0, fresh(record), recorder.args)
  jobs.parallelForSync(0, fresh(record), recorder.args)
  const after = jobs.metrics().calls
  assert.equal(after.shared, before.shared)
  assert.equal(after.queued, before.queued)
})

test('chunks.empty: a range without indexes has no chunk', async () => {
  for (const workers of [0, 2]) {
    const jobs = await system(workers)
    const recorder = new Recorder(jobs, 1)
    for (const range of EMPTY) {
      for (const method of CHUNK_FORMS) await call(jobs, method, range, 3, record, recorder.args)
    }
    assert.equal(recorder.calls, 0)
  }
})
