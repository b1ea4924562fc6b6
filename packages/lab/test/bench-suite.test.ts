import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Experiment } from '../src/bench/benchmark.ts'
import { suite } from '../src/bench/suite.ts'

function namesOf(experiment: Experiment): Set<string> {
  return new Set(experiment.entries.map(({ name }) => name))
}

describe('the suite', () => {
  it('has each name once', () => {
    assert.equal(new Set(suite.map(({ name }) => name)).size, suite.length)
    for (const { experiments } of suite) {
      for (const experiment of experiments) {
        assert.equal(namesOf(experiment).size, experiment.entries.length, experiment.title)
      }
    }
  })

  for (const { name, experiments } of suite) {
    it(`${name} refers only to entries and metrics it has`, () => {
      for (const experiment of experiments) {
        const entries = namesOf(experiment)
        const keys = new Set(experiment.metrics.map(({ key }) => key))
        for (const { references, ownReference = {} } of experiment.metrics) {
          for (const reference of [...references, ...Object.entries(ownReference).flat()]) {
            assert.ok(entries.has(reference), `${experiment.title}: no entry ${reference}`)
          }
        }
        for (const { entry, against, metric } of experiment.targets) {
          assert.ok(entries.has(entry), `${experiment.title}: no entry ${entry}`)
          assert.ok(against === undefined || entries.has(against), `no entry ${against}`)
          assert.ok(keys.has(metric), `${experiment.title}: no metric ${metric}`)
        }
      }
    })

    it(`${name} measures Spillway in every experiment`, () => {
      for (const { entries, title } of experiments) {
        assert.ok(
          entries.some(({ role }) => role === 'spillway'),
          title,
        )
      }
    })
  }
})
