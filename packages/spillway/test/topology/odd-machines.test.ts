/** Machines that are real and unlike a desktop: sparse numbers, threads switched off, levels that others have not, and very many cpus. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  allowedCpus,
  formatCpuList,
  groupsOf,
  placeWorkers,
  sharedGroups,
  stealOrders,
  topologyFromTable,
} from '../../src/topology.ts'
import type { Cpu, CpuRow, GroupColumn, Topology } from '../../src/topology.ts'
import { readLinux } from '../../src/topology/linux.ts'
import { MODERN, canonical, filesOf, formatMask, treeOf } from './machines.ts'
import type { Tree } from './machines.ts'
import { checkPlacement } from './properties.ts'

const CPU = 'sys/devices/system/cpu'
const NODE = 'sys/devices/system/node'

function read(tree: Tree): Topology {
  const topology = readLinux(filesOf(tree), 'test')!
  checkPlacement(topology)
  return topology
}

/** Groups of a column as lists, in the order of their first cpus. */
function groups({ cpus }: Topology, column: GroupColumn): string[] {
  const lists = [...groupsOf(cpus, column).values()].map((members) => members.map(({ cpu }) => cpu))
  return lists.toSorted((a, b) => a[0]! - b[0]!).map(formatCpuList)
}

function setAll(tree: Tree, cpus: readonly number[], file: string, text: (cpu: number) => string) {
  for (const cpu of cpus) tree[`${CPU}/cpu${cpu}/${file}`] = text(cpu)
}

function drop(tree: Tree, part: string): void {
  for (const name of Object.keys(tree)) if (name.includes(part)) delete tree[name]
}

/** Rows with what a test does not say left out, as files would have it. */
const tableOf = (rows: readonly CpuRow[]): readonly Cpu[] => topologyFromTable(rows).cpus

test('POWER with half its threads off: cores of eight numbers, no package, nodes of memory alone', () => {
  // Two chips of two cores; of eight threads each, the first four are on.
  const numbers = [0, 8, 16, 24].flatMap((core) => [0, 1, 2, 3].map((thread) => core + thread))
  const table = tableOf(
    numbers.map((cpu) => {
      const core = cpu - (cpu % 8)
      return { cpu, core, smt: cpu % 8, l2: core, l3: core, numa: cpu < 16 ? 0 : 8, package: 0 }
    }),
  )
  const tree = treeOf(table, { ...MODERN, files: 'masks', oldNames: true, nul: true })
  drop(tree, '/core_siblings')
  for (let cpu = 0; cpu < 32; cpu++) tree[`${CPU}/cpu${cpu}/online`] = `${cpu % 8 < 4 ? 1 : 0}\n`
  tree[`${NODE}/node252/cpumap`] = '00000000\n'
  tree[`${NODE}/node0/distance`] = '10 40 80\n'
  tree[`${NODE}/node8/distance`] = '40 10 80\n'
  tree[`${NODE}/node252/distance`] = '80 80 10\n'
  const topology = read(tree)
  assert.deepEqual(groups(topology, 'core'), ['0-3', '8-11', '16-19', '24-27'])
  assert.deepEqual(groups(topology, 'numa'), ['0-3,8-11', '16-19,24-27'])
  assert.deepEqual(groups(topology, 'package'), [])
  assert.equal(formatCpuList(topology.offline), '4-7,12-15,20-23,28-31')
  assert.deepEqual(topology.distances?.nodes, [0, 8, 252])
  assert.deepEqual(topology.notes, [])
  const { places } = placeWorkers(topology, { workers: 5, strategy: 'avoid-smt' })
  assert.deepEqual(
    places.map(({ cpu }) => cpu),
    [0, 8, 16, 24, 1],
  )
})

