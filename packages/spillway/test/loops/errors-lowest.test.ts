import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JobSystem } from 'spillway'
import { failing, failingRange } from '../support/failure.kernels.ts'
import type { Failing } from '../support/failure.kernels.ts'
import { errorOf } from '../support/expect.ts'
import { fc, holds, workerCounts } from '../support/property.ts'
import {
  AUTO_FORMS,
  CHUNK_FORMS,
  HINTS,
  LOOP_FORMS,
  SCHEDULES,
  call,
  fresh,
  sharedSystems,
} from '../support/systems.ts'

const system = sharedSystems()
const START = 11
const LENGTH = 400

function failingArgs(jobs: JobSystem, indexes: readonly number[]): Failing {
  const bad = jobs.uint8(LENGTH)
  for (const index of indexes) bad[index] = 1
  return { bad, seen: jobs.uint8(LENGTH), base: START }
}

function free(jobs: JobSystem, { bad, seen }: Failing): void {
  jobs.free(bad)
  jobs.free(seen)
}

const loops = fc.record({
  workers: workerCounts,
  method: fc.constantFrom(...LOOP_FORMS, ...AUTO_FORMS, ...CHUNK_FORMS),
  kernel: fc.constantFrom(failing, failingRange),
  isNew: fc.boolean(),
  schedule: fc.constantFrom(undefined, ...SCHEDULES),
  hint: fc.constantFrom(undefined, ...(Object.keys(HINTS) as (keyof typeof HINTS)[])),
  size: fc.integer({ min: 1, max: 60 }),
  bad: fc.uniqueArray(fc.nat(LENGTH - 1), { minLength: 1, maxLength: 40 }),
})

test('error.lowest-index: of many failing indexes the lowest wins, however the call is made', async () => {
  await holds(loops, 300, async ({ workers, method, kernel, isNew, schedule, hint, size, bad }) => {
    const jobs = await system(workers)
    const args = failingArgs(jobs, bad)
    const range = [START, START + LENGTH]
    const value = isNew ? fresh(kernel) : kernel
    const options = { ...(schedule && { schedule }), ...(hint && { hint }) }
    const error = await errorOf(() =>
      method.startsWith('parallelForChunks')
        ? call(
            jobs,
            method,
            range,
            size,
            isNew ? fresh(failingRange) : failingRange,
            args,
            schedule && { schedule },
          )
        : call(jobs, method, range, value, args, options),
    )
    const lowest = Math.min(...bad)
    assert.ok(error instanceof RangeError)
    assert.equal(error.message, `index ${START + lowest} is bad`)
    // error.below-runs, for every kind of call: an index below the failing one has begun, if not failed itself.
    assert.equal(args.seen.subarray(0, lowest).includes(0), false)
    free(jobs, args)
  })
})

test('error.lowest-index: the same over 50 repetitions with every fourth index failing', async () => {
  const indexes = Array.from({ length: LENGTH / 4 }, (_, k) => 3 + 4 * k)
  for (const workers of [0, 1, 2, 3]) {
    const jobs = await system(workers)
    const args = failingArgs(jobs, indexes)
    for (const kernel of [failing, failingRange]) {
      for (const method of LOOP_FORMS) {
        const messages = new Set<string>()
        for (let repetition = 0; repetition < 50; repetition++) {
          const value = repetition % 2 === 0 ? kernel : fresh(kernel)
          const error = await errorOf(() =>
            call(
              jobs,
              method,
              [START, START + LENGTH],
              value,
              args,
              repetition % 3 === 0 ? { hint: 'heavy' } : {},
            ),
          )
          messages.add(error.message)
        }
        assert.deepEqual([...messages], [`index ${START + 3} is bad`])
      }
    }
    free(jobs, args)
  }
})

test('error.below-runs: every index below the failing one has run when the call settles', async () => {
  for (const workers of [1, 2, 3]) {
    const jobs = await system(workers)
    for (const lowest of [0, 1, 150, LENGTH - 1]) {
      for (const method of [...LOOP_FORMS, ...AUTO_FORMS]) {
        for (const schedule of SCHEDULES) {
          const args = failingArgs(jobs, [lowest])
          await errorOf(() =>
            call(jobs, method, [START, START + LENGTH], fresh(failing), args, { schedule }),
          )
          assert.equal(args.seen.subarray(0, lowest + 1).includes(0), false)
          free(jobs, args)
        }
      }
    }
  }
})

test('error.above-skipped: when the first chunk fails before another was taken, no other runs', async () => {
  // One thread takes chunks from the front: the caller where there are no workers, the only worker of a guided loop.
  for (const [workers, method, schedule] of [
    [0, 'parallelForSync', 'adaptive'],
    [0, 'parallelFor', 'adaptive'],
    [0, 'parallelForAutoSync', 'guided'],
    [0, 'parallelForAuto', 'guided'],
    [1, 'parallelFor', 'guided'],
    [1, 'parallelForAuto', 'guided'],
  ] as const) {
    const jobs = await system(workers)
    const args = failingArgs(jobs, [0])
    const options = { hint: 'heavy', schedule }
    await errorOf(() => call(jobs, method, [START, START + LENGTH], fresh(failing), args, options))
    assert.equal(args.seen[0], 1)
    assert.equal(args.seen.subarray(1).includes(1), false, 'an index above the failure ran')
    free(jobs, args)
  }
})

test('a failed loop leaves the workers as they were: the next one is whole', async () => {
  for (const workers of [0, 1, 2, 3]) {
    const jobs = await system(workers)
    for (const method of LOOP_FORMS) {
      const failed = failingArgs(jobs, [7, 300])
      await errorOf(() => call(jobs, method, [START, START + LENGTH], fresh(failing), failed))
      const whole = failingArgs(jobs, [])
      await call(jobs, method, [START, START + LENGTH], fresh(failing), whole)
      assert.equal(whole.seen.includes(0), false)
      free(jobs, failed)
      free(jobs, whole)
    }
  }
})
