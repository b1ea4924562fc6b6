import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JobSystem } from 'spillway'
import { reductions } from '../support/reduce.kernels.ts'
import { REDUCE_FORMS, SCHEDULES, call, fresh, sharedSystems } from '../support/systems.ts'

const system = sharedSystems()
const LENGTH = 20_000

/** Numbers of very different magnitude: any other order of additions rounds otherwise. */
function mixed(jobs: JobSystem): Float64Array {
  const values = jobs.float64(LENGTH)
  for (let i = 0; i < LENGTH; i++) values[i] = Math.sin(i * i) * 10 ** ((i * 7) % 31)
  return values
}

function bits(value: unknown): bigint {
  assert.equal(typeof value, 'number')
  return new BigUint64Array(new Float64Array([value as number]).buffer)[0]!
}

test('reduce.determinism: a float sum has the same bits for any workers, schedule and form, 100 times', async () => {
  const seen = new Set<bigint>()
  for (const workers of [0, 1, 2, 3, 8]) {
    const jobs = await system(workers)
    const values = mixed(jobs)
    for (let repetition = 0; repetition < 100; repetition++) {
      const method = REDUCE_FORMS[repetition % 2]!
      const schedule = SCHEDULES[repetition % 3]!
      const kernel = repetition % 5 === 0 ? fresh(reductions.sumOf) : reductions.sumOf
      seen.add(bits(await call(jobs, method, LENGTH, kernel, { values }, { schedule })))
    }
  }
  assert.equal(seen.size, 1, [...seen].join(' '))
})

test('reduce.determinism: the data can tell, as other chunks give other bits', async () => {
  const jobs = await system(2)
  const values = mixed(jobs)
  const sums = new Set<bigint>()
  for (const grain of [1, 100, 1000, LENGTH]) {
    sums.add(bits(await jobs.parallelReduce(LENGTH, reductions.sumOf, { values }, { grain })))
  }
  assert.ok(sums.size > 1)
})
