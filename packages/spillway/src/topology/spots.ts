/** Cpus that may have a worker, with what placement has to know of each, and the orders to give them out in. */
import { groupBy } from './model.ts'
import type { Cpu } from './model.ts'
import type { Order } from './strategies.ts'

/** An allowed cpu. */
export interface Spot {
  readonly cpu: Cpu
  /** Name of its shared group, see `sharedGroups`. */
  readonly group: number
  /** Its place in the order of groups: fast kinds first, then by package, node and number. */
  readonly groupRank: number
  /** Its rank among the allowed threads of its core: with first threads forbidden, a second one is the core's first. */
  readonly thread: number
  /** Label: tier t holds the t-th group's cores, tiers after the last group's the second threads in the same order. */
  readonly tier: number
}

/**
 * Names of the groups that share a last-level cache, or the nearest there is: the L3; without one the cluster, an L2 of several cores,
 * the NUMA node, the package, or everything. Named by the lowest online cpu.
 */
export function sharedGroups(cpus: readonly Cpu[]): Map<number, number> {
  const coresOfL2 = new Map<number, Set<number>>()
  for (const { l2, core } of cpus) {
    if (l2 === null) continue
    const cores = coresOfL2.get(l2)
    if (cores === undefined) coresOfL2.set(l2, new Set([core]))
    else cores.add(core)
  }
  const keyOf = ({ l3, cluster, l2, numa, package: home }: Cpu): string => {
    if (l3 !== null) return `l3 ${l3}`
    if (cluster !== null) return `cluster ${cluster}`
    if (l2 !== null && coresOfL2.get(l2)!.size > 1) return `l2 ${l2}`
    return numa === null ? `package ${home}` : `numa ${numa}`
  }
  const lowest = new Map<string, number>()
  const names = new Map<number, number>()
  for (const cpu of cpus) {
    const key = keyOf(cpu)
    if (!lowest.has(key)) lowest.set(key, cpu.cpu)
    names.set(cpu.cpu, lowest.get(key)!)
  }
  return names
}

/** Spots of the allowed cpus, by number. */
export function spotsOf(cpus: readonly Cpu[]): Spot[] {
  const names = sharedGroups(cpus)
  const allowed = cpus.filter((cpu) => cpu.allowed)
  const groups = [...groupBy(allowed, ({ cpu }) => names.get(cpu)!)]
  const byRank = groups.toSorted(([a, some], [b, others]) =>
    compare(groupKey(a, some), groupKey(b, others)),
  )
  const groupRanks = new Map(byRank.map(([name], rank) => [name, rank]))
  const threads = new Map<number, number>()
  for (const core of groupBy(allowed, (cpu) => cpu.core).values()) {
    core.forEach(({ cpu }, thread) => threads.set(cpu, thread))
  }
  const spots = allowed.map((cpu) => {
    const group = names.get(cpu.cpu)!
    return { cpu, group, groupRank: groupRanks.get(group)!, thread: threads.get(cpu.cpu)! }
  })
  const labels = spots.map(({ thread, groupRank }) => thread * groups.length + groupRank)
  const tiers = [...new Set(labels)].toSorted((a, b) => a - b)
  const tierOf = new Map(tiers.map((label, tier) => [label, tier]))
  return spots.map((spot, at) => ({ ...spot, tier: tierOf.get(labels[at]!)! }))
}

function groupKey(name: number, members: readonly Cpu[]): number[] {
  const [first] = members
  return [-fastest(members), first!.package ?? -1, first!.numa ?? -1, name]
}

function fastest(cpus: readonly Cpu[]): number {
  return cpus.reduce((most, { eff }) => Math.max(most, eff ?? 0), 0)
}

/** What is near is near in this order, within one shared group: fast kinds first, then by what is shared. */
function insideGroup({ cpu }: Spot): number[] {
  return [-(cpu.eff ?? 0), cpu.numa ?? -1, cpu.cluster ?? -1, cpu.l2 ?? -1, cpu.core]
}

/** The spots in the order in which workers get them. Does not change `spots`. */
export function inOrder(spots: readonly Spot[], order: Exclude<Order, 'list'>): Spot[] {
  if (order === 'spread') return spreadOut(spots)
  const keys: Record<Exclude<Order, 'list' | 'spread'>, (spot: Spot) => number[]> = {
    number: ({ cpu }) => [cpu.cpu],
    kinds: (spot) => [spot.thread, -(spot.cpu.eff ?? 0), spot.groupRank, ...insideGroup(spot)],
    tiers: (spot) => [spot.thread, spot.groupRank, ...insideGroup(spot), spot.cpu.cpu],
    compact: (spot) => [spot.groupRank, ...insideGroup(spot), spot.thread],
  }
  const keyed = spots.map((spot) => ({ spot, key: keys[order](spot) }))
  return keyed.toSorted((a, b) => compare(a.key, b.key)).map(({ spot }) => spot)
}

type Level = (spot: Spot) => number

const PACKAGE: Level = ({ cpu }) => cpu.package ?? -1
const MIDDLE: readonly Level[] = [
  ({ cpu }) => cpu.die ?? -1,
  ({ cpu }) => cpu.numa ?? -1,
  ({ group }) => group,
]
const INNER: readonly Level[] = [({ cpu }) => cpu.cluster ?? -1, ({ cpu }) => cpu.l2 ?? -1]

function spreadOut(spots: readonly Spot[]): Spot[] {
  // A NUMA node may hold several L3 groups, or an L3 group several nodes: the wider comes first.
  const wideFirst = MIDDLE.map((level) => ({ level, parts: groupBy(spots, level).size })).toSorted(
    (a, b) => a.parts - b.parts,
  )
  const levels = [PACKAGE, ...wideFirst.map(({ level }) => level), ...INNER]
  const byThread = [...groupBy(spots, ({ thread }) => thread)].toSorted(([a], [b]) => a - b)
  return byThread.flatMap(([, threads]) => takeTurns(threads, levels))
}

/** Fast kinds go first where it is a part's turn, and parts with a fast kind before others. */
function takeTurns(spots: readonly Spot[], levels: readonly Level[]): Spot[] {
  const [level, ...finer] = levels
  if (level === undefined) {
    return spots.toSorted((a, b) =>
      compare([-(a.cpu.eff ?? 0), a.cpu.cpu], [-(b.cpu.eff ?? 0), b.cpu.cpu]),
    )
  }
  const parts = [...groupBy(spots, level).values()]
    .map((part) => takeTurns(part, finer))
    .toSorted((a, b) => compare(turnKey(a), turnKey(b)))
  const longest = parts.reduce((most, part) => Math.max(most, part.length), 0)
  return Array.from({ length: longest }, (_, turn) =>
    parts.flatMap((part) => part[turn] ?? []),
  ).flat()
}

function turnKey(part: readonly Spot[]): number[] {
  return [-fastest(part.map(({ cpu }) => cpu)), ...part.map(({ cpu }) => cpu.cpu).slice(0, 1)]
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (let at = 0; at < a.length; at++) {
    if (a[at] !== b[at]) return a[at]! - b[at]!
  }
  return 0
}
