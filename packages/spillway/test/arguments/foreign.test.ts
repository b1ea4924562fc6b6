import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fillViews } from '../support/arguments.kernels.ts'
import { GATE_WORDS, arrived, openGate, until } from '../support/gate.ts'
import { waitAtGate } from '../support/gate.kernels.ts'
import { fresh, sharedSystems } from '../support/systems.ts'

const system = sharedSystems()

function foreign(length: number): Uint8Array {
  return new Uint8Array(new SharedArrayBuffer(length))
}

test('a buffer from outside reaches workers that are parked, from sync and async calls', async () => {
  for (const workers of [1, 2, 3]) {
    const jobs = await system(workers)
    for (let round = 0; round < 5; round++) {
      const parks = (): number =>
        jobs.metrics().workers.reduce((sum, { parks: count }) => sum + count, 0)
      const before = parks()
      await jobs.parallelFor(100, fresh(fillViews), { view: jobs.uint8(100) })
      await until(() => parks() >= before + 1, 'a worker to park')
      const [a, b] = [foreign(5000), foreign(5000)]
      await jobs.parallelFor(5000, fresh(fillViews), { view: a })
      jobs.parallelForSync(5000, fresh(fillViews), { view: b })
      assert.equal(
        a.findIndex((count) => count !== 1),
        -1,
      )
      assert.equal(
        b.findIndex((count) => count !== 1),
        -1,
      )
    }
  }
})

test('a buffer from outside reaches workers that are busy', async () => {
  for (const workers of [1, 2]) {
    const jobs = await system(workers)
    const gate = jobs.int32(GATE_WORDS)
    const held = jobs.parallelFor(workers, fresh(waitAtGate), { gate })
    await arrived(gate, 1)
    const views = Array.from({ length: 50 }, () => foreign(300))
    const loops = views.map((view) => jobs.parallelFor(300, fresh(fillViews), { view }))
    const sync = foreign(300)
    jobs.parallelForSync(300, fresh(fillViews), { view: sync })
    openGate(gate)
    await Promise.all([held, ...loops])
    for (const view of [...views, sync])
      assert.equal(
        view.findIndex((count) => count !== 1),
        -1,
      )
  }
})

test('a buffer is announced once, however many views and calls use it', async () => {
  const jobs = await system(2)
  const buffer = new SharedArrayBuffer(6000)
  for (let round = 0; round < 20; round++) {
    const view = new Uint8Array(buffer, round * 100, 300)
    await jobs.parallelFor(300, fresh(fillViews), { view })
  }
  const whole = new Uint8Array(buffer)
  for (let i = 0; i < 2200; i++) {
    const windows = Math.min(Math.floor(i / 100) + 1, 3, 22 - Math.floor(i / 100))
    assert.equal(whole[i], windows, `byte ${i}`)
  }
})

test('a view that follows the growth of its buffer grows in workers too', async () => {
  const jobs = await system(1)
  const Growable = SharedArrayBuffer as unknown as new (
    length: number,
    options: { maxByteLength: number },
  ) => SharedArrayBuffer & { grow(length: number): void }
  const buffer = new Growable(100, { maxByteLength: 4096 })
  const view = new Uint8Array(buffer)
  const kernel = fresh(fillViews)
  await jobs.parallelFor(100, kernel, { view })
  buffer.grow(1000)
  assert.equal(view.length, 1000)
  await jobs.parallelFor([100, 1000], fresh(fillViews), { view })
  assert.equal(
    view.findIndex((count) => count !== 1),
    -1,
  )
})
