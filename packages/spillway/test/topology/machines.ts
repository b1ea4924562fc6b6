/** Machines made for tests: tables that are true by construction, and the same laid out as the files of a Linux system. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { formatCpuList, topologyFromTable } from '../../src/topology.ts'
import type { Cpu, CpuRow, Topology } from '../../src/topology.ts'
import type { SystemFiles } from '../../src/topology/files.ts'
import { fc } from '../support/property.ts'

/** A machine of equal parts. */
export interface Shape {
  readonly packages: number
  /** NUMA nodes of a package. */
  readonly nodes: number
  /** L3 groups of a node. */
  readonly groups: number
  readonly cores: number
  readonly threads: number
  /** Cores that share an L2. */
  readonly coresOfL2: number
  /** `near`: the threads of a core have neighbouring numbers; `far`: all first threads come first; `dealt`: packages alternate. */
  readonly numbers: 'near' | 'far' | 'dealt'
  /** Every n-th group has slow cores; 0 for a machine of one kind. */
  readonly slowGroups: number
}

export const shapes: fc.Arbitrary<Shape> = fc.record({
  packages: fc.integer({ min: 1, max: 3 }),
  nodes: fc.integer({ min: 1, max: 2 }),
  groups: fc.integer({ min: 1, max: 3 }),
  cores: fc.integer({ min: 1, max: 4 }),
  threads: fc.constantFrom(1, 2, 4),
  coresOfL2: fc.constantFrom(1, 2),
  numbers: fc.constantFrom('near', 'far', 'dealt'),
  slowGroups: fc.constantFrom(0, 0, 2),
})

/** The table of a shape, by cpu. Groups are named by their lowest cpu, nodes by their number. */
export function tableOf(shape: Shape): Cpu[] {
  const { packages, nodes, groups, cores, threads, coresOfL2, slowGroups } = shape
  const units: Record<'home' | 'node' | 'group' | 'l2' | 'core' | 'thread', number>[] = []
  for (let core = 0; core < packages * nodes * groups * cores; core++) {
    const group = Math.floor(core / cores)
    for (let thread = 0; thread < threads; thread++) {
      units.push({
        home: Math.floor(group / groups / nodes),
        node: Math.floor(group / groups),
        group,
        // An L2 does not reach beyond its L3.
        l2: group * cores + Math.floor((core % cores) / coresOfL2),
        core,
        thread,
      })
    }
  }
  const inPackage = units.length / packages
  const numbered = units.map((unit, at) => {
    let cpu = at
    if (shape.numbers === 'far') cpu = unit.thread * (units.length / threads) + unit.core
    if (shape.numbers === 'dealt') cpu = (at % inPackage) * packages + unit.home
    return { ...unit, cpu }
  })
  const lowest = (key: 'home' | 'group' | 'l2' | 'core'): Map<number, number> => {
    const found = new Map<number, number>()
    for (const unit of numbered) {
      found.set(unit[key], Math.min(unit.cpu, found.get(unit[key]) ?? Infinity))
    }
    return found
  }
  const [home, group, l2, core] = [lowest('home'), lowest('group'), lowest('l2'), lowest('core')]
  const slow = (of: number): boolean => slowGroups > 0 && of % slowGroups === 1
  const kinds = numbered.some((unit) => slow(unit.group))
  return numbered
    .toSorted((a, b) => a.cpu - b.cpu)
    .map((unit) => ({
      cpu: unit.cpu,
      package: home.get(unit.home)!,
      die: null,
      numa: unit.node,
      l3: group.get(unit.group)!,
      l2: l2.get(unit.l2)!,
      cluster: null,
      core: core.get(unit.core)!,
      smt: unit.thread,
      eff: kinds ? (slow(unit.group) ? 0 : 1) : null,
      allowed: true,
    }))
}

/** How a kernel of some age and architecture writes the same down. */
export interface Dialect {
  readonly files: 'masks' | 'lists' | 'both'
  /** Names from before 5.x: `thread_siblings` and `core_siblings`. */
  readonly oldNames: boolean
  /** Lists and masks end in a line feed and a NUL. */
  readonly nul: boolean
  readonly onlineList: boolean
  readonly kinds: 'capacity' | 'frequency' | 'counters'
}

