/** A machine as plain data: one row per online cpu, groups named by a number that their members share. */

/** One logical cpu. Group columns hold a name: equal names, same group. Null: there is no such group, or nothing tells. */
export interface Cpu {
  /** The number under which the system knows it. Numbers may have gaps. */
  readonly cpu: number
  readonly package: number | null
  /** Only where a package has several. */
  readonly die: number | null
  /** Number of the NUMA node. */
  readonly numa: number | null
  /** Cpus behind one L3 cache: a CCD, or CCX. */
  readonly l3: number | null
  readonly l2: number | null
  /** Cores that share less than an L3 but more than a core; null where that is a group of another column. */
  readonly cluster: number | null
  readonly core: number
  /** Rank among the online SMT threads of its core, from 0. */
  readonly smt: number
  /** Kind of core, 0 the slowest; null where all are alike, or nothing tells. */
  readonly eff: number | null
  /** Whether this process may run there: affinity mask and cpuset. */
  readonly allowed: boolean
}

/** How far NUMA nodes are from one another, 10 being local: `rows[i][j]` from `nodes[i]` to `nodes[j]`. */
export interface NodeDistances {
  readonly nodes: readonly number[]
  readonly rows: readonly (readonly number[])[]
}

export interface Topology {
  /** For people: where this came from and how much it can know. */
  readonly source: string
  /** All online cpus, ascending. */
  readonly cpus: readonly Cpu[]
  /** Cpus that are present and not online. */
  readonly offline: readonly number[]
  /** CPU time granted to this process in cores, null for no limit. */
  readonly quota: number | null
  readonly distances: NodeDistances | null
  /** What contradicted itself or was missing, and what was assumed instead. Empty if nothing was. */
  readonly notes: readonly string[]
}

/** Columns that name a group. */
export type GroupColumn = 'package' | 'die' | 'numa' | 'l3' | 'l2' | 'cluster' | 'core'

export const GROUP_COLUMNS: readonly GroupColumn[] = [
  'package',
  'die',
  'numa',
  'l3',
  'l2',
  'cluster',
  'core',
]

/** Cpu numbers end here: no Linux kernel is built for more. What claims more is taken for damaged. */
export const MAX_CPUS = 8192

export function allowedCpus(topology: Topology): readonly Cpu[] {
  return topology.cpus.filter((cpu) => cpu.allowed)
}

/**
 * Cores this process may keep busy: allowed cpus, and no more than the quota pays for; at least 1. A quota of 1.5 cores feeds two
 * workers three quarters of the time; rounding up wastes less than rounding down.
 */
export function usableCores(allowed: number, quota: number | null): number {
  const paid = quota === null ? Infinity : Math.max(1, Math.ceil(quota))
  return Math.max(1, Math.min(allowed, paid))
}

/** Cpus by the group of one column, groups and members in order of their numbers. Cpus without a group are left out. */
export function groupsOf(cpus: readonly Cpu[], column: GroupColumn): Map<number, Cpu[]> {
  return groupBy(cpus, (cpu) => cpu[column])
}

export function groupBy<T>(
  items: readonly T[],
  nameOf: (item: T) => number | null,
): Map<number, T[]> {
  const groups = new Map<number, T[]>()
  for (const item of items) {
    const name = nameOf(item)
    if (name === null) continue
    const group = groups.get(name)
    if (group === undefined) groups.set(name, [item])
    else group.push(item)
  }
  return groups
}
