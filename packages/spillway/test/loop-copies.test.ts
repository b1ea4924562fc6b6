import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { eachLoops, foldLoops } from '../src/kernels/generated/loop-copies.ts'

// The tests run compiled, one folder deeper than their sources.
const up = import.meta.url.includes('/.test-build/') ? '../../' : '../'
const generatorUrl = new URL(`${up}tools/generate-loops.js`, import.meta.url)

test('the committed file is what the generator writes', async () => {
  const { generate } = (await import(generatorUrl.href)) as { generate: () => string }
  const committed = new URL(`${up}src/kernels/generated/loop-copies.ts`, import.meta.url)
  assert.equal(readFileSync(committed, 'utf8'), generate())
})

test('64 copies of each loop, all different functions', () => {
  assert.equal(eachLoops.length, 64)
  assert.equal(foldLoops.length, 64)
  assert.equal(new Set([...eachLoops, ...foldLoops]).size, 128)
  const names = [...eachLoops, ...foldLoops].map((loop) => loop.name)
  assert.equal(new Set(names).size, 128)
})

test('each calls the body once for each index, in order, with the arguments', () => {
  for (const loop of eachLoops) {
    const args = {}
    const failure = { index: -1 }
    const seen: number[] = []
    const body = (i: number, given: unknown) => {
      assert.equal(given, args)
      seen.push(i)
    }
    loop(body, 3, 7, args, failure)
    loop(body, 7, 7, args, failure)
    loop(body, 2 ** 40, 2 ** 40 + 2, args, failure)
    assert.deepEqual(seen, [3, 4, 5, 6, 2 ** 40, 2 ** 40 + 1])
    assert.equal(failure.index, -1)
  }
})

const join = (acc: unknown, i: number, args: unknown) => `${String(acc)}${String(args)}${i}`

test('fold hands the accumulator on', () => {
  for (const loop of foldLoops) {
    const failure = { index: -1 }
    assert.equal(loop(join, '<', 0, 4, '-', failure), '<-0-1-2-3')
    assert.equal(loop(join, '<', 4, 4, '-', failure), '<')
    assert.equal(failure.index, -1)
  }
})

test('the index whose body threw is noted and the same error is rethrown', () => {
  const error = new Error('odd')
  const fail = () => {
    throw error
  }
  for (const loop of eachLoops) {
    const failure = { index: -1 }
    const body = (i: number) => (i === 5 ? fail() : undefined)
    assert.throws(() => loop(body, 2, 9, null, failure), error)
    assert.equal(failure.index, 5)
    assert.throws(() => loop(fail, 2, 9, null, failure), error)
    assert.equal(failure.index, 2)
  }
  for (const loop of foldLoops) {
    const failure = { index: -1 }
    const fold = (acc: unknown, i: number) => (i === 8 ? fail() : acc)
    assert.throws(() => loop(fold, 0, 2, 9, null, failure), error)
    assert.equal(failure.index, 8)
  }
})
