/** What cannot be true of a machine, and tables of cpus from elsewhere. */
import { rangeError, show, typeError } from '../errors.ts'
import { parseCpuList } from './cpu-list.ts'
import { GROUP_COLUMNS, MAX_CPUS, groupsOf } from './model.ts'
import type { Cpu, GroupColumn, Topology } from './model.ts'

/** Groups that hold whole cores on every machine; an L3 may span NUMA nodes, and a node several L3s. */
const AROUND_CORES: readonly GroupColumn[] = ['l2', 'l3', 'cluster', 'die', 'numa', 'package']

/** Groups that lie within one of another column, where both are known. */
const WITHIN: readonly [inner: GroupColumn, outer: GroupColumn][] = [
  ['l2', 'l3'],
  ['l2', 'package'],
  ['l3', 'package'],
  ['cluster', 'package'],
  ['die', 'package'],
]

/** One line per group that no machine has. Virtual machines are known to say such things, so it is told and not refused. */
export function oddities(cpus: readonly Cpu[]): string[] {
  return WITHIN.flatMap(([inner, outer]) =>
    [...groupsOf(cpus, inner).values()].flatMap((members) => {
      const [first, ...others] = members.filter((cpu) => cpu[outer] !== null)
      const other = others.find((cpu) => cpu[outer] !== first![outer])
      if (other === undefined) return []
      return [
        `cpus ${first!.cpu} and ${other.cpu} share ${inner} ${first![inner]}, but no ${outer}`,
      ]
    }),
  )
}

/** One line per contradiction about cores, on which placement relies; empty for a machine that can be. */
export function contradictions(cpus: readonly Cpu[]): string[] {
  const found: string[] = []
  for (const [core, threads] of groupsOf(cpus, 'core')) {
    const [first] = threads
    for (const column of AROUND_CORES) {
      const other = threads.find((cpu) => cpu[column] !== first![column])
      if (other === undefined) continue
      found.push(`cpus ${first!.cpu} and ${other.cpu} share core ${core}, but no ${column}`)
    }
    const unlike = threads.find(({ eff }) => eff !== first!.eff)
    if (unlike !== undefined) {
      found.push(`cpus ${first!.cpu} and ${unlike.cpu} share core ${core}, and are of two kinds`)
    }
    const ranks = new Map<number, number>()
    for (const { cpu, smt } of threads) {
      const twin = ranks.get(smt)
      if (twin !== undefined)
        found.push(`cpus ${twin} and ${cpu} are both thread ${smt} of core ${core}`)
      ranks.set(smt, cpu)
    }
  }
  return found
}

/** A row of a table from elsewhere: columns may be missing, and `core` is then the cpu itself. */
export type CpuRow = { readonly cpu: number } & Partial<Cpu>

export interface TableFacts {
  /** Cpus that may be used, as numbers or as a list (`'0-3,8'`). Default: what the rows say, else all. */
  readonly allowed?: readonly number[] | string
  /** Cores' worth of CPU time; null, the default, for no limit. */
  readonly quota?: number | null
}

/**
 * A topology from a table that something else made, for machines that detection misreads and for tests.
 *
 * @throws TypeError or RangeError if it is no table, names a cpu twice, or cannot be true.
 */
export function topologyFromTable(rows: readonly CpuRow[], facts: TableFacts = {}): Topology {
  if (!Array.isArray(rows)) {
    throw typeError('ERR_ARGUMENT', `rows must be an array of cpus; got ${show(rows)}`)
  }
  if (rows.length === 0 || rows.length > MAX_CPUS) {
    throw rangeError('ERR_ARGUMENT', `rows must be 1 to ${MAX_CPUS} cpus; got ${rows.length}`)
  }
  const { quota = null } = facts
  if (quota !== null && !(quota > 0 && quota < Infinity)) {
    throw rangeError('ERR_ARGUMENT', `quota must be null or a number above 0; got ${show(quota)}`)
  }
  const allowed = allowedSet(facts.allowed)
  const cpus = (rows as readonly CpuRow[])
    .map((row, at) => completeRow(row, at, allowed))
    .toSorted((a, b) => a.cpu - b.cpu)
  const twice = cpus.find(({ cpu }, at) => cpus[at + 1]?.cpu === cpu)
  if (twice !== undefined) throw rangeError('ERR_ARGUMENT', `rows name cpu ${twice.cpu} twice`)
  const [wrong] = contradictions(cpus)
  if (wrong !== undefined) throw rangeError('ERR_ARGUMENT', `rows contradict themselves: ${wrong}`)
  if (!cpus.some((cpu) => cpu.allowed)) {
    throw rangeError('ERR_ARGUMENT', 'allowed must name at least one cpu of the rows')
  }
  return { source: 'a table', cpus, offline: [], quota, distances: null, notes: oddities(cpus) }
}

function allowedSet(allowed: TableFacts['allowed']): ReadonlySet<number> | null {
  if (allowed === undefined) return null
  const cpus = typeof allowed === 'string' ? parseCpuList(allowed) : allowed
  if (Array.isArray(cpus)) return new Set(cpus as readonly number[])
  throw typeError(
    'ERR_ARGUMENT',
    `allowed must be an array of cpus or a list like '0-3,8'; got ${show(allowed)}`,
  )
}

function completeRow(row: CpuRow, at: number, allowed: ReadonlySet<number> | null): Cpu {
  if (typeof row !== 'object' || row === null) {
    throw typeError('ERR_ARGUMENT', `rows[${at}] must be a record; got ${show(row)}`)
  }
  const { cpu, smt = 0, eff = null } = row
  if (!Number.isInteger(cpu) || cpu < 0 || cpu >= MAX_CPUS) {
    throw rangeError(
      'ERR_ARGUMENT',
      `rows[${at}].cpu must be an integer from 0 to ${MAX_CPUS - 1}; got ${show(cpu)}`,
    )
  }
  const groups: Partial<Record<GroupColumn, number | null>> = {}
  for (const column of GROUP_COLUMNS) groups[column] = nameOf(row, at, column)
  if (!Number.isInteger(smt) || smt < 0 || !(eff === null || Number.isInteger(eff))) {
    throw rangeError(
      'ERR_ARGUMENT',
      `rows[${at}].smt must be an integer of at least 0, and eff an integer or null; got ${show(smt)} and ${show(eff)}`,
    )
  }
  return {
    cpu,
    ...(groups as Record<GroupColumn, number | null>),
    core: groups.core ?? cpu,
    smt,
    eff,
    allowed: allowed === null ? row.allowed !== false : allowed.has(cpu),
  }
}

function nameOf(row: CpuRow, at: number, column: GroupColumn): number | null {
  const name: unknown = row[column]
  if (name === undefined || name === null) return null
  if (Number.isInteger(name)) return name as number
  throw typeError(
    'ERR_ARGUMENT',
    `rows[${at}].${column} must be an integer or null; got ${show(name)}`,
  )
}
