/**
 * Upstream's own cases for placement, presets and topology, one by one, with our words.
 *
 * | case | here |
 * | ---- | ---- |
 * | T11 | with the other presets: `presets.test.ts` |
 * | T45 | without its pauses; it asserts no activation, this does |
 * | T46 | its counts after 50 and 250 ms are counts while jobs are held, and once they have ended |
 * | T47 | its nodes are guessed; ours are read, and a cpu may be in none |
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { JobSystem } from 'spillway'
import type { StartOptions } from 'spillway'
import { groupsOf, readTopology } from 'spillway/topology'
import { until } from '../support/gate.ts'
import { atRest } from '../support/job-state.ts'
import { soon } from '../support/job-systems.ts'
import { basic } from '../support/jobs.kernels.ts'

async function running(
  options: StartOptions,
  body: (jobs: JobSystem) => Promise<void>,
): Promise<void> {
  const jobs = await JobSystem.start(options)
  try {
    await body(jobs)
  } finally {
    await jobs.close()
  }
}

/** Starts jobs that wait for a word, and returns what opens it and resolves when they have ended. */
function held(jobs: JobSystem, count: number): { came(): number; end(): Promise<void> } {
  const x = jobs.int32(2)
  const handles = Array.from({ length: count }, () => jobs.run(basic.hold, { x, came: 0, open: 1 }))
  return {
    came: () => Atomics.load(x, 0),
    async end() {
      Atomics.store(x, 1, 1)
      Atomics.notify(x, 1)
      await soon(Promise.all(handles), 'the jobs')
      jobs.free(x)
    },
  }
}

for (const [pinning, workers] of [
  ['none', 4],
  ['linear', 2],
  ['avoid-smt', 2],
] as const) {
  test(`T24: ${pinning} with ${workers} workers starts, runs a job and ends`, () =>
    running({ workers, pinning }, async (jobs) => {
      assert.equal(jobs.workers, workers)
      const x = jobs.int32(1)
      await soon(jobs.run(basic.store42, { x }), 'the job')
      assert.equal(x[0], 42)
    }))
}

test('T25: ten workers isolated in one group, however few cpus it has, run all of 100 jobs', () =>
  running({ workers: 10, pinning: 'ccd-isolation' }, async (jobs) => {
    const { places } = jobs.describe().placement
    assert.equal(new Set(places.map(({ group }) => group)).size, 1)
    const x = jobs.int32(1)
    const all = Array.from({ length: 100 }, () => jobs.run(basic.adds, { x, times: 1 }))
    await soon(Promise.all(all), 'the jobs')
    assert.equal(x[0], 100)
  }))

test('T45: tiers of 32 workers: four jobs that wait, then twenty at a time, then rest', () =>
  running(
    { workers: 32, pinning: { strategy: 'tiered-spillover', spill: { window: 5, dwell: 5 } } },
    async (jobs) => {
      const first = jobs.metrics().spill.active
      for (const count of [4, 20]) {
        // Each keeps a worker: all run at once only if so many may take work.
        const all = held(jobs, count)
        await until(() => all.came() === count, `${count} jobs at once`)
        assert.ok(jobs.metrics().spill.active >= count)
        await all.end()
        const isBack = (): boolean => jobs.metrics().spill.active === first
        await until(isBack, 'the first tier alone')
      }
    },
  ))

test('T46: linear, four workers: no more than four of eight jobs at a time, none in the end', () =>
  running({ workers: 4, pinning: 'linear' }, async (jobs) => {
    const all = held(jobs, 8)
    await until(() => all.came() === 4, 'four jobs at once')
    assert.equal(all.came(), 4)
    await all.end()
    await atRest(jobs)
  }))

test('T47: nodes and cores of this machine are partitions, and the threads of a core are in one node', () => {
  const topology = readTopology()
  const nodes = [...groupsOf(topology.cpus, 'numa').values()]
  assert.ok(nodes.length >= 1)
  const seen = nodes.flat().map(({ cpu }) => cpu)
  assert.equal(new Set(seen).size, seen.length)
  for (const threads of groupsOf(topology.cpus, 'core').values()) {
    assert.ok(threads.length >= 1)
    assert.equal(new Set(threads.map(({ numa }) => numa)).size, 1)
  }
})