export const dialects: fc.Arbitrary<Dialect> = fc.record({
  files: fc.constantFrom('masks', 'lists', 'both'),
  oldNames: fc.boolean(),
  nul: fc.boolean(),
  onlineList: fc.boolean(),
  kinds: fc.constantFrom('capacity', 'frequency', 'counters'),
})

export const MODERN: Dialect = {
  files: 'both',
  oldNames: false,
  nul: false,
  onlineList: true,
  kinds: 'capacity',
}

export type Tree = Record<string, string>

const CPU = 'sys/devices/system/cpu'

/** Files of a machine by path, for a test to change before they are written. */
export function treeOf(cpus: readonly Cpu[], dialect: Dialect = MODERN): Tree {
  const tree: Tree = {}
  const end = dialect.nul ? '\n\0' : '\n'
  const set = (mask: string, list: string, members: readonly number[]): void => {
    if (dialect.files !== 'lists') tree[mask] = formatMask(members) + end
    if (dialect.files !== 'masks') tree[list] = formatCpuList(members) + end
  }
  const sharing = (column: keyof Cpu, { [column]: name }: Cpu): number[] =>
    cpus.filter((cpu) => cpu[column] === name).map(({ cpu }) => cpu)
  const numbers = cpus.map(({ cpu }) => cpu)
  if (dialect.onlineList) tree[`${CPU}/online`] = formatCpuList(numbers) + end
  for (const cpu of cpus) {
    const topology = `${CPU}/cpu${cpu.cpu}/topology`
    const [core, home] = dialect.oldNames
      ? ['thread_siblings', 'core_siblings']
      : ['core_cpus', 'package_cpus']
    set(`${topology}/${core}`, `${topology}/${core}_list`, sharing('core', cpu))
    set(`${topology}/${home}`, `${topology}/${home}_list`, sharing('package', cpu))
    // Reused in every package, as on real machines.
    tree[`${topology}/core_id`] = '0\n'
    tree[`${topology}/physical_package_id`] = '-1\n'
    tree[`${topology}/die_id`] = '-1\n'
    const caches: [level: number, type: string, members: number[]][] = [
      [1, 'Data', [cpu.cpu]],
      [2, 'Instruction', [cpu.cpu]],
    ]
    if (cpu.l2 !== null) caches.push([2, 'Unified', sharing('l2', cpu)])
    if (cpu.l3 !== null) caches.push([3, 'Unified', sharing('l3', cpu)])
    caches.forEach(([level, type, members], index) => {
      const place = `${CPU}/cpu${cpu.cpu}/cache/index${index}`
      tree[`${place}/level`] = `${level}\n`
      tree[`${place}/type`] = `${type}\n`
      set(`${place}/shared_cpu_map`, `${place}/shared_cpu_list`, members)
    })
    if (cpu.eff !== null) Object.assign(tree, kindFiles(cpu.cpu, cpu.eff, dialect))
  }
  for (const node of new Set(cpus.map(({ numa }) => numa!))) {
    const place = `sys/devices/system/node/node${node}`
    const members = cpus.filter(({ numa }) => numa === node).map(({ cpu }) => cpu)
    set(`${place}/cpumap`, `${place}/cpulist`, members)
  }
  if (dialect.kinds === 'counters' && cpus.some(({ eff }) => eff !== null)) {
    for (const [eff, name] of ['cpu_atom', 'cpu_core'].entries()) {
      const members = cpus.filter((cpu) => cpu.eff === eff).map(({ cpu }) => cpu)
      tree[`sys/devices/${name}/cpus`] = formatCpuList(members) + end
    }
  }
  return tree
}

/** Two kinds whose members differ among themselves by some percent. */
function kindFiles(cpu: number, eff: number, { kinds }: Dialect): Tree {
  const place = `${CPU}/cpu${cpu}`
  const wobble = cpu % 2
  if (kinds === 'capacity')
    return { [`${place}/cpu_capacity`]: `${eff === 1 ? 1024 - wobble * 40 : 600}\n` }
  return {
    [`${place}/cpufreq/cpuinfo_max_freq`]: `${(eff === 1 ? 5000 : 3500) * 1000 + wobble * 200_000}\n`,
  }
}

export function formatMask(members: readonly number[]): string {
  const words = Array.from({ length: Math.floor(Math.max(0, ...members) / 32) + 1 }, () => 0)
  for (const cpu of members) words[Math.floor(cpu / 32)]! |= 1 << (cpu % 32)
  return words
    .map((word) => (word >>> 0).toString(16).padStart(8, '0'))
    .toReversed()
    .join(',')
}

