/** The shipped core keeps its promises in every interleaving up to the models' bounds. `npm run model -- --deep` goes further. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { check, ciOptions } from '../../sim/check.ts'
import { prepare, report } from '../../sim/explore/explore.ts'
import { models } from '../../sim/models/models.ts'

/** Most known ordering bugs need two; three is what every model has to stand. */
const LEAST_PREEMPTIONS = 3

for (const model of models) {
  const options = ciOptions(model)
  if (options === null) continue
  test(`${model.name}: ${model.promise}`, async (t) => {
    assert.ok(options.preemptions >= LEAST_PREEMPTIONS, `${options.preemptions} preemptions`)
    const prepared = await prepare(model)
    const { failure, runs } = check(prepared, options)
    if (failure !== null) assert.fail(report(prepared, failure))
    t.diagnostic(`${runs} interleavings`)
    assert.ok(runs > 100)
  })
}
