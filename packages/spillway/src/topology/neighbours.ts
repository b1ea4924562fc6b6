/** In which order a worker looks for work, and whom it wakes: by what their places share. */
import { groupsOf } from './model.ts'
import type { Cpu, NodeDistances, Topology } from './model.ts'
import type { Placement } from './place.ts'
import { sharedGroups } from './spots.ts'

/** Nearness of two places, the nearest first. */
const SAME_CPU = 0
const SAME_CORE = 1
const SAME_L2 = 2
const SAME_CLUSTER = 3
const SAME_GROUP = 4
const SAME_NODE = 5
const SAME_DIE = 6
const SAME_PACKAGE = 7
const ELSEWHERE = 8

/** Room for a NUMA distance, which is at most 255, below each level. */
const LEVEL = 256

export type Distance = (a: number, b: number) => number

/** Distances between online cpus: equal for equal neighbourhood, growing outwards; from NUMA distances where nodes differ. */
export function distanceOn(topology: Topology): Distance {
  const rows = new Map(topology.cpus.map((cpu) => [cpu.cpu, cpu]))
  const groups = sharedGroups(topology.cpus)
  const { distances } = topology
  return (a, b) => {
    const [from, to] = [rows.get(a)!, rows.get(b)!]
    const level = levelOf(from, to, groups.get(a) === groups.get(b))
    return level * LEVEL + (level > SAME_NODE ? nodeDistance(distances, from.numa, to.numa) : 0)
  }
}

function levelOf(a: Cpu, b: Cpu, sameGroup: boolean): number {
  const same = (name: number | null, other: number | null): boolean =>
    name !== null && name === other
  if (a.cpu === b.cpu) return SAME_CPU
  if (a.core === b.core) return SAME_CORE
  if (same(a.l2, b.l2)) return SAME_L2
  if (same(a.cluster, b.cluster)) return SAME_CLUSTER
  if (sameGroup) return SAME_GROUP
  if (same(a.numa, b.numa)) return SAME_NODE
  if (same(a.die, b.die)) return SAME_DIE
  return same(a.package, b.package) ? SAME_PACKAGE : ELSEWHERE
}

function nodeDistance(
  distances: NodeDistances | null,
  from: number | null,
  to: number | null,
): number {
  if (distances === null || from === null || to === null) return 0
  const row = distances.rows[distances.nodes.indexOf(from)]
  return row?.[distances.nodes.indexOf(to)] ?? 0
}

/**
 * For each worker all others, the nearest first. Of victims that are equally far, neighbours begin at different ones, so that they do
 * not all run to the same.
 */
export function stealOrders(topology: Topology, placement: Placement): number[][] {
  const { places } = placement
  const positions = positionsOf(topology, placement)
  const distance = distanceOn(topology)
  // Buckets are kept in the order of positions: a thief's start in one is then a matter of counting.
  const byPosition = places
    .map(({ worker }) => worker)
    .toSorted((a, b) => positions[a]! - positions[b]!)
  return places.map((thief) => {
    const buckets = new Map<number, number[]>()
    for (const worker of byPosition) {
      if (worker === thief.worker) continue
      const { cpu } = places[worker]!
      const far = thief.cpu === null || cpu === null ? 0 : distance(thief.cpu, cpu)
      const bucket = buckets.get(far)
      if (bucket === undefined) buckets.set(far, [worker])
      else bucket.push(worker)
    }
    const own = positions[thief.worker]!
    const before = (workers: readonly number[]): number =>
      workers.filter((worker) => positions[worker]! < own).length
    const nearer: number[] = []
    return [...buckets]
      .toSorted(([a], [b]) => a - b)
      .flatMap(([, bucket]) => {
        const start = (before(bucket) + before(nearer)) % bucket.length
        nearer.push(...bucket)
        return [...bucket.slice(start), ...bucket.slice(0, start)]
      })
  })
}

/** Workers numbered so that those that share something follow one another. */
function positionsOf(topology: Topology, { places }: Placement): number[] {
  const rows = new Map(topology.cpus.map((cpu) => [cpu.cpu, cpu]))
  const groups = sharedGroups(topology.cpus)
  const firstOf = new Map<number, number>()
  for (const [, cpus] of groupsOf(topology.cpus, 'numa')) {
    for (const { cpu } of cpus) firstOf.set(cpu, cpus[0]!.cpu)
  }
  const key = (cpu: number | null): number[] => {
    const row = cpu === null ? undefined : rows.get(cpu)
    if (row === undefined) return []
    const { package: home, die, cluster, l2, core } = row
    const node = firstOf.get(row.cpu) ?? -1
    return [
      home ?? -1,
      die ?? -1,
      node,
      groups.get(row.cpu)!,
      cluster ?? -1,
      l2 ?? -1,
      core,
      row.cpu,
    ]
  }
  const keyed = places.map(({ worker, cpu }) => ({ worker, key: [...key(cpu), worker] }))
  const inOrder = keyed.toSorted((a, b) => {
    const at = a.key.findIndex((part, index) => part !== b.key[index])
    return at === -1 ? 0 : a.key[at]! - b.key[at]!
  })
  const positions: number[] = []
  inOrder.forEach(({ worker }, position) => (positions[worker] = position))
  return positions
}

/** The inverse of steal orders: for each worker all others, those first that look at it first, of equals the lowest worker. */
export function wakeOrders(steal: readonly (readonly number[])[]): number[][] {
  const turns = steal.map((victims) => {
    const turn: number[] = []
    victims.forEach((victim, at) => (turn[victim] = at))
    return turn
  })
  return steal.map((_, worker) =>
    steal
      .map((_unused, other) => other)
      .filter((other) => other !== worker)
      .toSorted((a, b) => turns[a]![worker]! - turns[b]![worker]! || a - b),
  )
}
