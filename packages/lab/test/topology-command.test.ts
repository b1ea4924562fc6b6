import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import pico from 'picocolors'
import { placeWorkers, topologyFromTable } from 'spillway/topology'
import type { PlaceOptions } from 'spillway/topology'
import { drawMachine } from '../src/topology/draw.ts'
import { placementTable } from '../src/topology/placement-table.ts'

const cli = fileURLToPath(new URL('../src/cli.js', import.meta.url))
const root = mkdtempSync(path.join(os.tmpdir(), 'spillway-topology-'))
after(() => rmSync(root, { recursive: true }))

/** Two L3 groups of two cores with two threads each, of which one group may be used. */
function writeMachine(): void {
  const write = (name: string, text: string): void => {
    const file = path.join(root, 'sys/devices/system/cpu', name)
    mkdirSync(path.dirname(file), { recursive: true })
    writeFileSync(file, `${text}\n`)
  }
  write('online', '0-7')
  for (let cpu = 0; cpu < 8; cpu++) {
    write(`cpu${cpu}/topology/core_cpus_list`, `${cpu % 4},${(cpu % 4) + 4}`)
    write(`cpu${cpu}/topology/package_cpus_list`, '0-7')
    write(`cpu${cpu}/cache/index3/level`, '3')
    write(`cpu${cpu}/cache/index3/type`, 'Unified')
    write(`cpu${cpu}/cache/index3/shared_cpu_list`, cpu % 4 < 2 ? '0-1,4-5' : '2-3,6-7')
  }
  mkdirSync(path.join(root, 'proc/self'), { recursive: true })
  writeFileSync(path.join(root, 'proc/self/status'), 'Cpus_allowed_list:\t0-6\n')
}
writeMachine()

function topology(...words: string[]): { code: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, 'topology', ...words], {
    encoding: 'utf8',
  })
  return { code: status, out: stdout, err: stderr }
}

test('topology --json: every online cpu with its groups, and a place for each worker', () => {
  const { code, out, err } = topology('--sysfs', root, '--strategy', 'tiered-spillover', '--json')
  assert.deepEqual([code, err], [0, ''])
  const { cpus, placement, strategy, quota, offline, notes } = JSON.parse(out)
  const columns = [
    'cpu',
    'package',
    'numa',
    'die',
    'l3',
    'l2',
    'cluster',
    'core',
    'smt',
    'eff',
    'allowed',
  ]
  for (const cpu of cpus) assert.deepEqual(new Set(Object.keys(cpu)), new Set(columns))
  assert.deepEqual(
    cpus.map((cpu: Record<string, unknown>) => [
      cpu['cpu'],
      cpu['l3'],
      cpu['core'],
      cpu['smt'],
      cpu['allowed'],
    ]),
    [
      [0, 0, 0, 0, true],
      [1, 0, 1, 0, true],
      [2, 2, 2, 0, true],
      [3, 2, 3, 0, true],
      [4, 0, 0, 1, true],
      [5, 0, 1, 1, true],
      [6, 2, 2, 1, true],
      [7, 2, 3, 1, false],
    ],
  )
  assert.deepEqual(strategy, {
    name: 'tiered-spillover',
    order: 'tiers',
    filter: 'all',
    pin: 'cpu',
  })
  assert.deepEqual([quota, offline, notes], [null, [], []])
  assert.deepEqual(
    placement.map((place: Record<string, unknown>) => [
      place['cpus'],
      place['tier'],
      place['group'],
      place['rank'],
    ]),
    [
      [[0], 0, 0, 0],
      [[1], 0, 0, 1],
      [[2], 1, 2, 2],
      [[3], 1, 2, 3],
      [[4], 2, 0, 4],
      [[5], 2, 0, 5],
      [[6], 3, 2, 6],
    ],
  )
  assert.deepEqual(placement[0].steal.slice(0, 3), [4, 1, 5])
  assert.equal(placement[0].wake.length, 6)
})

