import type { ProgressLine } from '../analyze/progress.ts'
import { renderText } from '../report/table.ts'
import type { SimulateOptions } from './command.ts'
import type { SimulateCall, SimulateSeries } from './engine.ts'
import { fitSeed } from './fit.ts'
import { reproduce } from './reproduce.ts'
import { leastOfBest, presetMachines, simulateSpill, type SpillRow } from './spill.ts'
import { checkTable, fitTable, rowTable, sensitivityTable, spillTable } from './tables.ts'

const shownFits = 12

export async function printReproduction(
  simulate: SimulateCall,
  { seed, json }: SimulateOptions,
  progress: ProgressLine,
): Promise<number> {
  const found = await reproduce(simulate, seed, progress.step)
  progress.done()
  const { cores, strategies, kernels, local, checks, sensitivity, costs } = found
  const parameters = Object.entries(costs).map(([name, value]) => `${name} ${value}`)
  const text = [
    `Parameters: ${parameters.join(', ')}`,
    renderText(rowTable(found.machine, [...cores, ...strategies, ...kernels, ...local])),
    renderText(sensitivityTable(sensitivity)),
    renderText(checkTable(checks)),
  ].join('\n\n')
  process.stdout.write(json ? `${JSON.stringify(found)}\n` : `${text}\n`)
  const missed = checks.filter(({ ok }) => !ok)
  if (missed.length === 0) return 0
  process.stderr.write(`missed: ${missed.map(({ id }) => id).join(', ')}\n`)
  return 1
}

/** Exit code 1 if tiers that spill over cost more than they may. */
export async function printSpill(
  simulate: SimulateSeries,
  { seed, json }: SimulateOptions,
  progress: ProgressLine,
): Promise<number> {
  const rows: SpillRow[] = []
  for (const name of presetMachines)
    rows.push(...(await simulateSpill(simulate, name, seed, progress.step)))
  progress.done()
  const text = renderText(spillTable(rows))
  process.stdout.write(json ? rows.map((row) => `${JSON.stringify(row)}\n`).join('') : `${text}\n`)
  const missed = rows.filter(
    ({ strategy, ofBest }) => strategy === 'tiered-spillover' && ofBest < leastOfBest,
  )
  if (missed.length === 0) return 0
  const names = missed.map(({ machine }) => machine).join(', ')
  process.stderr.write(`tiered-spillover is below ${leastOfBest} of the best on: ${names}\n`)
  return 1
}

export async function printFit(
  simulate: SimulateCall,
  { json }: SimulateOptions,
  progress: ProgressLine,
): Promise<number> {
  const fits = await fitSeed(simulate, progress.step)
  progress.done()
  const text = renderText(fitTable(fits.slice(0, shownFits)))
  process.stdout.write(json ? fits.map((fit) => `${JSON.stringify(fit)}\n`).join('') : `${text}\n`)
  return 0
}
