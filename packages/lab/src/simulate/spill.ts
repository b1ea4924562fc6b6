// An uncontended loop under each strategy, from a system at rest: what it costs that tiered-spillover lets its workers in tier by tier.
import { placeWorkers } from 'spillway/topology'
import type { Topology } from 'spillway/topology'
import type { SimulateSeries } from './engine.ts'
import { findMachine, machineNames } from './machines.ts'
import { fiveStrategies } from './reproduce.ts'
import { seatsOf } from './seats.ts'

export interface SpillRow {
  readonly source: 'simulated'
  readonly machine: string
  readonly strategy: (typeof fiveStrategies)[number]
  readonly threads: number
  /** Milliseconds of the first call, which finds everybody asleep, and of all on average. */
  readonly firstMs: number
  readonly meanMs: number
  /** The best strategy's mean over this one's. */
  readonly ofBest: number
  /** Workers that might take shared work at first, and in the end. */
  readonly activeBefore: number
  readonly activeAfter: number
}

/** Least share of the best strategy that tiers may reach. */
export const leastOfBest = 0.95
export const presetMachines = machineNames.filter((name) => name !== 'here')
const items = 1_000_000
const calls = 10

/** Chunk-local sums on all cpus of a machine: nothing is contended. The gates of tiered-spillover are the shipped ones. */
export async function simulateSpill(
  simulate: SimulateSeries,
  name: string,
  seed: number,
  step: (words: string) => void = () => {},
): Promise<SpillRow[]> {
  const { topology, costs } = findMachine(name)
  const threads = topology.cpus.length
  const rows: Omit<SpillRow, 'ofBest'>[] = []
  for (const strategy of fiveStrategies) {
    step(`${name}, ${strategy}, ${calls} calls`)
    const seats = seatsOf(topology, strategy, threads, seed)
    const tiers = strategy === 'tiered-spillover' ? tiersOf(topology, threads) : null
    const setup = { seats, variant: 'local', items, costs, seed, calls, tiers } as const
    const { ns, activeBefore, activeAfter } = await simulate(setup)
    const meanMs = ns.reduce((sum, one) => sum + one, 0) / ns.length / 1e6
    const counted = { threads, firstMs: ns[0] / 1e6, meanMs, activeBefore, activeAfter }
    rows.push({ source: 'simulated', machine: name, strategy, ...counted })
  }
  const best = Math.min(...rows.map(({ meanMs }) => meanMs))
  return rows.map((row) => ({ ...row, ofBest: best / row.meanMs }))
}

/** One past the last worker of each tier. The caller has the first place and is no worker. */
function tiersOf(topology: Topology, threads: number): number[] {
  const { places } = placeWorkers(topology, { strategy: 'tiered-spillover', workers: threads })
  const workers = places.slice(1)
  return workers.flatMap(({ tier }, at) => (workers[at + 1]?.tier === tier ? [] : [at + 1]))
}
