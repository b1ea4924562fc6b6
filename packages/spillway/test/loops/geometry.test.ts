import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  blockOfUnit,
  chunkCount,
  cut,
  indexOfBlock,
  indexOfUnit,
  unitOfIndex,
} from '../../src/core/geometry.ts'
import type { Geometry } from '../../src/core/geometry.ts'
import { MAX_UNITS } from '../../src/layout/layout.ts'
import { fc } from '../support/property.ts'
import { assertTiles, balanced } from '../support/recorder.ts'

const LAST = 2 ** 53 - 1

function geometry(
  start: number,
  end: number,
  origin: number,
  step: number,
  chunks: number,
): Geometry {
  const made = { start: 0, end: 0, origin: 0, step: 1, units: 0, blocksPerUnit: 0, longerUnits: 0 }
  cut(made, start, end, origin, step, chunks)
  return made
}

function chunksOf(of: Geometry): [number, number][] {
  return Array.from({ length: of.units }, (_, unit) => [
    indexOfUnit(of, unit),
    indexOfUnit(of, unit + 1),
  ])
}

const ranges = fc
  .oneof(
    fc.tuple(fc.integer({ min: -5000, max: 5000 }), fc.integer({ min: 0, max: 10_000 })),
    fc.tuple(fc.integer({ min: 2 ** 52, max: LAST - 10_000 }), fc.integer({ min: 0, max: 10_000 })),
    fc.tuple(fc.constant(0), fc.integer({ min: 2 ** 40, max: LAST })),
    fc.tuple(fc.constant(-(2 ** 52)), fc.integer({ min: 2 ** 52, max: LAST })),
  )
  .map(([start, length]) => ({ start, end: start + length }))

test('split.balanced: a million indexes for 32 workers at 4 chunks each are 128 chunks, not 129', () => {
  assert.equal(chunkCount(1e6, 32, 4), 128)
  const sizes = chunksOf(geometry(0, 1e6, 0, 1, chunkCount(1e6, 32, 4))).map(
    ([start, end]) => end - start,
  )
  assert.deepEqual(sizes, [...Array(64).fill(7813), ...Array(64).fill(7812)])
})

test('split.remainder: 127 indexes in 64 chunks', () => {
  const sizes = chunksOf(geometry(0, 127, 0, 1, 64)).map(([start, end]) => end - start)
  assert.deepEqual(sizes, [...Array(63).fill(2), 1])
})

test('split.balanced: exactly min(n, c) chunks, the first n mod c longer by one, for any range', () => {
  fc.assert(
    fc.property(ranges, fc.integer({ min: 1, max: MAX_UNITS }), ({ start, end }, chunks) => {
      const made = geometry(start, end, start, 1, chunks)
      assert.equal(made.units, Math.min(end - start, chunks))
      assert.deepEqual(chunksOf(made), balanced(start, end, chunks))
    }),
  )
})

test('no range has more chunks than fit the range word, however many are asked for', () => {
  assert.equal(geometry(0, LAST, 0, 1, Infinity).units, MAX_UNITS)
  assert.equal(chunkCount(LAST, 1024, 16), MAX_UNITS)
  assert.equal(chunkCount(3, 8, 4), 3)
  assert.equal(chunkCount(0, 8, 4), 0)
  assert.equal(geometry(5, 5, 5, 1, 8).units, 0)
})

const stepped = fc.record({
  range: ranges,
  step: fc.oneof(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 2 ** 50 })),
  /** How far block 0 begins before the range. */
  before: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  chunks: fc.integer({ min: 1, max: MAX_UNITS }),
})

test('chunks of blocks tile the range, and inner edges are multiples of the step from the origin', () => {
  fc.assert(
    fc.property(stepped, ({ range: { start, end }, step, before, chunks }) => {
      // Blocks are cut from an origin at most one step below the range; their count must be an exact number.
      const origin = Math.max(end - LAST, start - Math.floor(step * before))
      const made = geometry(start, end, origin, step, chunks)
      const parts = chunksOf(made)
      assertTiles(parts, start, end)
      for (const [edge] of parts.slice(1))
        assert.equal((BigInt(edge) - BigInt(origin)) % BigInt(step), 0n)
      const blocks =
        start === end ? 0n : (BigInt(end) - BigInt(origin) + BigInt(step) - 1n) / BigInt(step)
      assert.equal(BigInt(blockOfUnit(made, made.units)), blocks)
      assert.equal(made.units, Math.min(Number(blocks), chunks))
    }),
  )
})

test('every index belongs to the chunk whose edges surround it', () => {
  fc.assert(
    fc.property(
      stepped,
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (from, where) => {
        const { start, end } = from.range
        fc.pre(start < end)
        const made = geometry(start, end, start, from.step, from.chunks)
        for (const index of [start, end - 1, start + Math.floor((end - start) * where)]) {
          const unit = unitOfIndex(made, index)
          assert.ok(indexOfUnit(made, unit) <= index && index < indexOfUnit(made, unit + 1))
        }
        assert.equal(indexOfBlock(made, 0), start)
      },
    ),
  )
})
