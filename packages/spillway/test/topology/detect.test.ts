/** Tables that are written down as sysfs trees come back as they were, in every dialect. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { availableParallelism } from 'node:os'
import { allowedCpus, readTopology } from '../../src/topology.ts'
import { readMachine } from '../../src/topology/detect.ts'
import type { Machine } from '../../src/topology/detect.ts'
import { readDarwin } from '../../src/topology/elsewhere.ts'
import { readLinux } from '../../src/topology/linux.ts'
import { fc } from '../support/property.ts'
import {
  DESKTOP,
  MODERN,
  canonical,
  dialects,
  filesOf,
  formatMask,
  shapes,
  tableOf,
  treeOf,
  withTree,
} from './machines.ts'
import type { Tree } from './machines.ts'

const CPU = 'sys/devices/system/cpu'
const read = (tree: Tree) => withTree(tree, (root) => readTopology({ root }))

test('a machine is read as it is, however its kernel writes it down', () => {
  fc.assert(
    fc.property(shapes, dialects, (shape, dialect) => {
      const table = tableOf(shape)
      const topology = readLinux(filesOf(treeOf(table, dialect)), 'test')!
      assert.deepEqual(canonical(topology.cpus), canonical(table))
      const { notes, offline, quota } = topology
      assert.deepEqual({ notes, offline, quota }, { notes: [], offline: [], quota: null })
    }),
  )
})

test('the same from files', () => {
  const table = tableOf({ ...DESKTOP, packages: 2, cores: 2, slowGroups: 2 })
  for (const dialect of [
    MODERN,
    { ...MODERN, files: 'masks', nul: true, oldNames: true },
  ] as const) {
    assert.deepEqual(canonical(read(treeOf(table, dialect)).cpus), canonical(table))
  }
})

test('masks are right where lists contradict them', () => {
  const table = tableOf({ ...DESKTOP, cores: 2, coresOfL2: 2, threads: 1 })
  const tree = treeOf(table)
  for (const { cpu } of table) tree[`${CPU}/cpu${cpu}/cache/index2/shared_cpu_list`] = `${cpu}\n`
  assert.deepEqual(canonical(read(tree).cpus), canonical(table))
})

test('cpus that are offline are in no group, and the first online thread of a core is its first', () => {
  const table = tableOf({ ...DESKTOP, cores: 2 })
  const tree = treeOf(table)
  tree[`${CPU}/online`] = '1-7\n'
  const { cpus, offline } = read(tree)
  assert.deepEqual(offline, [0])
  assert.deepEqual(
    cpus.map(({ cpu, core, smt }) => [cpu, core, smt]),
    [
      [1, 1, 0],
      [2, 2, 0],
      [3, 3, 0],
      [4, 4, 0],
      [5, 1, 1],
      [6, 2, 1],
      [7, 3, 1],
    ],
  )
})

test('without a list of online cpus, those with a topology folder are online', () => {
  const tree = treeOf(tableOf({ ...DESKTOP, cores: 2 }), { ...MODERN, onlineList: false })
  for (const name of Object.keys(tree)) {
    if (name.includes('/cpu5/topology/')) delete tree[name]
  }
  tree[`${CPU}/cpu6/online`] = '0\n'
  const { cpus, offline } = read(tree)
  assert.deepEqual(
    cpus.map(({ cpu }) => cpu),
    [0, 1, 2, 3, 4, 7],
  )
  assert.deepEqual(offline, [5, 6])
})

test('dies count where a package has several, clusters where they are no other group', () => {
  const tree = treeOf(tableOf({ ...DESKTOP, threads: 1 }))
  for (let cpu = 0; cpu < 16; cpu++) {
    const topology = `${CPU}/cpu${cpu}/topology`
    const from = (size: number): number[] =>
      Array.from({ length: size }, (_, at) => cpu - (cpu % size) + at)
    tree[`${topology}/die_id`] = '7\n'
    tree[`${topology}/die_cpus`] = formatMask(from(8))
    tree[`${topology}/cluster_id`] = '1144\n'
    // Of four cores in the first die, the whole L3 group in the second.
    tree[`${topology}/cluster_cpus`] = formatMask(cpu < 8 ? from(4) : from(8))
  }
  const { cpus } = read(tree)
  assert.deepEqual(
    cpus.map(({ die }) => die),
    [...Array(8).fill(0), ...Array(8).fill(8)],
  )
  assert.deepEqual(
    cpus.map(({ cluster }) => cluster),
    [0, 0, 0, 0, 4, 4, 4, 4, ...Array(8).fill(null)],
  )
  for (let cpu = 0; cpu < 16; cpu++) tree[`${CPU}/cpu${cpu}/topology/die_id`] = '-1\n'
  assert.deepEqual(new Set(read(tree).cpus.map(({ die }) => die)), new Set([null]))
  for (let cpu = 0; cpu < 16; cpu++) {
    tree[`${CPU}/cpu${cpu}/topology/die_id`] = '0\n'
    tree[`${CPU}/cpu${cpu}/topology/die_cpus`] = 'ffff\n'
  }
  assert.deepEqual(new Set(read(tree).cpus.map(({ die }) => die)), new Set([null]))
})

test('packages go by their ids where no mask tells', () => {
  const tree = treeOf(tableOf({ ...DESKTOP, packages: 2, cores: 1, threads: 1 }))
  for (const name of Object.keys(tree)) if (name.includes('package_cpus')) delete tree[name]
  assert.deepEqual(
    read(tree).cpus.map((cpu) => cpu.package),
    [null, null, null, null],
  )
  for (let cpu = 0; cpu < 4; cpu++)
    tree[`${CPU}/cpu${cpu}/topology/physical_package_id`] = `${36 + (cpu >> 1)}\n`
  assert.deepEqual(
    read(tree).cpus.map((cpu) => cpu.package),
    [0, 0, 2, 2],
  )
})

test('caches may be absent, and cpus may be without a node', () => {
  const tree = treeOf(tableOf({ ...DESKTOP, nodes: 2, groups: 1, cores: 2, threads: 1 }))
  for (const name of Object.keys(tree)) {
    if (name.includes('/cache/') || name.includes('/node1/')) delete tree[name]
  }
  const { cpus, notes } = read(tree)
  assert.deepEqual(
    cpus.map(({ l2, l3, numa }) => [l2, l3, numa]),
    [
      [null, null, 0],
      [null, null, 0],
      [null, null, null],
      [null, null, null],
    ],
  )
  assert.deepEqual(notes, [])
})

test('distances of NUMA nodes are read if they are all there', () => {
  const tree = treeOf(tableOf({ ...DESKTOP, packages: 2, cores: 1 }))
  assert.equal(read(tree).distances, null)
  tree['sys/devices/system/node/node0/distance'] = '10 21\n'
  tree['sys/devices/system/node/node1/distance'] = '21 10\n'
  assert.deepEqual(read(tree).distances, {
    nodes: [0, 1],
    rows: [
      [10, 21],
      [21, 10],
    ],
  })
  tree['sys/devices/system/node/node1/distance'] = '21\n'
  assert.equal(read(tree).distances, null)
})

test('a tree may be that of /sys alone', () => {
  const table = tableOf(DESKTOP)
  const tree = Object.fromEntries(
    Object.entries(treeOf(table)).map(([name, text]) => [name.replace(/^sys\//, ''), text]),
  )
  assert.deepEqual(canonical(read(tree).cpus), canonical(table))
})

test('this machine has at least the cpus that this thread may use', () => {
  const topology = readTopology()
  assert.ok(topology.cpus.length >= 1)
  assert.ok(allowedCpus(topology).length >= availableParallelism())
})

test('macOS counts cores of each kind, and cpus behind an L2', () => {
  const counts = (level: number, logical: number, sharing: number): string =>
    `hw.perflevel${level}.physicalcpu: ${logical}\nhw.perflevel${level}.logicalcpu: ${logical}\nhw.perflevel${level}.cpusperl2: ${sharing}\nhw.perflevel${level}.name: Any\n`
  const { cpus, notes } = readDarwin(`hw.packages: 1\n${counts(0, 6, 3)}${counts(1, 4, 4)}`)!
  assert.deepEqual(
    cpus.map(({ l2, eff }) => [l2, eff]),
    [...[0, 0, 0, 3, 3, 3].map((l2) => [l2, 1]), ...[6, 6, 6, 6].map((l2) => [l2, 0])],
  )
  assert.match(notes[0]!, /macOS does not say which cpu is which/)
  const intel = readDarwin('hw.packages: 1\nhw.physicalcpu: 2\nhw.logicalcpu: 4\n')!
  assert.deepEqual(
    intel.cpus.map(({ core, smt, eff }) => [core, smt, eff]),
    [
      [0, 0, null],
      [0, 1, null],
      [2, 0, null],
      [2, 1, null],
    ],
  )
  for (const text of ['', 'hw.logicalcpu: 0', 'hw.logicalcpu: 99999', 'sysctl: unknown oid']) {
    assert.equal(readDarwin(text), null, text)
  }
})

test('a system that tells nothing has cpus, and says what is not known', () => {
  const machine: Machine = {
    system: 'win32',
    files: () => null,
    count: () => 3,
    output: () => null,
  }
  const { cpus, notes, source } = readMachine(machine)
  assert.deepEqual(
    cpus.map(({ cpu, core, l3, allowed }) => [cpu, core, l3, allowed]),
    [
      [0, 0, null, true],
      [1, 1, null, true],
      [2, 2, null, true],
    ],
  )
  assert.equal(source, 'win32, processor count only')
  assert.deepEqual(notes, ['what cpus share is not known here: each counts as a core'])
  // A Linux without sysfs, and a macOS whose sysctl cannot be run.
  assert.equal(readMachine({ ...machine, system: 'linux' }).cpus.length, 3)
  assert.equal(readMachine({ ...machine, system: 'darwin', count: () => 0 }).cpus.length, 1)
})
