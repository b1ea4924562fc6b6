// `spillway simulate`: loops on machines we do not have, from their caches' point of view.
import { Command, InvalidArgumentError } from 'commander'
import { parseCpuList, parseStrategy } from 'spillway/topology'
import type { CpuPlaces, Strategy } from 'spillway/topology'
import { variants, type Variant } from '../analyze/variants.ts'
import { progressOn } from '../analyze/progress.ts'
import { loadEngine, loadSeries } from './engine.ts'
import { findMachine, machineNames } from './machines.ts'
import { simulateRows, type SimulatedRow } from './rows.ts'
import { seatsOf } from './seats.ts'

export interface SimulateOptions {
  readonly machine: string
  readonly kernel: Variant[]
  readonly workers?: number[]
  readonly strategy: Strategy | CpuPlaces
  readonly items: number
  readonly seed: number
  readonly json: boolean
  readonly reproduce: boolean
  readonly fit: boolean
  readonly spill: boolean
}

const mostWorkers = 1024

export function simulateCommand(): Command {
  return new Command('simulate')
    .description('run a loop on a simulated machine: cores, caches, and the shipped scheduler')
    .option(
      '--machine <name or file>',
      `${machineNames.join(', ')}, or a table of cpus`,
      'desktop-16',
    )
    .option('--kernel <variants>', `${variants.join(', ')}, or all`, kernels, ['shared'])
    .option(
      '--workers <list>',
      'numbers of threads like 1,2,8-10 (default: 1, 2, 4 … all cpus)',
      counts,
    )
    .option(
      '--strategy <name or cpus>',
      'where they run, see spillway topology',
      strategyWord,
      'linear',
    )
    .option('--items <count>', 'length of the range', number(1, 100_000_000), 1_000_000)
    .option('--seed <number>', 'for the order of hand-offs', number(0, 2 ** 31), 1)
    .option('--reproduce', "the seed's table on the seed's machine, with its bands", false)
    .option('--fit', "fit the parameters to the seed's figures again, minutes", false)
    .option('--spill', 'what tiers that spill over cost an uncontended loop, on all presets', false)
    .option('--json', 'print rows as JSON', false)
    .addHelpText(
      'after',
      '\nValues are simulated, never measured. Exit code: 0 done, 1 a band of --reproduce or --spill was missed, 2 bad usage.',
    )
    .action(async (options: SimulateOptions) => {
      process.exitCode = await run(options)
    })
}

async function run(options: SimulateOptions): Promise<number> {
  const progress = progressOn(process.stderr, options.json && !process.stderr.isTTY)
  try {
    if (options.spill) {
      const { printSpill } = await import('./print.ts')
      return await printSpill(await loadSeries(), options, progress)
    }
    if (options.fit || options.reproduce) {
      const { printFit, printReproduction } = await import('./print.ts')
      const print = options.fit ? printFit : printReproduction
      return await print(await loadEngine(), options, progress)
    }
    const { text, rows } = await rowsFor(options, progress.step)
    progress.done()
    process.stdout.write(
      options.json ? rows.map((row) => `${JSON.stringify(row)}\n`).join('') : text,
    )
    return 0
  } finally {
    progress.done()
  }
}

async function rowsFor(
  { machine: name, kernel: list, workers, strategy, items, seed }: SimulateOptions,
  step: (words: string) => void,
): Promise<{ text: string; rows: SimulatedRow[] }> {
  const machine = findMachine(name)
  const cpus = machine.topology.cpus.filter(({ allowed }) => allowed).length
  const asked = workers ?? powersUpTo(cpus)
  // All counts are tried before the first is simulated: nothing is printed for a list that is wrong at its end.
  for (const count of asked) seatsOf(machine.topology, strategy, count, seed)
  const simulate = await loadEngine()
  const rows: SimulatedRow[] = []
  for (const kernel of list) {
    rows.push(
      ...(await simulateRows(simulate, { machine, strategy, kernel, items, seed }, asked, step)),
    )
  }
  const { rowTable } = await import('./tables.ts')
  const { renderText } = await import('../report/table.ts')
  return { text: `${renderText(rowTable(machine.title, rows))}\n`, rows }
}

function powersUpTo(most: number): number[] {
  const found: number[] = []
  for (let count = 1; count < most; count *= 2) found.push(count)
  return [...found, most]
}

function kernels(word: string): Variant[] {
  if (word === 'all') return [...variants]
  const known: readonly string[] = variants
  const words = word.split(',')
  if (words.every((one) => known.includes(one))) return words as Variant[]
  throw new InvalidArgumentError(`It must be ${variants.join(', ')}, or all.`)
}

function counts(word: string): number[] {
  const list = /^[\d,-]+$/.test(word) ? parseCpuList(word) : null
  if (list === null || list.length === 0 || list.some((count) => count < 1 || count > mostWorkers))
    throw new InvalidArgumentError(
      `It must be a list of integers from 1 to ${mostWorkers}, like 1,2,8-10.`,
    )
  return [...list]
}

function strategyWord(word: string): Strategy | CpuPlaces {
  try {
    return parseStrategy(word)
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message)
  }
}

function number(least: number, most: number): (word: string) => number {
  return (word) => {
    const value = Number(word)
    if (!/^\d{1,10}$/.test(word) || value < least || value > most)
      throw new InvalidArgumentError(`It must be an integer from ${least} to ${most}.`)
    return value
  }
}