test('topology draws a recorded machine, and this one', () => {
  const { code, out, err } = topology('--sysfs', root, '--strategy', 'spread', '--workers', '2')
  assert.deepEqual([code, err], [0, ''])
  assert.match(
    out,
    /^1 package, 1 NUMA node, 2 L3 groups, 4 cores, 8 cpus \(7 allowed\); recorded Linux tree\n/,
  )
  assert.match(out, /│ \[0›0 4\] +\[1 5\] +│/)
  assert.match(out, /│ \[2›1 6\] +\[3 \(7\)\] +│/)
  assert.match(
    out,
    /worker  bound to  tier  group  steals from\n0       core 0,4  0     0      1\n/,
  )
  const here = topology()
  assert.deepEqual([here.code, here.err], [0, ''])
  assert.match(here.out, /cpus?;|cpu;/)
})

test('topology: bad usage is code 2, a message on stderr, and nothing on stdout', () => {
  for (const [words, message] of [
    [
      ['--sysfs', path.join(root, 'nowhere')],
      /^error: root must be a folder with the sys\/devices\/system\/cpu/,
    ],
    [['--sysfs', path.join(root, 'proc')], /^error: root must be a folder with/],
    [['--strategy', 'fast'], /^error: .*strategy must be one of none, linear/],
    [['--strategy', '0-'], /^error: .*strategy must be a list of cpus like 0,2,4-7/],
    [
      ['--sysfs', root, '--strategy', '7'],
      /^error: the list of cpus must name cpus that are allowed \(0-6\); got 7/,
    ],
    [
      ['--sysfs', root, '--strategy', '0,1', '--workers', '3'],
      /^error: the list of cpus must have a place for each of 3/,
    ],
    [['--workers', '-1'], /^error: .*It must be an integer from 0 to 1024/],
    [['--workers', '1025'], /^error: .*It must be an integer from 0 to 1024/],
    [['--workers', '1e3'], /^error: .*It must be an integer from 0 to 1024/],
    [['--fast'], /^error: unknown option/],
    [['more'], /^error: too many arguments/],
  ] as const) {
    const { code, out, err } = topology(...words)
    assert.deepEqual([code, out], [2, ''], words.join(' '))
    assert.match(err, message)
  }
})

const plain = pico.createColors(false)
const draw = (
  rows: Parameters<typeof topologyFromTable>[0],
  options: PlaceOptions = {},
): string[] => {
  const machine = topologyFromTable(rows)
  return drawMachine(machine, placeWorkers(machine, options), plain)
}

test('boxes: one around what is the same, kinds in the cells, lines of one width', () => {
  const rows = Array.from({ length: 8 }, (_, cpu) => ({
    cpu,
    package: 0,
    numa: cpu >> 2,
    l3: cpu >> 2,
    eff: cpu < 4 ? 1 : 0,
  }))
  assert.deepEqual(draw(rows, { strategy: 'linear', workers: 5 }), [
    '1 package, 2 NUMA nodes, 2 L3 groups, 8 cores, 8 cpus, 2 kinds; a table',
    '',
    '┌ package: cpus 0-7 ──────────────────┐',
    '│ ┌ NUMA node 0, L3: cpus 0-3 ──────┐ │',
    '│ │ [P 0›0] [P 1›1] [P 2›2] [P 3›3] │ │',
    '│ └─────────────────────────────────┘ │',
    '│ ┌ NUMA node 1, L3: cpus 4-7 ──────┐ │',
    '│ │ [E 4›4] [E 5]   [E 6]   [E 7]   │ │',
    '│ └─────────────────────────────────┘ │',
    '└─────────────────────────────────────┘',
    'a cell is a core, its numbers are cpus; P performance, E efficiency; ›n worker n',
  ])
})

test('a machine of which nothing is known is cells, and long tables end', () => {
  const cpus = Array.from({ length: 200 }, (_, cpu) => ({ cpu }))
  const lines = draw(cpus)
  assert.ok(lines.every((line) => line.length <= 100))
  assert.equal(lines.join(' ').match(/\[\d+\]/g)!.length, 200)
  const machine = topologyFromTable(cpus)
  const table = placementTable(machine, placeWorkers(machine, { strategy: 'linear' }), plain)
  assert.equal(table.length, 67)
  assert.equal(table.at(-1), 'and 136 more')
  assert.match(table[2]!, /^0 +cpu 0 +0 +0 +1 2 3 4 5 6 7 8 …$/)
})
