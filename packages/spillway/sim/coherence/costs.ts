/** What accesses cost, by where the copy comes from. */
import type { Access, Far } from './lines.ts'

/** Where a thread runs, as names that equal places share. */
export interface Seat {
  readonly cpu: number
  /** Threads of one core share its cache. */
  readonly core: number
  /** Cores behind one last-level cache: a CCD. */
  readonly group: number
  readonly package: number
}

/** The parameters of the model. Cycles are of `clockGhz`. */
export interface Costs {
  readonly clockGhz: number
  /** Read-modify-write, or any other access, of a line that the core has. */
  readonly localRmwCycles: number
  /** A line comes from another core behind the same last-level cache. */
  readonly transferCyclesSameCcd: number
  /** A line comes from a core behind another one. */
  readonly transferCyclesCrossCcd: number
  /** A line comes from another package. */
  readonly transferCyclesCrossPackage: number
  /** A line that no core has. */
  readonly memoryCycles: number
  /** Mean of read-modify-writes that a core makes each time it owns a line that others want, at least 1. */
  readonly burst: number
  /** Nanoseconds of the kernel per item, without the write. */
  readonly workNs: number
  /** What a core does with two busy threads, in units of one thread. */
  readonly smtYield: number
}

/** Cycles until an access of `core` is done, waiting for others left out. */
export function cyclesOf(access: Access, core: number, far: Far, costs: Costs): number {
  const { localRmwCycles, memoryCycles } = costs
  if (access.fetched) return memoryCycles + localRmwCycles
  const source = access.from < 0 ? 0 : far(core, access.from)
  // Acknowledgements of those that lose a copy travel at the same time as the line.
  const lost = access.farthest < 0 ? 0 : far(core, access.farthest)
  return Math.max(source, lost) + localRmwCycles
}

/** Cycles between cores, which are numbered by `coreNumbers`. */
export function distances(seats: readonly Seat[], costs: Costs): Far {
  const places: Seat[] = []
  coreNumbers(seats).forEach((core, at) => (places[core] = seats[at]!))
  const between = (one: Seat, other: Seat): number => {
    if (one === other) return 0
    if (one.package !== other.package) return costs.transferCyclesCrossPackage
    return one.group === other.group ? costs.transferCyclesSameCcd : costs.transferCyclesCrossCcd
  }
  const table = Float64Array.from(
    places.flatMap((one) => places.map((other) => between(one, other))),
  )
  return (a, b) => table[a * places.length + b]!
}

/** The core of each seat, numbered from 0. */
export function coreNumbers(seats: readonly Seat[]): number[] {
  const numbers = new Map<number, number>()
  for (const { core } of seats) if (!numbers.has(core)) numbers.set(core, numbers.size)
  return seats.map(({ core }) => numbers.get(core)!)
}

/** How much slower each seat's thread computes because others compute on the same core. */
export function slowdowns(seats: readonly Seat[], smtYield: number): number[] {
  return seats.map(({ core }) => {
    const threads = seats.filter((seat) => seat.core === core)
    const cpus = new Set(threads.map(({ cpu }) => cpu)).size
    return threads.length / (cpus > 1 ? smtYield : 1)
  })
}
