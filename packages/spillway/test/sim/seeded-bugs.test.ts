/** The model checker finds what it is for: each of these bugs, put into the source, fails its model within CI bounds. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { check, ciOptions } from '../../sim/check.ts'
import { prepare, report } from '../../sim/explore/explore.ts'
import { readOrder, replay } from '../../sim/explore/replay.ts'
import { modelNamed } from '../../sim/models/models.ts'
import { seededBugs } from '../../sim/seeded-bugs.ts'

for (const { name, model, edits } of seededBugs) {
  test(`found: ${name}`, async (t) => {
    const prepared = await prepare(modelNamed(model), edits)
    const { failure, runs } = check(prepared, ciOptions(prepared.model)!)
    assert.ok(failure !== null, 'the model did not notice')
    t.diagnostic(`${failure.kind} after ${runs} interleavings: ${failure.message}`)
    // What is printed leads to the same failure again, from the text alone.
    const text = report(prepared, failure, name)
    const order = /^interleaving: (.*)$/m.exec(text)![1]!
    const again = replay(prepared.execution, readOrder(order))
    assert.deepEqual(again.failure, failure)
    assert.equal(again.trace.length, failure.order.length)
  })
}
