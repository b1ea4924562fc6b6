/** What upstream's own tests miss and no other file here is about: `docs/upstream-tests.md` says where the rest is. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { initialise, schedulerBytes } from '../../src/layout/layout.ts'
import { LEVELS, NORMAL, jobArea, jobId, ownerOf, threadAt } from '../../src/layout/jobs.ts'
import { push } from '../../src/core/deque.ts'
import { RAN, step } from '../../src/core/worker.ts'
import type { ThreadContext } from '../../src/core/worker.ts'
import { soon, withWorkers } from '../support/job-systems.ts'
import { families } from '../support/jobs.kernels.ts'

for (const kernel of ['mixed', 'mixedFiber'] as const) {
  withWorkers(
    [0, 1],
    `missing: what a job spawns begins by priority, whatever it waits for first: ${kernel}`,
    async (jobs) => {
      const x = jobs.int32(7)
      // Often: what is known of the kernel's cost decides where its jobs wait.
      for (let round = 0; round < 20; round++) {
        x[0] = 0
        await soon(jobs.run(families[kernel], { x }), 'the job')
        assert.deepEqual([...x], [6, 2, 2, 1, 1, 0, 0], `round ${round}`)
      }
    },
  )
}

/** The threads that worker 0 steals from, in its order, when all others have two jobs. */
function victimsOf(workers: number, victims: readonly number[] | null): number[] {
  const capacity = 16
  const first = schedulerBytes(workers) / 4
  const area = jobArea(first, workers, capacity)
  const words = new Int32Array(new SharedArrayBuffer(area.end * 4))
  initialise(words, workers)
  for (let thread = 1; thread < area.threads; thread++) {
    for (const index of [0, 1]) {
      push(words, threadAt(area, thread), NORMAL, capacity, jobId(area, thread, index))
    }
  }
  const stolen: number[] = []
  const context: ThreadContext = {
    words,
    workers,
    worker: 0,
    spinMs: 0,
    victims,
    turn: 0,
    emptied: new Int32Array(LEVELS),
    nested: 0,
    refused: false,
    now: () => 0,
    pause: () => {},
    prepare: () => null,
    jobs: {
      area,
      resume: () => false,
      resumeYielded: () => false,
      runPrivate: () => false,
      hasPrivate: () => false,
      hasReady: () => false,
      accept: () => true,
      run(job, isStolen) {
        assert.ok(isStolen)
        stolen.push(job)
        return true
      },
    },
  }
  while (step(context) === RAN);
  assert.equal(stolen.length, 2 * (area.threads - 1))
  const owners = stolen.map((job) => ownerOf(area, job))
  for (const thread of new Set(owners)) {
    const own = stolen.filter((job) => ownerOf(area, job) === thread)
    assert.deepEqual(own, [jobId(area, thread, 0), jobId(area, thread, 1)], 'the oldest first')
  }
  return owners.filter((_, at) => at % 2 === 0)
}

test('missing: steal order: event loops first, then workers from the next on, or those that are near', () => {
  assert.deepEqual(victimsOf(3, null), [3, 4, 1, 2])
  assert.deepEqual(victimsOf(3, [2, 1]), [3, 4, 2, 1])
  assert.deepEqual(victimsOf(1, null), [1, 2])
})
