/** The shipped core keeps its promises in every interleaving up to the models' bounds. `npm run model -- --deep` goes further. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { check, ciOptions } from '../../sim/check.ts'
import { prepare, report } from '../../sim/explore/explore.ts'
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
