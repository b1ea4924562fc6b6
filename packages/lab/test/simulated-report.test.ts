import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import type { Analysis } from '../src/analyze/model.ts'
import { variants } from '../src/analyze/variants.ts'
import { charts } from '../src/charts/chart.ts'
import { drawSvg } from '../src/charts/draw.ts'
import { reportPage } from '../src/report/page.ts'
import { textReport } from '../src/report/text.ts'
import { loadEngine } from '../src/simulate/engine.ts'
import { findMachine } from '../src/simulate/machines.ts'
import { simulateStudy } from '../src/simulate/study.ts'
import { calibrate, simulateBurst, validate } from '../src/simulate/validate.ts'
import { contended, syntheticAnalysis } from './fixture.ts'

const cores = 'comparison_cores_batching_parallel_for_auto'
const strategies = 'comparison_strategies_batching_parallel_for_auto'

let analysis: Analysis
const specs = new Map<string, any>()
const drawn = new Map<string, string>()

before(async () => {
  const simulate = await loadEngine()
  const study = await simulateStudy(simulate, true, () => {})
  const measured = syntheticAnalysis(contended, [1, 2])
  const validation = await validate(simulate, measured.rows, findMachine('desktop-8'))
  analysis = { ...measured, ...study, validation }
  for (const { name, spec } of charts(analysis)) {
    specs.set(name, spec)
    if (name === cores || name === strategies) drawn.set(name, await drawSvg(spec))
  }
})

function lines(svg: string): number {
  return svg.match(/mark-line role-mark[^>]*>/g)?.length ?? 0
}

test('the strategies picture has a line per strategy and simulated machine', () => {
  const svg = drawn.get(strategies)!
  assert.equal(lines(svg), 10)
  for (const word of ['simulated: desktop-16', 'simulated: epyc-7763', 'M items/s, simulated'])
    assert.ok(svg.includes(word), word)
  assert.doesNotMatch(svg, /NaN|undefined|Infinity/)
  const [desktop, server] = specs.get(strategies).hconcat
  const most = (panel: any): number =>
    Math.max(...panel.data.values.map((value: any) => value.threads))
  assert.deepEqual([most(desktop), most(server)], [32, 128])
})

test('seed, measured and simulated values never share a panel', () => {
  const [measured, simulated] = specs.get(cores).vconcat
  const titles = (row: any): string[] => row.hconcat.map((panel: any) => panel.title.text)
  assert.deepEqual(
    titles(measured).map((title) => title.split(':')[0]),
    ['measured', 'measured', "the seed's figures, not measured here"],
  )
  assert.ok(titles(simulated).every((title) => title.startsWith('simulated: ')))
  for (const panel of simulated.hconcat) {
    assert.ok(panel.data.values.length > 0)
    assert.ok(panel.data.values.every((value: any) => 'threads' in value && !('variant' in value)))
  }
  assert.ok(analysis.simulated.every(({ source }) => source === 'simulated'))
  assert.ok(analysis.rows.every((row) => !('source' in row)))
})

test('without a simulator the report says nothing of it', () => {
  const bare = syntheticAnalysis(contended, [1, 2])
  assert.ok(!charts(bare).some(({ name }) => name === strategies))
  assert.doesNotMatch(reportPage(bare, []), /simulated, not measured/)
  assert.doesNotMatch(textReport(bare, false), /[Ss]imulat/)
})

test('report and text mark simulated values, and show how far predictions are off', () => {
  assert.match(reportPage(analysis, []), /simulated, not measured/)
  const text = textReport(analysis, false)
  assert.match(text, /Simulated, not measured: 16 cores with SMT/)
  assert.match(text, /padded +2 +prediction +[\d.]+ +[\d.]+ +[+-]/)
})

test('validation: costs from the shared counter and the bare work meet both, and predict what follows', () => {
  const { rows } = analysis.validation!
  assert.equal(rows.length, 12)
  for (const { variant, workers, role, error, simulatedNs, measuredNs } of rows) {
    const given = variant === 'shared' || (variant === 'none' && workers === 1)
    assert.equal(role === 'calibration', given)
    assert.ok(Math.abs(error - (simulatedNs / measuredNs - 1)) < 1e-12)
    if (role === 'calibration') assert.ok(Math.abs(error) < 0.05, `${variant} ${error}`)
  }
  // The synthetic machine's padded cells cost what its shared counter costs alone.
  const padded = rows.find(({ variant, workers }) => variant === 'padded' && workers === 1)!
  assert.ok(Math.abs(padded.error) < 0.05)
})

test('validation: a machine that is as the model says is predicted to two percent, in every variant', async () => {
  const simulate = await loadEngine()
  const machine = findMachine('desktop-8')
  const costs = { ...machine.costs, localRmwCycles: 40, workNs: 12, transferCyclesSameCcd: 250 }
  const rows = await Promise.all(
    variants.flatMap((variant) =>
      [1, 2].map(async (workers) => ({
        ...analysis.rows[0],
        protocol: 'burst' as const,
        variant,
        workers,
        nsPerItem: await simulateBurst(simulate, machine, costs, variant, workers),
      })),
    ),
  )
  const validation = await validate(simulate, rows, machine)
  for (const { variant, workers, error } of validation!.rows) {
    assert.ok(Math.abs(error) < 0.02, `${variant}, ${workers}: ${error}`)
  }
})

test('calibration: transfers by hand', () => {
  const { costs } = findMachine('desktop-16')
  const found = calibrate({ ...costs, clockGhz: 2, burst: 2 }, 10, 30, 200)
  // 20 ns are a write. Together, 200 cycles for an item are a write of 40 and half a transfer.
  assert.deepEqual([found.workNs, found.localRmwCycles], [10, 40])
  assert.equal(found.transferCyclesSameCcd, 320)
  // Where noise made the counter the faster one, a write takes a cycle.
  assert.equal(calibrate({ ...costs, clockGhz: 2, burst: 2 }, 31, 30, 200).localRmwCycles, 1)
})

test('one cpu, or no bursts of two workers: nothing to validate', async () => {
  const simulate = await loadEngine()
  const { rows } = syntheticAnalysis(contended, [1])
  assert.equal(await validate(simulate, rows, findMachine('desktop-8')), null)
})
