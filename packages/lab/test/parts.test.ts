import assert from 'node:assert/strict'
import { test } from 'node:test'
import { planRounds } from '../src/analyze/burst-plan.ts'
import { overlapOf } from '../src/analyze/bursts.ts'
import { parseCpuTicks, stealBetween } from '../src/analyze/machine.ts'
import { makePlan, workerCounts } from '../src/analyze/plan.ts'
import { progressOn } from '../src/analyze/progress.ts'
import { resultsJson } from '../src/analyze/write.ts'
import { seededRandom } from '../src/stats/random.ts'
import { contended, syntheticAnalysis } from './fixture.ts'

function overlap(starts: number[], times: number[]): number {
  return overlapOf(Float64Array.from(starts), Float64Array.from(times))
}

function stat(steal: number, idle: number): ReturnType<typeof parseCpuTicks> {
  return parseCpuTicks(`cpu  10 0 10 ${idle} 0 0 0 ${steal} 7 0\ncpu0 1 1 1 1\n`)
}

function shown(isTTY: boolean, silent: boolean): string {
  let text = ''
  const progress = progressOn({ isTTY, write: (part) => (text += part) }, silent)
  progress.step('first')
  progress.update(0.5)
  progress.step('second')
  progress.done()
  return text
}

test('worker counts double up to the usable cores', () => {
  assert.deepEqual(workerCounts(1), [1])
  assert.deepEqual(workerCounts(2), [1, 2])
  assert.deepEqual(workerCounts(6), [1, 2, 4, 6])
  assert.deepEqual(workerCounts(32), [1, 2, 4, 8, 16, 32])
})

test('verdicts are not asked beyond the cores', () => {
  assert.equal(makePlan(2, true, 8).judgedWorkers, 2)
  assert.deepEqual(makePlan(2, true, 8).workers, [1, 2, 4, 8])
  assert.equal(makePlan(6, true).judgedWorkers, 6)
  assert.equal(makePlan(6, true, 1).judgedWorkers, 1)
})

test('both plans measure the main range, small ranges, and a sum beyond 32 bits', () => {
  for (const quick of [true, false]) {
    const plan = makePlan(2, quick)
    assert.ok(plan.items.includes(plan.mainItems))
    assert.ok(plan.items.filter((items) => items < 10_000).length >= 3)
    assert.ok(plan.wideItems * 610 > 2 ** 32)
  }
})

test('every block holds every combination once, in changing order', () => {
  const rounds = planRounds([1, 2], 3, seededRandom(5))
  const blocks = [0, 1, 2].map((block) =>
    rounds
      .filter((round) => round.block === block)
      .map(({ variant, first, workers }) => [variant, first, workers].join()),
  )
  for (const block of blocks) {
    assert.equal(block.length, 6 * 3, 'two workers alone, and both together')
    assert.equal(new Set(block).size, block.length)
  }
  assert.notDeepEqual(blocks[0], blocks[1])
})

test('many workers are not all measured alone', () => {
  const rounds = planRounds([1, 2, 64], 1, seededRandom(5))
  assert.equal(rounds.length, 6 * (4 + 1 + 1))
  assert.ok(rounds.every((round) => round.first + round.workers <= 64))
})

test('overlap is the time common to all over the longest', () => {
  assert.equal(overlap([100], [5]), 1)
  assert.equal(overlap([100, 100], [4, 4]), 1)
  assert.equal(overlap([100, 102], [4, 4]), 0.5)
  assert.equal(overlap([100, 110], [4, 4]), 0)
  assert.equal(overlap([100, 100], [2, 8]), 0.25)
})

test('stolen time is read from the kernel counters', () => {
  assert.equal(stealBetween(stat(0, 100), stat(30, 170)), 0.3)
  assert.equal(stealBetween(null, stat(30, 170)), null)
  assert.equal(parseCpuTicks('intr 1 2 3'), null)
})

test('progress: lines in a pipe, one redrawn line on a terminal, nothing when silent', () => {
  assert.equal(shown(false, false), 'first\nsecond\n')
  assert.equal(shown(true, true), '')
  assert.equal(shown(false, true), '')
  const terminal = shown(true, false)
  assert.ok(
    terminal.includes('first  50 %') &&
      !terminal.includes('\n') &&
      terminal.endsWith('\r\u001b[2K'),
  )
})

test('results.json parses and holds raw samples, checks and verdicts', () => {
  const analysis = syntheticAnalysis(contended, [1, 2])
  const parsed = JSON.parse(resultsJson(analysis))
  assert.deepEqual(Object.keys(parsed).slice(0, 3), ['recipe', 'machine', 'rows'])
  for (const row of parsed.rows) {
    assert.ok(row.ms.length > 0)
    assert.equal(row.check, 610 * row.items)
    assert.ok(['call', 'burst'].includes(row.protocol))
  }
  for (const verdict of parsed.verdicts)
    for (const key of ['id', 'ok', 'value', 'limit']) assert.ok(key in verdict)
  assert.deepEqual(parsed, JSON.parse(JSON.stringify(analysis)))
})