/** A tree that is read without a disk: for tests of many trees. */
export function filesOf(tree: Tree): SystemFiles {
  const folders = new Map<string, Set<string>>()
  for (const path of Object.keys(tree)) {
    const names = path.split('/')
    for (let depth = 1; depth < names.length; depth++) {
      const folder = names.slice(0, depth).join('/')
      folders.set(folder, (folders.get(folder) ?? new Set()).add(names[depth]!))
    }
  }
  return {
    text: (path) => tree[path]?.replaceAll('\0', '').trim() ?? null,
    list: (path) => [...(folders.get(path) ?? [])],
  }
}

/** Writes a tree into a temporary folder, calls `use` with its path, and removes it. */
export function withTree<T>(tree: Tree, use: (root: string) => T): T {
  const root = mkdtempSync(join(tmpdir(), 'spillway-machine-'))
  try {
    for (const [name, text] of Object.entries(tree)) {
      mkdirSync(dirname(join(root, name)), { recursive: true })
      writeFileSync(join(root, name), text)
    }
    return use(root)
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

/** The columns of a table with every group renamed to its lowest member, so that tables of equal partitions are equal. */
export function canonical(cpus: readonly Cpu[]): Cpu[] {
  const columns = ['package', 'die', 'numa', 'l3', 'l2', 'cluster', 'core'] as const
  return cpus.map((cpu) => {
    const named: Partial<Record<(typeof columns)[number], number | null>> = {}
    for (const column of columns) {
      const name = cpu[column]
      named[column] = name === null ? null : cpus.find((other) => other[column] === name)!.cpu
    }
    return { ...cpu, ...named } as Cpu
  })
}

/** A desktop with two CCDs of 8 cores, numbered as Linux does: threads 16 to 31 are the second ones. */
export const DESKTOP: Shape = {
  packages: 1,
  nodes: 1,
  groups: 2,
  cores: 8,
  threads: 2,
  coresOfL2: 1,
  numbers: 'far',
  slowGroups: 0,
}

/** A laptop: cores 0 to 3 fast with two threads each, 8 slow ones in two clusters behind an L2 each, one L3. */
export function laptopRows(): CpuRow[] {
  return Array.from({ length: 16 }, (_, cpu) => {
    const fast = cpu < 8
    const core = fast ? cpu - (cpu % 2) : cpu
    const l2 = fast ? core : cpu - (cpu % 4)
    return { cpu, package: 0, numa: 0, l3: 0, l2, core, smt: fast ? cpu % 2 : 0, eff: fast ? 1 : 0 }
  })
}

/** Two kinds in L3 groups of unequal size, 4 fast and 8 slow cores, all with two threads. */
export function unequalRows(): CpuRow[] {
  return Array.from({ length: 24 }, (_, cpu) => {
    const core = cpu % 12
    const fast = core < 4
    return {
      cpu,
      package: 0,
      l3: fast ? 0 : 4,
      l2: core,
      core,
      smt: cpu < 12 ? 0 : 1,
      eff: fast ? 1 : 0,
    }
  })
}

/** Named machines for tests that hold for all of them. */
export const MACHINES: Readonly<Record<string, Topology>> = {
  desktop: topologyFromTable(tableOf(DESKTOP)),
  laptop: topologyFromTable(laptopRows()),
  unequal: topologyFromTable(unequalRows()),
  'two packages': topologyFromTable(
    tableOf({ ...DESKTOP, packages: 2, nodes: 2, cores: 3, numbers: 'dealt' }),
  ),
  'four threads': topologyFromTable(
    tableOf({ ...DESKTOP, packages: 2, groups: 1, cores: 4, threads: 4, numbers: 'near' }),
  ),
  'pairs behind an L2': topologyFromTable(
    tableOf({ ...DESKTOP, packages: 2, threads: 1, coresOfL2: 2, numbers: 'near' }),
  ),
  'one cpu': topologyFromTable([{ cpu: 0 }]),
  'nothing known': topologyFromTable(Array.from({ length: 6 }, (_, cpu) => ({ cpu }))),
  'few allowed': topologyFromTable(tableOf(DESKTOP), { allowed: '3-5,16-21' }),
  'second threads allowed': topologyFromTable(tableOf(DESKTOP), { allowed: '16-31' }),
}
