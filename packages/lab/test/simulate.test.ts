import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { seed } from '../src/analyze/seed.ts'
import { loadEngine, loadSeries } from '../src/simulate/engine.ts'
import { findMachine, machineNames } from '../src/simulate/machines.ts'
import { fitted, seedRanges } from '../src/simulate/parameters.ts'
import { reproduce, type Reproduction } from '../src/simulate/reproduce.ts'
import { seatsOf } from '../src/simulate/seats.ts'
import { leastOfBest, simulateSpill } from '../src/simulate/spill.ts'

const cli = fileURLToPath(new URL('../src/cli.js', import.meta.url))
const directory = mkdtempSync(path.join(os.tmpdir(), 'spillway-simulate-'))
after(() => rmSync(directory, { recursive: true }))

function simulate(...words: string[]): { code: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, 'simulate', ...words], {
    cwd: directory,
    encoding: 'utf8',
  })
  return { code: status, out: stdout, err: stderr }
}

function table(name: string, content: unknown): string {
  const file = path.join(directory, name)
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content))
  return file
}

let found: Reproduction

before(async () => {
  found = await reproduce(await loadEngine(), 1, () => {})
})

test("the seed's bands are met by one set of parameters, inside the seed's own ranges", () => {
  const { localRmwCycles, transferCyclesSameCcd, transferCyclesCrossCcd, burst } = fitted
  const [least, most] = seedRanges.transferCycles
  assert.ok(localRmwCycles >= seedRanges.localRmwCycles[0])
  assert.ok(localRmwCycles <= seedRanges.localRmwCycles[1])
  assert.ok(least <= transferCyclesSameCcd && transferCyclesSameCcd <= transferCyclesCrossCcd)
  assert.ok(transferCyclesCrossCcd <= most && burst >= 1)
  const ids = new Set(found.checks.map(({ id }) => id))
  for (const id of ['S04', 'S05', 'S06', 'S07', 'S08', 'S12', 'S23']) assert.ok(ids.has(id), id)
  for (const { id, says, value, low, high, ok } of found.checks) {
    assert.equal(ok, value >= low && value <= high)
    assert.ok(ok, `${id} ${says}: ${value} is outside ${low} to ${high}`)
  }
})

test('one core takes what the seed says, to a percent', () => {
  const [one] = found.cores
  assert.ok(Math.abs(one.ms / seed.times[0].low - 1) < 0.01, `${one.ms} ms`)
})

test('the bands can be missed: other costs inside the same ranges do', () => {
  const eight = found.sensitivity.map((row) => row.eight)
  assert.ok(eight[0] < 12.4 && eight.some((time) => time > 12.4))
  const rates = found.sensitivity.map((row) => row.tieredRate)
  assert.ok(rates.some((rate) => rate > 75) && rates.some((rate) => rate < 50))
  // Dearer transfers with longer bursts keep the times of 8 cores, and have too few transfers for S23.
  const longer = found.sensitivity.filter(({ burst }) => burst > fitted.burst)
  assert.equal(longer.length, 3)
  for (const { eight: time, transfersPerItem } of longer) {
    assert.ok(Math.abs(time / eight[0] - 1) < 0.1, `${time} ms`)
    assert.ok(transfersPerItem < 0.5, `${transfersPerItem}`)
  }
})

test('tiers that spill over cost an uncontended loop less than a twentieth', async () => {
  const simulateSeries = await loadSeries()
  for (const name of ['desktop-16', 'desktop-8']) {
    const rows = await simulateSpill(simulateSeries, name, 1)
    const tiered = rows.find(({ strategy }) => strategy === 'tiered-spillover')!
    assert.ok(tiered.ofBest >= leastOfBest, `${name}: ${tiered.ofBest} of the best`)
    assert.equal(Math.max(...rows.map(({ ofBest }) => ofBest)), 1)
    // The gates were shut at first, and are open now.
    assert.equal(tiered.activeBefore, 7)
    assert.equal(tiered.activeAfter, tiered.threads - 1)
  }
})

test('without strategy the system spreads threads over idle cores, differently for another seed', () => {
  const { topology } = findMachine('desktop-16')
  const cores = (count: number, start: number): number[] =>
    seatsOf(topology, 'none', count, start).map(({ core }) => core)
  assert.equal(new Set(cores(16, 1)).size, 16)
  assert.equal(new Set(seatsOf(topology, 'none', 32, 1).map(({ cpu }) => cpu)).size, 32)
  assert.notDeepEqual(cores(16, 1), cores(16, 2))
  assert.deepEqual(cores(16, 1), cores(16, 1))
})

