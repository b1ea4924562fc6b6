/** Chunks in a trace: every index of a loop once, whoever ran it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { count, countRange } from '../support/loop.kernels.ts'
import { reductions } from '../support/reduce.kernels.ts'
import { fc, holds, lengths, starts } from '../support/property.ts'
import { HINTS, SCHEDULES, fresh, sharedSystems } from '../support/systems.ts'
import { allOf, assertCovered, traced } from '../support/traces.ts'

const systems = sharedSystems({ trace: true })

for (const workers of [0, 1, 2]) {
  test(`chunks of any loop have every index once, with ${workers} workers`, async () => {
    const jobs = await systems(workers)
    const counts = jobs.int32(5000)
    const values = jobs.float64(5000)
    const calls = fc.record({
      start: starts,
      length: lengths,
      form: fc.constantFrom('each', 'range', 'auto', 'chunks', 'reduce', 'values'),
      sync: fc.boolean(),
      // An estimate lets a call run in the calling thread, or in parts there before it is shared.
      known: fc.boolean(),
      schedule: fc.constantFrom(...SCHEDULES),
      hint: fc.constantFrom(undefined, ...(Object.keys(HINTS) as (keyof typeof HINTS)[])),
      size: fc.integer({ min: 1, max: 100 }),
    })
    await holds(calls, 150, async ({ start, length, form, sync, known, schedule, hint, size }) => {
      const range = form === 'values' ? ([0, length] as const) : ([start, start + length] as const)
      const args = { counts, base: start }
      const kernel = <K extends object>(one: K): K => (known ? one : fresh(one))
      const options = { schedule, ...(hint !== undefined && { hint }) }
      const forms = {
        each: () => [kernel(count), args, options] as const,
        range: () => [kernel(countRange), args, { schedule, grain: size }] as const,
        auto: () => [kernel(count), args, options] as const,
        chunks: () => [size, kernel(countRange), args, { schedule }] as const,
        reduce: () => [kernel(reductions.indexes), {}, options] as const,
        values: () => [kernel(reductions.sumOf), { values }, options] as const,
      }
      const method = {
        each: 'parallelFor',
        range: 'parallelFor',
        auto: 'parallelForAuto',
        chunks: 'parallelForChunks',
        reduce: 'parallelReduce',
        values: 'parallelReduce',
      }[form]
      const run = (jobs as unknown as Record<string, (...all: unknown[]) => unknown>)[
        sync ? `${method}Sync` : method
      ]!
      const { shared } = jobs.metrics().calls
      const trace = await traced(jobs, () => run.call(jobs, range, ...forms[form]()))
      const loops = allOf(trace, 'loop')
      assert.equal(loops.length, 1)
      assert.deepEqual([loops[0]!.from, loops[0]!.to], [...range])
      assert.equal(loops[0]!.shared, jobs.metrics().calls.shared > shared, 'workers could join')
      assertCovered(trace, loops[0]!)
    })
  })
}
