import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { decode } from '../src/layout/decode.ts'
import * as layout from '../src/layout/layout.ts'

const packageRoot = new URL('../../', import.meta.url)

test('layout: the map in the README is the table that is used', async () => {
  const tool = new URL('tools/draw-layout.js', packageRoot).href
  const { drawLayout } = (await import(tool)) as { drawLayout: () => string }
  assert.equal(readFileSync(new URL('src/layout/README.md', packageRoot), 'utf8'), drawLayout())
})

test('layout: regions follow each other without overlap, on whole lines, for any number of workers', () => {
  for (const workers of [0, 1, 2, 7, 64, layout.MAX_WORKERS]) {
    const lastLoop = layout.loopAt(layout.LOOP_SLOTS - 1, workers)
    const ends = [
      layout.HEADER.words,
      layout.participantAt(lastLoop, workers) + layout.PARTICIPANT.words,
      layout.workerAt(workers + layout.OTHER_THREADS, workers),
    ]
    const starts = [
      layout.loopAt(0, workers),
      layout.workerAt(0, workers),
      layout.outboxBytesAt(0, workers) / 4,
    ]
    assert.deepEqual(starts, ends)
    for (const word of starts) assert.equal(word % layout.LINE_WORDS, 0)
    assert.ok(layout.schedulerBytes(workers) <= 256 * 1024 + 64 * 1024 * workers)
  }
})

test('layout: words that different threads write lie on different lines', () => {
  const line = (word: number) => Math.floor(word / layout.LINE_WORDS)
  assert.notEqual(line(layout.L_STATE), line(layout.L_REMAINING))
  assert.notEqual(line(layout.L_REMAINING), line(layout.L_FAILED_UNIT))
  assert.notEqual(line(layout.L_FAILED_UNIT), line(layout.L_KERNEL))
  assert.notEqual(line(layout.H_LOOPS_OPEN), line(layout.H_SLEEPERS))
  assert.notEqual(line(layout.W_PARK), line(layout.W_CURRENT))
  assert.equal(layout.PARTICIPANT.words, layout.LINE_WORDS)
})

test('layout: the decoder shows what was written', () => {
  const workers = 3
  const words = new Int32Array(new SharedArrayBuffer(layout.schedulerBytes(workers)))
  layout.initialise(words, workers)
  const loop = layout.loopAt(5, workers)
  words[loop + layout.L_SERIAL] = 9
  words[loop + layout.L_STATE] = layout.OPEN | (2 << layout.LIMIT_SHIFT) | 1
  words[layout.H_LOOPS_OPEN] = 1 << 5
  words[layout.participantAt(loop, 2) + layout.P_RANGE] = (40 << 16) | 7
  new Float64Array(words.buffer)[(loop + layout.L_END) / 2] = 2 ** 53 - 1
  const state = decode(words)
  assert.equal(state.header['WORKERS'], workers)
  assert.equal(state.workers.length, workers)
  assert.equal(state.loops.length, 1)
  const [decoded] = state.loops
  assert.deepEqual(
    { slot: decoded.slot, open: decoded.open, inside: decoded.inside, limit: decoded.limit },
    { slot: 5, open: true, inside: 1, limit: 2 },
  )
  assert.deepEqual(decoded.ranges[2], [7, 40])
  assert.equal(decoded.fields['END'], 2 ** 53 - 1)
})
