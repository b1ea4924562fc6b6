/**
 * What a job costs in writes that other threads could meet: a job that nobody stole writes words of its own thread alone. The two
 * threads that take part here live in one real thread; every atomic access goes through `Atomics`, which is watched.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { JobSystem } from 'spillway'
import type { JobContext } from 'spillway/kernel'
import { jobAt, jobId, threadAt } from '../../src/layout/jobs.ts'
import type { JobArea } from '../../src/layout/jobs.ts'
import { workerAt } from '../../src/layout/layout.ts'
import { atomicWrites } from '../support/core-loop.ts'
import { areaOf, heapWords } from '../support/job-state.ts'
import { budget } from '../support/budget.kernels.ts'

/** Whose words an index belongs to: the starter's own, another thread's, or everybody's. */
function ownerOf(index: number, area: JobArea): string {
  const starter = area.workers
  for (let thread = 0; thread < area.threads; thread++) {
    const whose = thread === starter ? 'own' : `thread ${thread}'s`
    const record = threadAt(area, thread)
    if (index >= record && index < record + area.threadStride) return `${whose} record`
    const first = jobAt(area, jobId(area, thread, 0))
    const last = jobAt(area, jobId(area, thread, area.capacity))
    if (index >= first && index < last) return `${whose} jobs`
    const worker = workerAt(thread, area.workers)
    if (index >= worker && index < workerAt(thread + 1, area.workers)) return `${whose} worker`
  }
  return index < workerAt(0, area.workers) ? `header word ${index}` : `word ${index}`
}

/** Writes by owner while the starter runs \`n\` children itself: its workers are held by the test. */
async function writesOf(jobs: JobSystem, run: () => void): Promise<Map<string, number>> {
  const words = heapWords(jobs)
  const area = areaOf(words)!
  const found = new Map<string, number>()
  for (const { index } of atomicWrites(run)) {
    const owner = ownerOf(index, area)
    found.set(owner, (found.get(owner) ?? 0) + 1)
  }
  return found
}

const N = 2000

for (const kernel of ['spawnPlain', 'spawnFibers', 'joins'] as const) {
  test(`a job that nobody stole touches no word that all threads write: ${kernel}`, async () => {
    const jobs = await JobSystem.start({ workers: 2 })
    const gate = jobs.int32(4)
    // The first runs teach the costs.
    for (let i = 0; i < 20; i++) jobs.runSync(budget[kernel], 64)
    // Both workers are inside jobs: nobody steals.
    const held = [0, 1].map(() => jobs.run(budget.hold, { gate }))
    while (Atomics.load(gate, 0) < 2) await new Promise((resolve) => setTimeout(resolve, 1))
    const few = await writesOf(jobs, () => void jobs.runSync(budget[kernel], N / 10))
    const many = await writesOf(jobs, () => void jobs.runSync(budget[kernel], N))
    Atomics.store(gate, 1, 1)
    Atomics.notify(gate, 1)
    await Promise.all(held)
    await jobs.close()
    const shared = [...many].filter(([owner]) => !owner.startsWith('own'))
    for (const [owner, count] of shared) {
      const grown = count - (few.get(owner) ?? 0)
      assert.ok(
        grown <= N / 100,
        `${owner}: ${count} writes for ${N} jobs, ${grown} more than for ${N / 10}`,
      )
    }
    const own = [...many].filter(([owner]) => owner.startsWith('own'))
    const perJob = own.reduce((sum, [, count]) => sum + count, 0) / N
    assert.ok(perJob <= 8, `${perJob} atomic writes to own words per job`)
  })
}

test('the watch sees what it is to see', () => {
  const words = new Int32Array(new SharedArrayBuffer(64))
  const seen = atomicWrites(() => {
    Atomics.add(words, 1, 1)
    Atomics.compareExchange(words, 2, 5, 6)
    Atomics.store(words, 3, 1)
  })
  assert.deepEqual(
    seen.map(({ index }) => index),
    [1, 3],
  )
  const context: JobContext | null = null
  assert.equal(context, null)
})
