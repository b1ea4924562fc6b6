import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { distanceToBeginning, nearest, select } from '../src/bench/names.ts'
import { UsageError } from '../src/usage-error.ts'

const all = ['dispatch-sync', 'dispatch-async', 'reduce', 'map'].map((name) => ({ name }))

describe('bench names', () => {
  it('selects all when nothing is named, and keeps the suite order', () => {
    assert.deepEqual(select(all, []), all)
    assert.deepEqual(
      select(all, ['map', 'reduce']).map(({ name }) => name),
      ['reduce', 'map'],
    )
  })

  it('refuses an unknown name, lists what there is and guesses', () => {
    assert.throws(
      () => select(all, ['map', 'redcue']),
      (error) =>
        error instanceof UsageError &&
        /unknown benchmark 'redcue'; there are: dispatch-sync, .*, map/.test(error.message) &&
        /did you mean reduce\?/.test(error.message),
    )
  })

  it('guesses all names that begin alike, and none that is far away', () => {
    const names = all.map(({ name }) => name)
    assert.deepEqual(nearest('dispach', names), ['dispatch-sync', 'dispatch-async'])
    assert.deepEqual(nearest('xyz', names), [])
    assert.throws(
      () => select(all, ['xyz']),
      (error) => error instanceof UsageError && !error.message.includes('did you mean'),
    )
  })

  it('measures the distance to the closest beginning', () => {
    assert.equal(distanceToBeginning('map', 'map'), 0)
    assert.equal(distanceToBeginning('dis', 'dispatch-sync'), 0)
    assert.equal(distanceToBeginning('mup', 'map'), 1)
    assert.equal(distanceToBeginning('', 'map'), 0)
    assert.equal(distanceToBeginning('abc', ''), 3)
  })
})
