/** The shipped core keeps its promises in every interleaving up to the models' bounds. `npm run model -- --deep` goes further. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { check, ciOptions } from '../../sim/check.ts'
import { prepare, report } from '../../sim/explore/explore.ts'
import { unsolved } from '../../sim/models/job.ts'
import { models } from '../../sim/models/models.ts'

for (const model of models) {
  test(`${model.name}: ${model.promise}`, async (t) => {
    const prepared = await prepare(model)
    const { failure, runs } = check(prepared, ciOptions(prepared))
    if (failure !== null) assert.fail(report(prepared, failure))
    t.diagnostic(`${runs} interleavings`)
    assert.ok(runs > 100)
  })
}

for (const model of unsolved) {
  test(`${model.name}: ${model.promise}`, { todo: 'not kept yet' }, async () => {
    const prepared = await prepare(model)
    const { failure } = check(prepared, ciOptions(prepared))
    assert.equal(failure?.message, undefined)
  })
}
