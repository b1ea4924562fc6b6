import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MAX_WORKERS, schedulerBytes } from '../../src/layout/layout.ts'
import { sharedSystems } from '../support/systems.ts'

const system = sharedSystems()
const KIB = 1024

test('scheduler state takes at most 256 KiB, and 64 KiB for each worker', () => {
  for (let workers = 0; workers <= MAX_WORKERS; workers++) {
    const bytes = schedulerBytes(workers)
    assert.ok(bytes <= (256 + 64 * workers) * KIB, `${bytes} bytes for ${workers} workers`)
    assert.equal(bytes % 128, 0)
  }
})

test('arrays lie behind it', async () => {
  for (const workers of [0, 2]) {
    const jobs = await system(workers)
    const { schedulerBytes: taken } = jobs.describe().heap
    assert.equal(taken, schedulerBytes(workers))
    assert.ok(jobs.int8(1).byteOffset >= taken)
  }
})
