/** Presets: plain options that start for real, on whatever machine this is. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { after, test } from 'node:test'
import { JobSystem, presets } from 'spillway'
import type { PresetName, StartOptions } from 'spillway'
import { groupsOf, allowedCpus, placeWorkers, usableCores } from 'spillway/topology'
import type { Strategy } from 'spillway/topology'
import { basic } from '../support/jobs.kernels.ts'
import { lives } from '../support/lifecycle.kernels.ts'

const systems: JobSystem[] = []
after(() => Promise.all(systems.map((jobs) => jobs.close())))

async function start(options: StartOptions): Promise<JobSystem> {
  const jobs = await JobSystem.start(options)
  systems.push(jobs)
  return jobs
}

const STRATEGY: Readonly<Record<PresetName, Strategy>> = {
  gaming: 'avoid-smt',
  throughput: 'none',
  dataProcessing: 'tiered-spillover',
  lowLatency: 'ccd-isolation',
  strictTopology: 'linear',
}
const NAMES = Object.keys(STRATEGY) as PresetName[]
/** Where threads cannot be bound, only the strict preset minds. */
const bindsHere = existsSync('/proc/thread-self/status')

async function doubles(jobs: JobSystem): Promise<void> {
  const x = jobs.float64(10_000)
  await jobs.parallelFor(x.length, (i, { x: out }) => void (out[i] = 2 * i), { x })
  assert.ok(x.every((value, i) => value === 2 * i))
  const cell = jobs.int32(1)
  await jobs.run(basic.store42, { x: cell })
  assert.equal(cell[0], 42)
}

for (const name of NAMES) {
  const skip = name === 'strictTopology' && !bindsHere && 'no thread can be bound here'
  test(
    `preset ${name} starts as it is, runs loops and jobs, and says what it does`,
    { skip },
    async () => {
      const jobs = await start(presets[name])
      await doubles(jobs)
      const { topology, placement, pinning } = jobs.describe()
      assert.equal(placement.strategy, STRATEGY[name])
      const expected =
        name === 'throughput'
          ? usableCores(allowedCpus(topology).length, topology.quota)
          : placeWorkers(topology, { strategy: STRATEGY[name] }).places.length
      assert.equal(jobs.workers, expected)
      if (bindsHere && name !== 'throughput') {
        assert.equal(pinning.summary, `pinned ${expected} of ${expected}`)
        const level = {
          gaming: 'core',
          dataProcessing: 'l3',
          lowLatency: 'l3',
          strictTopology: 'cpu',
        }
        assert.equal(placement.pin, level[name])
      }
    },
  )
}

test('preset gaming has a worker for each core, and none for a second thread', async () => {
  const jobs = await start(presets.gaming)
  const { topology } = jobs.describe()
  const cores = groupsOf(allowedCpus(topology), 'core').size
  assert.equal(jobs.workers, usableCores(cores, topology.quota))
})

test('preset throughput lets more fibers of a thread wait at a time', async () => {
  for (const [options, expected] of [
    [presets.throughput, 'all waited'],
    [{}, 'refused'],
  ] as const) {
    const jobs = await start({ ...options, workers: 1 })
    const args = { counter: jobs.counter(1), n: 2000 }
    assert.equal(await jobs.run(lives.manyWaiting, args), expected)
  }
})

// Upstream'''s is host-dependent: the number of workers here is what is asked for.
test('T11: presets with a number of workers; gaming runs a job', async () => {
  for (const [name, workers] of [
    ['gaming', 4],
    ['dataProcessing', 4],
    ['lowLatency', 2],
  ] as const) {
    const jobs = await start({ ...presets[name], workers })
    assert.equal(jobs.workers, workers)
    assert.equal(jobs.describe().placement.strategy, STRATEGY[name])
    const x = jobs.int32(1)
    if (name === 'gaming') await jobs.run(basic.store42, { x })
    assert.equal(x[0], name === 'gaming' ? 42 : 0)
  }
})

test('presets are plain data that nobody changes by accident', () => {
  assert.deepEqual(Object.keys(presets), NAMES)
  const shared = presets as Record<string, unknown>
  assert.throws(() => (shared['gaming'] = {}), TypeError)
  for (const preset of Object.values(presets)) {
    assert.deepEqual(structuredClone(preset), preset)
    assert.throws(() => Object.assign(preset, { workers: 1 }), TypeError)
    for (const part of Object.values(preset)) {
      if (typeof part === 'object') assert.ok(Object.isFrozen(part))
    }
  }
})