test('every machine by name has cpus, groups, and costs in order', () => {
  for (const name of machineNames) {
    const { topology, costs } = findMachine(name)
    assert.ok(topology.cpus.length > 0, name)
    assert.ok(costs.transferCyclesSameCcd <= costs.transferCyclesCrossCcd, name)
  }
  const { topology } = findMachine('epyc-7763')
  assert.equal(new Set(topology.cpus.map(({ l3 }) => l3)).size, 8)
  assert.equal(new Set(topology.cpus.map(({ core }) => core)).size, 64)
  assert.equal(topology.cpus.length, 128)
})

test('simulate --json: a row per kernel and count, marked as simulated, nothing else', () => {
  const words = ['--kernel', 'shared,none', '--workers', '1,4', '--items', '20000', '--json']
  const { code, out, err } = simulate(...words, '--strategy', 'avoid-smt')
  assert.deepEqual([code, err], [0, ''])
  const rows: Record<string, unknown>[] = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  assert.deepEqual(
    rows.map(({ source, kernel, workers, strategy }) => [source, kernel, workers, strategy]),
    [
      ['simulated', 'shared', 1, 'avoid-smt'],
      ['simulated', 'shared', 4, 'avoid-smt'],
      ['simulated', 'none', 1, 'avoid-smt'],
      ['simulated', 'none', 4, 'avoid-smt'],
    ],
  )
  assert.equal(rows[0]['transfers'], 0)
  assert.ok(Number(rows[1]['transfers']) > 5000)
  assert.equal(simulate(...words, '--strategy', 'avoid-smt').out, out)
})

test('simulate: a table of cpus, and progress on stderr', () => {
  const cpus = [0, 1, 2, 3].map((cpu) => ({ cpu, core: cpu, l3: cpu >> 1 }))
  const file = table('four.json', { cpus, costs: { transferCyclesCrossCcd: 250, burst: 2 } })
  const { code, out, err } = simulate('--machine', file, '--workers', '4', '--items', '20000')
  assert.equal(code, 0)
  assert.match(out, /^Simulated, not measured: table .*four\.json/)
  assert.match(err, /shared, 4/)
})

test('simulate: bad usage is code 2, a message on stderr, and nothing on stdout', () => {
  const twice = table('twice.json', [{ cpu: 0 }, { cpu: 0 }])
  const cpus = [
    { cpu: 0, core: 0, l3: 0, smt: 0 },
    { cpu: 1, core: 0, l3: 1, smt: 1 },
  ]
  const split = table('split.json', cpus)
  const dear = table('dear.json', { cpus: [{ cpu: 0 }], costs: { transferCyclesCrossCcd: 50 } })
  const odd = table('odd.json', { cpus: [{ cpu: 0 }], costs: { speed: 5 } })
  const none = table('none.json', { cpus: [{ cpu: 0 }], costs: { burst: 0 } })
  for (const [words, message] of [
    [['--machine', 'nowhere'], /--machine must be one of desktop-16, .*there is no nowhere/],
    [['--machine', table('text.json', 'cpus')], /is no JSON table of cpus/],
    [['--machine', table('number.json', 5)], /must be an array of cpus/],
    [['--machine', table('empty.json', [])], /rows must be 1 to/],
    [['--machine', twice], /rows name cpu 0 twice/],
    [['--machine', split], /rows contradict themselves: cpus 0 and 1 share core 0, but no l3/],
    [['--machine', dear], /costs contradict themselves: a transfer across CCDs/],
    [['--machine', odd], /unknown cost speed; known: /],
    [['--machine', none], /costs\.burst must be a number above 0/],
    [['--machine', directory], /root must be a folder with/],
    [['--kernel', 'fast'], /It must be shared, adjacent/],
    [['--workers', '0'], /It must be a list of integers from 1 to 1024/],
    [['--workers', '1,x'], /It must be a list of integers/],
    [['--workers', '1025'], /It must be a list of integers/],
    [['--workers', '1,33'], /workers must be at most the 32 cpus of the machine; got 33/],
    [['--strategy', 'fast'], /strategy must be one of none, linear/],
    [['--strategy', '0,1', '--workers', '3'], /must have a place for each of 3 workers/],
    [['--items', '0'], /It must be an integer from 1/],
    [['more'], /too many arguments/],
  ] as const) {
    const { code, out, err } = simulate(...words)
    assert.deepEqual([code, out], [2, ''], `${words.join(' ')}: ${err}`)
    assert.match(err, message)
  }
})
