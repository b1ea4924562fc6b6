import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { heavyWork, workDepth, workResult } from '../src/analyze/heavy-work.ts'
import { addItem, addSum, countCarries, readSum } from '../src/analyze/wide-sum.ts'

function cells(): { words: Int32Array; carries: Int32Array } {
  return {
    words: new Int32Array(new SharedArrayBuffer(16)),
    carries: new Int32Array(new SharedArrayBuffer(16)),
  }
}

test('heavyWork is the Fibonacci sequence, 610 at depth 15', () => {
  assert.deepEqual([0, 1, 2, 3, 10].map(heavyWork), [0, 1, 1, 2, 55])
  assert.equal(heavyWork(workDepth), workResult)
  assert.equal(workResult, 610)
})

test('items carry past 32 bits', () => {
  const { words, carries } = cells()
  words[0] = -100 // 2^32 - 100: the next item wraps
  addItem(words, 0, carries, 0, 610)
  assert.equal(countCarries(carries), 1)
  assert.equal(readSum(words, carries), 2 ** 32 - 100 + 610)
  addItem(words, 0, carries, 0, 610)
  assert.equal(countCarries(carries), 1, 'no second wrap')
})

test('the sign bit is no wrap', () => {
  const { words, carries } = cells()
  words[0] = 0x7fffffff
  addItem(words, 0, carries, 0, 610)
  assert.equal(countCarries(carries), 0)
  assert.equal(readSum(words, carries), 0x7fffffff + 610)
})

test('sums of any size add up exactly', () => {
  const sums = fc.array(fc.integer({ min: 0, max: 2 ** 45 }), { maxLength: 40 })
  fc.assert(
    fc.property(sums, (values) => {
      const { words, carries } = cells()
      for (const [at, value] of values.entries())
        addSum(words, at % 4, carries, (at + 1) % 4, value)
      return readSum(words, carries) === values.reduce((total, value) => total + value, 0)
    }),
  )
})

test('items and sums share a cell', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 2 ** 31 - 1 }), { maxLength: 60 }), (values) => {
      const { words, carries } = cells()
      for (const [at, value] of values.entries())
        (at % 2 === 0 ? addItem : addSum)(words, 0, carries, 0, value)
      return readSum(words, carries) === values.reduce((total, value) => total + value, 0)
    }),
  )
})
