// This repository obeys the rules of tools/tidy.js.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkRepository, untestedScenarios } from './tidy.js'

const root = new URL('..', import.meta.url)

test('links, words, sizes, imports and requirements are in order', () => {
  assertEmpty(checkRepository(root))
})

test('every scenario of openspec/specs has a test', () => {
  assertEmpty(untestedScenarios(root))
})

/** Shows all of a long list, which a diff would cut off. */
function assertEmpty(problems) {
  assert.equal(problems.length, 0, `\n${problems.join('\n')}`)
}
