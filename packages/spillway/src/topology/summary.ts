/** A machine in one line. */
import { allowedCpus, groupsOf } from './model.ts'
import type { GroupColumn, Topology } from './model.ts'

const COUNTED: readonly [column: GroupColumn, name: string][] = [
  ['package', 'package'],
  ['die', 'die'],
  ['numa', 'NUMA node'],
  ['l3', 'L3 group'],
  ['cluster', 'cluster'],
  ['core', 'core'],
]

/** `2 packages, 8 NUMA nodes, 16 L3 groups, 48 cores, 96 cpus (6 allowed), 2 kinds; Linux sysfs`. Groups that nothing tells of are left out. */
export function summariseMachine(topology: Topology): string {
  const { cpus, offline, quota, source } = topology
  const counts = COUNTED.flatMap(([column, name]) => {
    const { size } = groupsOf(cpus, column)
    return size === 0 ? [] : [counted(size, name)]
  })
  const allowed = allowedCpus(topology).length
  const kinds = new Set(cpus.map(({ eff }) => eff)).size
  return [
    ...counts,
    `${counted(cpus.length, 'cpu')}${allowed < cpus.length ? ` (${allowed} allowed)` : ''}`,
    ...(offline.length > 0 ? [`${offline.length} offline`] : []),
    ...(kinds > 1 ? [`${kinds} kinds`] : []),
    ...(quota === null ? [] : [`quota ${quota} cores`]),
  ]
    .join(', ')
    .concat(`; ${source}`)
}

export function counted(count: number, name: string): string {
  return `${count} ${name}${count === 1 ? '' : 's'}`
}