test('a mainframe: books and drawers around packages, and a fourth level of cache', () => {
  const table = tableOf(
    Array.from({ length: 24 }, (_, cpu) => {
      const core = cpu - (cpu % 2)
      const home = Math.floor(cpu / 6)
      return { cpu, core, smt: cpu % 2, l2: core, l3: home, package: home, numa: 0 }
    }),
  )
  const tree = treeOf(table)
  setAll(
    tree,
    table.map(({ cpu }) => cpu),
    'topology/book_cpus',
    (cpu) => formatMask(range(cpu < 12 ? 0 : 12, 12)),
  )
  setAll(
    tree,
    table.map(({ cpu }) => cpu),
    'topology/drawer_cpus',
    () => formatMask(range(0, 24)),
  )
  setAll(
    tree,
    table.map(({ cpu }) => cpu),
    'cache/index4/level',
    () => '4\n',
  )
  setAll(
    tree,
    table.map(({ cpu }) => cpu),
    'cache/index4/shared_cpu_map',
    () => 'ffffff\n',
  )
  const topology = read(tree)
  assert.deepEqual(canonical(topology.cpus), canonical(table))
  assert.deepEqual(topology.notes, [])
})

test('a laptop of three kinds: fast cores with two threads, slow ones in fours, and two that have no L3', () => {
  const table = tableOf(
    [
      ...range(0, 4).map((cpu) => ({
        cpu,
        core: cpu - (cpu % 2),
        smt: cpu % 2,
        l2: cpu - (cpu % 2),
        l3: 0,
        eff: 2,
      })),
      ...range(4, 8).map((cpu) => ({ cpu, l2: cpu - (cpu % 4), l3: 0, eff: 1 })),
      ...range(12, 2).map((cpu) => ({ cpu, l2: 12, eff: 0 })),
    ].map((row) => ({ ...row, package: 0, numa: 0 })),
  )
  const tree = treeOf(table)
  drop(tree, 'cpu_capacity')
  // Frequencies say otherwise; the counters know.
  setAll(tree, range(0, 14), 'cpufreq/cpuinfo_max_freq', (cpu) => `${5_000_000 - cpu * 10_000}\n`)
  tree['sys/devices/cpu_core/cpus'] = '0-3\n'
  tree['sys/devices/cpu_atom/cpus'] = '4-11\n'
  tree['sys/devices/cpu_lowpower/cpus'] = '12-13\n'
  // A cluster that is an L2, or a core, is nothing of its own.
  setAll(tree, range(0, 14), 'topology/cluster_cpus', (cpu) =>
    formatMask(table.filter(({ l2 }) => l2 === table[cpu]!.l2).map((other) => other.cpu)),
  )
  const topology = read(tree)
  assert.deepEqual(
    topology.cpus.map(({ eff }) => eff),
    [...Array(4).fill(2), ...Array(8).fill(1), 0, 0],
  )
  assert.deepEqual(groups(topology, 'l3'), ['0-11'])
  assert.deepEqual(groups(topology, 'cluster'), [])
  assert.deepEqual([...new Set(sharedGroups(topology.cpus).values())], [0, 12])
  assert.deepEqual(topology.notes, [])
  const { places } = placeWorkers(topology, { strategy: 'tiered-spillover', workers: 13 })
  assert.deepEqual(
    places.map(({ tier }) => tier),
    [...Array(10).fill(0), 1, 1, 2],
  )
})

test('what stands in for an L3: a cluster, an L2 of several cores, the node, the package', () => {
  const rows = range(0, 16).map((cpu) => ({ cpu, package: 0, numa: cpu >> 3, l2: cpu >> 1, l3: 0 }))
  const bare = treeOf(tableOf(rows))
  drop(bare, '/cache/index3/')
  const seen = (tree: Tree): string => [...new Set(sharedGroups(read(tree).cpus).values())].join()
  const clustered = { ...bare }
  setAll(clustered, range(0, 16), 'topology/cluster_cpus', (cpu) => formatMask(range(cpu & ~3, 4)))
  assert.equal(seen(clustered), '0,4,8,12')
  assert.equal(seen(bare), '0,2,4,6,8,10,12,14')
  drop(bare, '/cache/')
  assert.equal(seen(bare), '0,8')
  for (const name of Object.keys(bare)) if (name.startsWith(NODE)) delete bare[name]
  assert.equal(seen(bare), '0')
})

