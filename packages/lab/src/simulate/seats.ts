// Where the threads of a simulated call run.
import { allowedCpus, placeWorkers, sharedGroups } from 'spillway/topology'
import type { CpuPlaces, Strategy, Topology } from 'spillway/topology'
import { seededRandom, shuffle } from '../stats/random.ts'
import { UsageError } from '../usage-error.ts'
import type { Seat } from './engine.ts'

/** Seats of so many threads, the caller's first. @throws UsageError if the machine or the strategy has not so many. */
export function seatsOf(
  topology: Topology,
  strategy: Strategy | CpuPlaces,
  threads: number,
  seed: number,
): Seat[] {
  const most = allowedCpus(topology).length
  if (!Number.isInteger(threads) || threads < 1)
    throw new UsageError(`workers must be integers of at least 1; got ${threads}`)
  if (threads > most)
    throw new UsageError(`workers must be at most the ${most} cpus of the machine; got ${threads}`)
  const cpus = cpusOf(topology, strategy, threads, seed)
  const groups = sharedGroups(topology.cpus)
  const rows = new Map(topology.cpus.map((row) => [row.cpu, row]))
  return cpus.map((cpu) => {
    const row = rows.get(cpu)!
    return { cpu, core: row.core, group: groups.get(cpu)!, package: row.package ?? 0 }
  })
}

function cpusOf(
  topology: Topology,
  strategy: Strategy | CpuPlaces,
  threads: number,
  seed: number,
): number[] {
  try {
    const { places } = placeWorkers(topology, { strategy, workers: threads })
    const cpus = places.flatMap(({ cpu }) => cpu ?? [])
    if (cpus.length === threads) return cpus
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError)
      throw new UsageError(error.message)
    throw error
  }
  return systemChoice(topology, threads, seed)
}

/** An operating system's choice, without a strategy: idle cores first, otherwise by chance; nobody moves during a call. */
function systemChoice(topology: Topology, threads: number, seed: number): number[] {
  const shuffled = shuffle([...allowedCpus(topology)], seededRandom(seed))
  const seen = new Set<number>()
  const rank = new Map<number, number>()
  for (const { cpu, core } of shuffled) {
    rank.set(cpu, seen.has(core) ? 1 : 0)
    seen.add(core)
  }
  return shuffled
    .map(({ cpu }) => cpu)
    .toSorted((a, b) => rank.get(a)! - rank.get(b)!)
    .slice(0, threads)
}
