import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cut } from '../../src/core/geometry.ts'
import { participate, remaining } from '../../src/core/loop.ts'
import { LoopRunner } from '../../src/kernels/loop-runner.ts'
import { toRunnable } from '../../src/kernels/runnable.ts'
import { LINE_BYTES, LINE_WORDS, MODE_REDUCE, RESULT_WORDS } from '../../src/layout/layout.ts'
import type { HeapViews } from '../../src/heap/views.ts'
import { atomicWrites, openLoop } from '../support/core-loop.ts'
import { reductions } from '../support/reduce.kernels.ts'

const UNITS = 512
const LENGTH = 1_000_000

/** Word offset of the accumulators; as they begin on a line, a multiple of its words. */
const RESULTS = 64 * LINE_WORDS

interface Written {
  readonly byte: number
  readonly value: number
}

/** Runs a reduction in two participants of one thread, with every plain store to the accumulators noted. */
function reduceCounting(): { stores: Written[]; atomics: number; total: number } {
  const stores: Written[] = []
  const doubles = new Proxy(new Float64Array(RESULTS / 2 + (UNITS * RESULT_WORDS) / 2), {
    set(target, key, value: number) {
      stores.push({ byte: Number(key) * 8, value })
      target[Number(key)] = value
      return true
    },
  })
  const views = {
    words: new Int32Array(RESULTS + UNITS * RESULT_WORDS),
    doubles,
  } as unknown as HeapViews
  const runner = (ran: () => void): LoopRunner => {
    const made = new LoopRunner(views, {
      keep: () => assert.fail('numbers need no codec'),
      failed: (_, failure) => assert.fail(String(failure.error)),
      ran: () => (ran(), true),
      measured: () => {},
    })
    cut(made, 0, LENGTH, 0, 1, UNITS)
    made.mode = MODE_REDUCE
    made.results = RESULTS
    made.serial = 1
    made.reset(toRunnable(reductions.sumOfWork), { n: 15 })
    return made
  }
  const { words, loop } = openLoop({ workers: 2, units: UNITS })
  let entered = false
  const first = runner(() => {
    if (entered) return
    entered = true
    participate(
      words,
      loop,
      2,
      2,
      runner(() => {}),
    )
  })
  const accesses = atomicWrites(() => void participate(words, loop, 2, 1, first))
  assert.equal(remaining(words, loop), 0)
  // The accumulators lie in memory of their own here, so every atomic write was to the loop's words.
  const atomics = accesses.filter(({ index }) => index >= words.length).length
  return { stores, atomics, total: stores.reduce((sum, { value }) => sum + value, 0) }
}

test('reduce.writes: a million indexes are as many accumulator writes as chunks, none of them atomic', () => {
  const { stores, atomics, total } = reduceCounting()
  assert.equal(stores.length, UNITS)
  assert.equal(new Set(stores.map(({ byte }) => byte)).size, UNITS)
  assert.equal(atomics, 0)
  assert.equal(total, 610 * LENGTH)
})

test('reduce.slot-stride: accumulators of neighbouring chunks lie 128 bytes apart', () => {
  const bytes = reduceCounting()
    .stores.map(({ byte }) => byte)
    .toSorted((a, b) => a - b)
  for (let unit = 1; unit < UNITS; unit++) assert.equal(bytes[unit]! - bytes[unit - 1]!, 128)
  // Each within a line of its own, as the accumulators begin on one.
  const lines = bytes.map((byte) => Math.floor(byte / LINE_BYTES))
  assert.equal(new Set(lines).size, UNITS)
  assert.equal(LINE_BYTES, 128)
})
