/** Real machines that were recorded. They are third-party data beside the repository, and these tests are skipped without them. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { allowedCpus, formatCpuList, topologyFromTable } from '../../src/topology.ts'
import type { Cpu } from '../../src/topology.ts'
import { readLinux } from '../../src/topology/linux.ts'
import { repository } from '../package/project.ts'
import { filesOf } from './machines.ts'
import { checkPlacement } from './properties.ts'
import { readArchive } from './tar.ts'

interface Truth {
  readonly name: string
  readonly kind: 'sysfs' | 'xml'
  readonly file: string
  readonly root: string
  readonly allowed: string
  readonly offline: string
  readonly cpus: readonly Cpu[]
  /** Columns where either reading is right. */
  readonly ambiguous?: Readonly<Record<string, string>>
}

const folder = join(repository, '..', 'shared', 'fixtures', 'topology')
const truths = existsSync(folder)
  ? readdirSync(folder)
      .filter((name) => name.endsWith('.truth.json'))
      .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as Truth)
  : []
if (truths.length === 0)
  test('recorded machines', { skip: 'there are none beside the repository' }, () => {})

/** Columns where the truth knows a cpu's group and the table has another, or none. Names of groups do not matter. */
function differing(truth: readonly Cpu[], table: readonly Cpu[]): string[] {
  const columns = ['package', 'numa', 'die', 'l3', 'l2', 'cluster', 'core'] as const
  const wrong: string[] = columns.filter((column) => {
    const [there, back] = [new Map<number, number | null>(), new Map<number | null, number>()]
    return truth.some((row, at) => {
      const [name, got] = [row[column], table[at]![column]]
      if (name === null) return (column === 'die' || column === 'cluster') && got !== null
      if (!there.has(name)) there.set(name, got)
      if (!back.has(got)) back.set(got, name)
      return got === null || there.get(name) !== got || back.get(got) !== name
    })
  })
  if (truth.some((row, at) => row.smt !== table[at]!.smt)) wrong.push('smt')
  if (truth.some((row, at) => row.eff !== null && row.eff !== table[at]!.eff)) wrong.push('eff')
  return wrong
}

for (const truth of truths) {
  if (truth.kind === 'sysfs') {
    test(`${truth.name} is read as independent tools read it`, () => {
      const tree = readArchive(join(folder, truth.file), truth.root)
      const topology = readLinux(filesOf(tree), truth.name)!
      assert.deepEqual(
        topology.cpus.map(({ cpu }) => cpu),
        truth.cpus.map(({ cpu }) => cpu),
      )
      const either = truth.ambiguous?.['core'] === undefined ? [] : ['core', 'smt']
      const wrong = differing(truth.cpus, topology.cpus)
      assert.deepEqual(
        wrong.filter((column) => !either.includes(column)),
        [],
      )
      assert.equal(formatCpuList(allowedCpus(topology).map(({ cpu }) => cpu)), truth.allowed)
      assert.equal(formatCpuList(topology.offline), truth.offline)
    })
  }
  test(`what holds everywhere holds on ${truth.name}`, () => {
    checkPlacement(topologyFromTable(truth.cpus, { allowed: truth.allowed }))
  })
}
