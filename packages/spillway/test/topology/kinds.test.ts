/** Performance and efficiency cores. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readTopology } from '../../src/topology.ts'
import { kindsOfValues } from '../../src/topology/kinds.ts'
import { DESKTOP, tableOf, treeOf, withTree } from './machines.ts'
import type { Tree } from './machines.ts'

const CPU = 'sys/devices/system/cpu'
const FOUR = tableOf({ ...DESKTOP, groups: 1, cores: 4, threads: 1 })

function kinds(source: string, values: readonly (number | string | null)[], more: Tree = {}) {
  const tree = { ...treeOf(FOUR), ...more }
  values.forEach((value, cpu) => {
    if (value !== null) tree[`${CPU}/cpu${cpu}/${source}`] = `${value}\n`
  })
  return withTree(tree, (root) => readTopology({ root }).cpus.map(({ eff }) => eff))
}

const NONE = [null, null, null, null]

test('a kind begins where a value exceeds the one before by more than 10 %', () => {
  assert.deepEqual(kindsOfValues([39, 64, 67, 39]), [0, 1, 1, 0])
  assert.deepEqual(kindsOfValues([718, 997, 731, 1017, 1024]), [0, 1, 0, 1, 1])
  assert.deepEqual(kindsOfValues([250, 500, 1024]), [0, 1, 2])
  // Favoured cores of one kind: each step is small, the whole is not.
  assert.equal(kindsOfValues([166, 171, 176, 181, 186, 196, 206, 226, 231]), null)
  assert.equal(kindsOfValues([110, 100]), null)
  assert.deepEqual(kindsOfValues([111, 100]), [1, 0])
})

test('the first source that all cpus have decides', () => {
  assert.deepEqual(kinds('cpu_capacity', [1024, 400, 400, 1024]), [1, 0, 0, 1])
  assert.deepEqual(kinds('acpi_cppc/highest_perf', [39, 39, 64, 67]), [0, 0, 1, 1])
  assert.deepEqual(
    kinds('cpufreq/cpuinfo_max_freq', [3_900_000, 3_900_000, 5_200_000, 5_000_000]),
    [0, 0, 1, 1],
  )
  const capacity: Tree = {}
  for (const [cpu, value] of [100, 100, 200, 200].entries())
    capacity[`${CPU}/cpu${cpu}/cpu_capacity`] = `${value}\n`
  assert.deepEqual(kinds('acpi_cppc/highest_perf', [80, 40, 80, 40], capacity), [1, 0, 1, 0])
  assert.deepEqual(kinds('acpi_cppc/highest_perf', [80, 40, null, 40], capacity), [0, 0, 1, 1])
  assert.deepEqual(
    kinds('acpi_cppc/highest_perf', [80, 40, 'nonsense', 40], capacity),
    [0, 0, 1, 1],
  )
  assert.deepEqual(kinds('acpi_cppc/highest_perf', [80, 40, 0, 40], capacity), [0, 0, 1, 1])
})

test("Intel's counters know kinds by name, and count for more than frequencies", () => {
  const counters: Tree = {
    'sys/devices/cpu_core/cpus': '0-1\n',
    'sys/devices/cpu_atom/cpus': '2-3\n',
  }
  assert.deepEqual(kinds('x', NONE, counters), [1, 1, 0, 0])
  assert.deepEqual(
    kinds('cpufreq/cpuinfo_max_freq', [5_000_000, 4_200_000, 3_000_000, 3_000_000], counters),
    [1, 1, 0, 0],
  )
  assert.deepEqual(kinds('cpu_capacity', [1024, 1024, 1024, 1024], counters), [1, 1, 0, 0])
  assert.deepEqual(kinds('x', NONE, { 'sys/devices/cpu_core/cpus': '0-3\n' }), NONE)
  assert.deepEqual(kinds('x', NONE, { ...counters, 'sys/devices/cpu_atom/cpus': '2\n' }), NONE)
})

test('cores with SMT beside cores without are of two kinds, while no cpu is offline', () => {
  const mixed = tableOf({ ...DESKTOP, groups: 1, cores: 3, threads: 2, numbers: 'near' })
  const tree = treeOf(mixed)
  for (const cpu of [4, 5]) {
    tree[`${CPU}/cpu${cpu}/topology/core_cpus`] = cpu === 4 ? '10\n' : '20\n'
    tree[`${CPU}/cpu${cpu}/topology/core_cpus_list`] = `${cpu}\n`
  }
  const eff = (of: Tree) =>
    withTree(of, (root) => readTopology({ root }).cpus.map((cpu) => cpu.eff))
  assert.deepEqual(eff(tree), [1, 1, 1, 1, 0, 0])
  assert.deepEqual(eff({ ...tree, [`${CPU}/online`]: '0-4\n' }), [null, null, null, null, null])
  assert.deepEqual(eff(treeOf(mixed)), Array(6).fill(null))
})
