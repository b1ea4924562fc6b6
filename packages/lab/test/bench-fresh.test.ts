import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseNumbers, runFresh } from '../src/bench/harness/fresh.ts'

const STARTUP = new URL('../src/bench/fresh/startup-bare.js', import.meta.url)

describe('fresh processes', () => {
  it('answer with the last line of their output', () => {
    assert.deepEqual(parseNumbers('a warning\n{"ms":1.5}\n', 'x'), { ms: 1.5 })
    assert.throws(() => parseNumbers('{"ms":null}', 'x'), /x: ms is not a number/)
    assert.throws(() => parseNumbers('', 'x'))
  })

  it('measure bare workers', async () => {
    const { startMs, totalMs } = await runFresh(STARTUP, ['2'])
    assert.ok(startMs !== undefined && startMs > 0)
    assert.ok(totalMs !== undefined && totalMs >= startMs)
  })

  it('hand on what a failing program said', async () => {
    const memory = new URL('../src/bench/fresh/memory.js', import.meta.url)
    await assert.rejects(
      runFresh(memory, ['no such kind', '1']),
      /memory\.js no such kind 1 ended with 1: .*TypeError/s,
    )
  })
})
