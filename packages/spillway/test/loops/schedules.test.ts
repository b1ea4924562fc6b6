import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LoopOptions } from 'spillway'
import { like } from '../support/expect.ts'
import { GATE_WORDS } from '../support/gate.ts'
import { waitForAll } from '../support/gate.kernels.ts'
import { count, record } from '../support/loop.kernels.ts'
import { Counts, Recorder, assertTiles } from '../support/recorder.ts'
import {
  AUTO_FORMS,
  LOOP_FORMS,
  SCHEDULES,
  call,
  fresh,
  sharedSystems,
} from '../support/systems.ts'

const system = sharedSystems()

test('partition.schedules: every index exactly once under each schedule and number of workers', async () => {
  for (const workers of [0, 1, 2, 3]) {
    const jobs = await system(workers)
    for (const schedule of SCHEDULES) {
      for (const method of [...LOOP_FORMS, ...AUTO_FORMS]) {
        const counts = new Counts(jobs, 3, 5000)
        await call(jobs, method, [3, 5003], fresh(count), counts.args, { schedule })
        counts.assertOnce()
        counts.free()
      }
    }
  }
})

test('partition.static: one part per worker, balanced, each run whole by one thread', async () => {
  for (const workers of [1, 2, 3]) {
    const jobs = await system(workers)
    for (const method of [...LOOP_FORMS, ...AUTO_FORMS]) {
      for (const length of [1, 2, 3, 1000, 1001, 1002]) {
        const recorder = new Recorder(jobs, 8)
        await call(jobs, method, [7, 7 + length], fresh(record), recorder.args, {
          schedule: 'static',
        })
        const edges = recorder.edges()
        assert.equal(edges.length, Math.min(length, Math.max(1, workers)))
        assertTiles(edges, 7, 7 + length)
        const sizes = edges.map(([start, end]) => end - start)
        assert.ok(Math.max(...sizes) - Math.min(...sizes) <= 1)
        recorder.free()
      }
    }
  }
})

test('partition.guided: parts shrink from the front, never below the grain', async () => {
  for (const workers of [1, 2, 3]) {
    const jobs = await system(workers)
    for (const method of LOOP_FORMS) {
      for (const grain of [1, 10]) {
        const recorder = new Recorder(jobs, 6000)
        await call(jobs, method, [-9, 5000], fresh(record), recorder.args, {
          schedule: 'guided',
          grain,
        })
        const edges = recorder.edges()
        assertTiles(edges, -9, 5000)
        const sizes = edges.map(([start, end]) => end - start)
        for (let part = 1; part < sizes.length; part++) {
          assert.ok(sizes[part] <= sizes[part - 1], `part ${part}: ${sizes.join(' ')}`)
          if (part < sizes.length - 1) assert.ok(sizes[part] >= grain)
        }
        assert.ok(sizes[0] > 2 * sizes.at(-1)!, 'the first part is no larger than the last')
        recorder.free()
      }
    }
  }
})

test('partition.adaptive.steal: whoever is held up in one chunk loses the rest of its range', async () => {
  for (const workers of [2, 3]) {
    const jobs = await system(workers)
    for (const held of [0, 50, 99]) {
      const gate = jobs.int32(GATE_WORDS)
      await jobs.parallelFor(
        100,
        fresh(waitForAll),
        { gate, held, others: 99 },
        { schedule: 'adaptive' },
      )
      assert.equal(gate[3], 100)
    }
  }
})

test('partition.adaptive.steal: also from the caller of a sync loop', async () => {
  const jobs = await system(2)
  const gate = jobs.int32(GATE_WORDS)
  jobs.parallelForSync(100, fresh(waitForAll), { gate, held: 0, others: 99 })
  assert.equal(gate[3], 100)
})

test('partition.misuse: another word throws at once and lists the three', async () => {
  const jobs = await system(1)
  const counts = new Counts(jobs, 0, 1)
  for (const [schedule, came] of [
    ['dynamic', '"dynamic"'],
    ['Static', '"Static"'],
    [1, '1'],
    [null, 'null'],
  ] as const) {
    const options = { schedule } as unknown as LoopOptions
    const expected = like({
      type: TypeError,
      code: 'ERR_OPTION',
      message: new RegExp(`^schedule must be one of adaptive, static, guided; got ${came}$`),
    })
    assert.throws(() => void jobs.parallelFor(1, count, counts.args, options), expected)
    assert.throws(() => jobs.parallelForSync(1, count, counts.args, options), expected)
  }
  assert.equal(counts.total, 0)
})
