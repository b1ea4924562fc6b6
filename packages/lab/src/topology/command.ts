// `spillway topology`: shows a machine, this one or a recorded one, and where workers would go on it.
import { Command, InvalidArgumentError } from 'commander'
import { isatty } from 'node:tty'
import pico from 'picocolors'
import {
  parseStrategy,
  placeWorkers,
  readTopology,
  stealOrders,
  wakeOrders,
} from 'spillway/topology'
import type { CpuPlaces, Placement, Strategy, Topology } from 'spillway/topology'
import { UsageError } from '../usage-error.ts'
import { drawMachine } from './draw.ts'
import { placementTable } from './placement-table.ts'

export interface TopologyOptions {
  readonly sysfs?: string
  readonly strategy: Strategy | CpuPlaces
  readonly workers?: number
  readonly json: boolean
}

export function topologyCommand(): Command {
  return new Command('topology')
    .description('show this machine, or a recorded one, and where workers would go')
    .option('--sysfs <root>', 'folder that plays / of a recorded Linux machine')
    .option(
      '--strategy <name or cpus>',
      'none, linear, avoid-smt, ccd-isolation, tiered-spillover, compact, spread, or cpus like 0,2,4-7',
      strategyWord,
      'none',
    )
    .option('--workers <count>', 'workers to place (default: as many as there are places)', count)
    .option('--json', 'print cpus and placement as JSON instead of a drawing', false)
    .addHelpText('after', '\nExit code: 0 done, 2 bad usage.')
    .action((options: TopologyOptions) => print(options))
}

function strategyWord(word: string): Strategy | CpuPlaces {
  try {
    return parseStrategy(word)
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message)
  }
}

function count(word: string): number {
  const workers = Number(word)
  if (!/^\d{1,4}$/.test(word) || workers > 1024)
    throw new InvalidArgumentError('It must be an integer from 0 to 1024.')
  return workers
}

function print({ sysfs, strategy, workers, json }: TopologyOptions): void {
  const [topology, placement] = usable(() => {
    const machine = readTopology(sysfs === undefined ? {} : { root: sysfs })
    return [machine, placeWorkers(machine, { strategy, ...(workers !== undefined && { workers }) })]
  })
  process.stdout.write(
    json ? `${JSON.stringify(data(topology, placement))}\n` : text(topology, placement),
  )
}

/** What the library refuses here is what the command line asked for. */
function usable<T>(action: () => T): T {
  try {
    return action()
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError)
      throw new UsageError(error.message)
    throw error
  }
}

function data(topology: Topology, placement: Placement): object {
  const { cpus, offline, quota, source, distances } = topology
  const steal = stealOrders(topology, placement)
  const wake = wakeOrders(steal)
  const { strategy, order, filter, pin, places } = placement
  return {
    source,
    cpus,
    offline,
    quota,
    distances,
    strategy: { name: strategy, order, filter, pin },
    placement: places.map((place) => ({
      ...place,
      steal: steal[place.worker],
      wake: wake[place.worker],
    })),
    notes: [...topology.notes, ...placement.notes],
  }
}

function text(topology: Topology, placement: Placement): string {
  const paint = pico.createColors(isatty(1))
  const drawing = drawMachine(topology, placement, paint)
  return `${[...drawing, '', ...placementTable(topology, placement, paint)].join('\n')}\n`
}