test('ids say nothing: caches, clusters, dies and cores that all have the same', () => {
  const rows = range(0, 16).map((cpu) => ({
    cpu,
    core: cpu & 7,
    smt: cpu >> 3,
    l3: (cpu & 7) >> 2,
    package: 0,
    numa: 0,
  }))
  const table = tableOf(rows)
  const tree = treeOf(table)
  for (const file of [
    'cache/index2/id',
    'topology/core_id',
    'topology/cluster_id',
    'topology/die_id',
  ]) {
    setAll(tree, range(0, 16), file, () => '0\n')
  }
  setAll(tree, range(0, 16), 'topology/die_cpus', () => 'ffff\n')
  assert.deepEqual(canonical(read(tree).cpus), canonical(table))
  // Without them it is the same.
  drop(tree, '/id')
  drop(tree, '_id')
  assert.deepEqual(canonical(read(tree).cpus), canonical(table))
})

test('cpus that do not belong to their own group have none there, and a note says so', () => {
  const tree = treeOf(tableOf(range(0, 4).map((cpu) => ({ cpu, l3: 0, package: 0, numa: 0 }))))
  for (const cpu of [2, 3]) tree[`${CPU}/cpu${cpu}/cache/index2/shared_cpu_map`] = '3\n'
  const topology = read(tree)
  assert.deepEqual(
    topology.cpus.map(({ l3 }) => l3),
    [0, 0, null, null],
  )
  assert.ok(
    topology.notes.includes('cpus 2-3 are not in what they say is their L3: it counts for nothing'),
    topology.notes.join('\n'),
  )
})

test('groups that cross one another are told of, in trees and in tables', () => {
  const rows = range(0, 4).map((cpu) => ({ cpu, l2: cpu & 1, l3: cpu >> 1, package: 0, numa: 0 }))
  const expected = ['cpus 0 and 2 share l2 0, but no l3', 'cpus 1 and 3 share l2 1, but no l3']
  assert.deepEqual(topologyFromTable(rows).notes, expected)
  assert.deepEqual(read(treeOf(tableOf(rows))).notes, expected)
  const kinds = [
    { cpu: 0, core: 0, smt: 0, eff: 0 },
    { cpu: 1, core: 0, smt: 1, eff: 1 },
  ]
  assert.throws(() => topologyFromTable(kinds), /cpus 0 and 1 share core 0, and are of two kinds/)
})

test('2,048 cpus, one of them allowed, and all of them', () => {
  const table = tableOf(
    range(0, 2048).map((cpu) => {
      const core = cpu % 1024
      return {
        cpu,
        core,
        smt: cpu >> 10,
        l2: core,
        l3: core >> 3,
        numa: core >> 8,
        package: core >> 9,
      }
    }),
  )
  const tree = treeOf(table, { ...MODERN, files: 'masks' })
  const one = readLinux(
    filesOf({ ...tree, 'proc/self/status': 'Cpus_allowed_list:\t2047\n' }),
    'test',
  )!
  assert.deepEqual(
    canonical(one.cpus),
    canonical(table).map((row) => ({ ...row, allowed: row.cpu === 2047 })),
  )
  assert.deepEqual(
    placeWorkers(one, { strategy: 'compact' }).places.map(({ cpus }) => cpus),
    [[2047]],
  )
  const all = readLinux(filesOf(tree), 'test')!
  assert.deepEqual(all.notes, [])
  for (const strategy of ['none', 'linear', 'avoid-smt', 'tiered-spillover', 'spread'] as const) {
    // There are no more workers than a system can have.
    assert.equal(placeWorkers(all, { strategy }).places.length, 1024, strategy)
  }
  const placement = placeWorkers(all, { strategy: 'tiered-spillover', workers: 200 })
  for (const order of stealOrders(all, placement)) assert.equal(new Set(order).size, 199)
})

test('a mask from a container that names cpus which came later, and which are gone', () => {
  const tree = treeOf(tableOf(range(0, 8).map((cpu) => ({ cpu, l3: 0, package: 0, numa: 0 }))))
  tree['proc/thread-self/status'] = 'Cpus_allowed_list:\t6-700\n'
  assert.equal(formatCpuList(allowedCpus(read(tree)).map(({ cpu }) => cpu)), '6-7')
})

function range(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, at) => first + at)
}
