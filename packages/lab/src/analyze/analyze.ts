import path from 'node:path'
import pico from 'picocolors'
import { loadRasteriser } from '../charts/draw.ts'
import { textReport } from '../report/text.ts'
import { hasEngine, loadEngine } from '../simulate/engine.ts'
import { findMachine } from '../simulate/machines.ts'
import { simulateStudy } from '../simulate/study.ts'
import { validate } from '../simulate/validate.ts'
import { assemble } from './assemble.ts'
import { defaultOut, type AnalyzeOptions } from './command.ts'
import { usableCores } from './lane.ts'
import {
  commitName,
  describeMachine,
  loadAverage,
  readCpuTicks,
  runtimeName,
  stealBetween,
} from './machine.ts'
import { measure, type Progress } from './measure.ts'
import type { Analysis } from './model.ts'
import { makePlan, type Plan } from './plan.ts'
import { progressOn } from './progress.ts'
import { failed } from './verdicts.ts'
import { resultsJson, writeAnalysis } from './write.ts'

/** Measures, prints, writes; returns the exit code. */
export async function analyze(options: AnalyzeOptions): Promise<number> {
  const progress = progressOn(process.stderr, options.json && !process.stderr.isTTY)
  let analysis: Analysis
  const rasterise = await loadRasteriser()
  try {
    const cores = await usableCores()
    const plan = makePlan(cores, options.quick, options.workers)
    analysis = await measureAll(plan, cores, commandLine(options), progress)
    analysis = { ...analysis, ...(await simulateBeside(analysis, options.quick, progress.step)) }
    progress.step('drawing')
    await writeAnalysis(analysis, options.out, rasterise)
  } finally {
    progress.done()
  }
  process.stdout.write(
    options.json ? resultsJson(analysis) : textReport(analysis, pico.isColorSupported),
  )
  if (rasterise === null)
    process.stderr.write(
      'no PNG files: the native renderer did not load; the SVG files are complete\n',
    )
  if (!options.json) process.stdout.write(`report: ${path.join(options.out, 'report.html')}\n`)
  const failures = failed(analysis.verdicts)
  if (failures.length === 0) return 0
  process.stderr.write(`failed: ${failures.map((one) => one.id).join(', ')}\n`)
  return 1
}

/** Nothing where the simulator is not compiled: it is no part of the package. */
async function simulateBeside(
  { rows }: Analysis,
  quick: boolean,
  step: (words: string) => void,
): Promise<Partial<Analysis>> {
  if (!hasEngine()) return {}
  const simulate = await loadEngine()
  const study = await simulateStudy(simulate, quick, step)
  return { ...study, validation: await validate(simulate, rows, findMachine('here')) }
}

async function measureAll(
  plan: Plan,
  cores: number,
  command: string,
  progress: Progress,
): Promise<Analysis> {
  const loadBefore = loadAverage()
  const ticks = readCpuTicks()
  const date = new Date().toISOString()
  const started = performance.now()
  const { measured, passes, repeats } = await measure(plan, progress)
  progress.step('computing intervals')
  const recipe = {
    command,
    commit: commitName(),
    date,
    runtime: runtimeName(),
    loadBefore,
    loadAfter: loadAverage(),
    steal: stealBetween(ticks, readCpuTicks()),
    seconds: (performance.now() - started) / 1000,
    passes,
    repeats,
    protocols: {
      call: 'whole awaited library calls, interleaved over variants, worker counts and range lengths in random order',
      burst:
        `workers meet at a spin barrier inside a kernel and each times ${plan.burstItems.toLocaleString('en-US')} items; ` +
        'the slower one counts; interleaved over variants and worker counts in random order',
    },
  }
  return assemble(measured, recipe, describeMachine(cores), plan)
}

/** As it would be typed, without the defaults. */
function commandLine({ quick, out, json, workers }: AnalyzeOptions): string {
  const parts = ['spillway analyze']
  if (quick) parts.push('--quick')
  if (json) parts.push('--json')
  if (out !== defaultOut) parts.push(`--out ${out}`)
  if (workers !== undefined) parts.push(`--workers ${workers}`)
  return parts.join(' ')
}
