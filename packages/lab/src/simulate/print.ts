import type { ProgressLine } from '../analyze/progress.ts'
import { renderText } from '../report/table.ts'
import type { SimulateOptions } from './command.ts'
import type { SimulateCall } from './engine.ts'
import { fitSeed } from './fit.ts'
import { reproduce } from './reproduce.ts'
import { checkTable, fitTable, rowTable, sensitivityTable } from './tables.ts'

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
