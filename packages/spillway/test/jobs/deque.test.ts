/** The deque of a thread, without threads: its owner at one end, thieves at the other. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LOST, NONE, holds, lengthOf, pop, push, steal } from '../../src/core/deque.ts'
import { LEVELS, T_BOTTOM, T_CANDIDATE, T_TOP, jobArea, threadAt } from '../../src/layout/jobs.ts'
import { entries } from '../support/deque-entries.ts'
import { fc } from '../support/property.ts'

const CAPACITY = 16

interface Bench {
  readonly words: Int32Array
  readonly owner: number
  readonly thief: number
}

function bench(first = 0): Bench {
  const area = jobArea(0, 2, CAPACITY)
  const words = new Int32Array(area.end)
  const owner = threadAt(area, 0)
  for (let level = 0; level < LEVELS; level++) {
    words[owner + T_BOTTOM + level] = first
    words[owner + T_TOP + level] = first
  }
  return { words, owner, thief: threadAt(area, 1) }
}

const take = ({ words, owner, thief }: Bench, level = 1): number =>
  steal(words, owner, level, CAPACITY, thief, () => true)

test('T49: the owner pops 3, 2, 1 of 1, 2, 3, then none', () => {
  const { words, owner } = bench()
  for (const job of [1, 2, 3]) push(words, owner, 1, CAPACITY, job)
  assert.deepEqual(
    Array.from({ length: 4 }, () => pop(words, owner, 1, CAPACITY)),
    [3, 2, 1, NONE],
  )
})

test('T49: a thief steals 1, 2, 3 of 1, 2, 3, then none', () => {
  const made = bench()
  for (const job of [1, 2, 3]) push(made.words, made.owner, 1, CAPACITY, job)
  assert.deepEqual(
    Array.from({ length: 4 }, () => take(made)),
    [1, 2, 3, NONE],
  )
})

test('a thief keeps what it stole in hand, and lets go of what it did not', () => {
  const made = bench()
  const { words, owner, thief } = made
  push(words, owner, 1, CAPACITY, 7)
  assert.equal(
    steal(words, owner, 1, CAPACITY, thief, () => false),
    NONE,
  )
  assert.equal(words[thief + T_CANDIDATE], 0)
  const interrupted = steal(words, owner, 1, CAPACITY, thief, () => {
    assert.equal(pop(words, owner, 1, CAPACITY), 7)
    return true
  })
  assert.equal(interrupted, LOST)
  assert.equal(words[thief + T_CANDIDATE], 0)
  push(words, owner, 1, CAPACITY, 8)
  assert.equal(take(made), 8)
  assert.equal(words[thief + T_CANDIDATE], 8)
})

test('the last entry has one taker, whoever comes between', () => {
  const made = bench()
  const { words, owner, thief } = made
  push(words, owner, 1, CAPACITY, 5)
  // The owner has claimed the bottom and not yet looked at the top: what a thief does then.
  const real = Atomics.store
  let stolen = -2
  const patched = Atomics as { store: typeof Atomics.store }
  patched.store = ((view: Int32Array, index: number, value: number) => {
    const result = real(view, index, value)
    if (index === owner + T_BOTTOM + 1 && stolen === -2) {
      stolen = NONE
      stolen = steal(words, owner, 1, CAPACITY, thief, () => true)
    }
    return result
  }) as typeof Atomics.store
  let popped: number
  try {
    popped = pop(words, owner, 1, CAPACITY)
  } finally {
    patched.store = real
  }
  assert.deepEqual(
    [popped, stolen].filter((job) => job > 0),
    [5],
  )
  push(words, owner, 1, CAPACITY, 6)
  assert.deepEqual(entries(words, owner, 1, CAPACITY), [6])
})

test('any order of pushes, pops and steals is that of a list, also where 32 bits wrap', () => {
  const steps = fc.array(fc.constantFrom('push', 'pop', 'steal'), { maxLength: 200 })
  const firsts = fc.constantFrom(0, 5, 0x7fff_fff8, -4, -0x8000_0000 + 3)
  fc.assert(
    fc.property(steps, firsts, fc.integer({ min: 0, max: LEVELS - 1 }), (order, first, level) => {
      const made = bench(first)
      const list: number[] = []
      let next = 1
      for (const step of order) {
        if (step === 'push' && list.length < CAPACITY) {
          push(made.words, made.owner, level, CAPACITY, next)
          list.push(next++)
        } else if (step === 'pop') {
          assert.equal(pop(made.words, made.owner, level, CAPACITY), list.pop() ?? NONE)
        } else if (step === 'steal') assert.equal(take(made, level), list.shift() ?? NONE)
        assert.equal(lengthOf(made.words, made.owner, level), list.length)
        assert.deepEqual(entries(made.words, made.owner, level, CAPACITY), list)
        const held = (job: number): boolean => holds(made.words, made.owner, level, CAPACITY, job)
        const known = Array.from({ length: next }, (_, job) => job)
        assert.deepEqual(
          known.filter(held),
          list.toSorted((a, b) => a - b),
        )
      }
    }),
    { numRuns: 300 },
  )
})
