import { test } from 'node:test'
import type { LoopOptions } from 'spillway'
import { count, countRange } from '../support/loop.kernels.ts'
import { fc, holds, lengths, starts, workerCounts } from '../support/property.ts'
import { Counts } from '../support/recorder.ts'
import {
  AUTO_FORMS,
  HINTS,
  LOOP_FORMS,
  SCHEDULES,
  call,
  fresh,
  sharedSystems,
} from '../support/systems.ts'

const system = sharedSystems()

const plain = (i: number, { counts, base }: { counts: Int32Array; base: number }): void => {
  Atomics.add(counts, i - base, 1)
}

const loopOptions: fc.Arbitrary<LoopOptions> = fc.record(
  {
    grain: fc.integer({ min: 1, max: 3000 }),
    hint: fc.constantFrom(...(Object.keys(HINTS) as (keyof typeof HINTS)[])),
    schedule: fc.constantFrom(...SCHEDULES),
  },
  { requiredKeys: [] },
)

const loops = fc.record({
  workers: workerCounts,
  method: fc.constantFrom(...LOOP_FORMS, ...AUTO_FORMS),
  kernel: fc.constantFrom(count, countRange, plain),
  isNew: fc.boolean(),
  start: starts,
  length: lengths,
  options: fc.option(loopOptions, { nil: undefined }),
})

test('loop.coverage: every index exactly once over random ranges, grains, hints, schedules and worker counts', async () => {
  await holds(loops, 400, async ({ workers, method, kernel, isNew, start, length, options }) => {
    const jobs = await system(workers)
    const counts = new Counts(jobs, start, length)
    const value = isNew && kernel !== plain ? fresh(kernel) : kernel
    await call(jobs, method, [start, start + length], value, counts.args, options)
    counts.assertOnce()
    counts.free()
  })
})

test('loop.edges: no index, one, fewer than workers, fewer than the grain, and starts other than 0', async () => {
  for (const workers of [0, 1, 2, 3]) {
    const jobs = await system(workers)
    for (const method of [...LOOP_FORMS, ...AUTO_FORMS]) {
      for (const kernel of [fresh(count), fresh(countRange), count]) {
        for (const [start, length, grain] of [
          [0, 0, 1],
          [0, 1, 1],
          [0, 2, 1],
          [5, 7, 100],
          [-3, 6, 2],
          [-9, 4, 1],
          [1, 1000, 999],
          [0, 1000, 2 ** 53 - 1],
        ] as const) {
          const counts = new Counts(jobs, start, length)
          await call(jobs, method, [start, start + length], kernel, counts.args, { grain })
          counts.assertOnce()
          counts.free()
        }
      }
    }
  }
})
