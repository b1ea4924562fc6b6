// What `analyze` shows beside its measurements: the seed's machine and a server, simulated.
import { seed } from '../analyze/seed.ts'
import type { Costs, SimulateCall } from './engine.ts'
import { findMachine } from './machines.ts'
import { fiveStrategies } from './reproduce.ts'
import { simulateRows, type SimulatedRow } from './rows.ts'

export interface Simulation {
  /** One set for all machines; clocks differ. */
  readonly costs: Costs
  readonly machines: readonly {
    readonly name: string
    readonly title: string
    readonly threads: number
  }[]
  readonly seed: number
}

export interface Study {
  readonly simulation: Simulation
  readonly simulated: SimulatedRow[]
}

const studied = ['desktop-16', 'epyc-7763'] as const
/** Of the chart of cores, with linear placement; the first is that of the chart of strategies too. */
const lengths = [100_000, 10_000, seed.items]
const shownCounts = [1, 2, 8, 16, 32, 128]

/** @param quick Leaves the longest ranges out. */
export async function simulateStudy(
  simulate: SimulateCall,
  quick: boolean,
  step: (words: string) => void,
): Promise<Study> {
  const simulated: SimulatedRow[] = []
  const machines = studied.map(findMachine)
  for (const machine of machines) {
    const most = machine.topology.cpus.length
    const counts: number[] = []
    for (let count = 1; count <= most; count *= 2) counts.push(count)
    const [main, ...others] = lengths
    for (const strategy of fiveStrategies) {
      step(`simulating ${machine.name}, ${strategy}`)
      const setup = { machine, strategy, kernel: 'shared', items: main, seed: 1 } as const
      simulated.push(...(await simulateRows(simulate, setup, counts)))
    }
    for (const items of others.filter((length) => !quick || length < main)) {
      step(`simulating ${machine.name}, ${items.toLocaleString('en-US')} items`)
      const setup = { machine, strategy: 'linear', kernel: 'shared', items, seed: 1 } as const
      const shown = counts.filter((count) => shownCounts.includes(count))
      simulated.push(...(await simulateRows(simulate, setup, shown)))
    }
  }
  const named = machines.map(({ name, title, topology }) => ({
    name,
    title,
    threads: topology.cpus.length,
  }))
  return { simulation: { costs: machines[0].costs, machines: named, seed: 1 }, simulated }
}
