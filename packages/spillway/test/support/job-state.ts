/** What the job area of the shared heap holds, as tests look at it: words, lists and records, read without stopping anybody. */
import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'
import type { JobSystem } from 'spillway'
import { entries } from './deque-entries.ts'
import type { SharedHeap } from '../../src/heap/heap.ts'
import { isShared } from '../../src/heap/views.ts'
import { decodeStruct } from '../../src/layout/decode.ts'
import {
  FREE,
  J_NEXT,
  J_STATE,
  LEVELS,
  THREAD,
  T_RETURNED,
  jobArea,
  jobAt,
  threadAt,
} from '../../src/layout/jobs.ts'
import type { JobArea } from '../../src/layout/jobs.ts'
import {
  H_CANCELS,
  H_JOBS,
  H_JOB_CAPACITY,
  H_SLEEPERS,
  H_TAKERS,
  H_URGENT,
  H_WORKERS,
  LINE_WORDS,
  PARKED,
  W_PARK,
  workerAt,
} from '../../src/layout/layout.ts'

/** Workers look for work before they sleep, and others share the cores. */
const REST_MS = 8000

/** The words of a system's heap, as far as it reaches now. */
export function heapWords(jobs: JobSystem): Int32Array {
  const { memory } = (jobs as unknown as { readonly heap: SharedHeap }).heap
  // Growing by nothing makes the buffer reach what other threads grew.
  if (isShared(memory.buffer)) memory.grow(0)
  return new Int32Array(memory.buffer)
}

/** The job area; null before the first job. */
export function areaOf(words: Int32Array): JobArea | null {
  const line = words[H_JOBS]
  return line === 0 ? null : jobArea(line * LINE_WORDS, words[H_WORKERS], words[H_JOB_CAPACITY])
}

/** Ids in the list at word `head`. */
export function listAt(words: Int32Array, area: JobArea, head: number): number[] {
  const jobs: number[] = []
  for (let job = words[head]; job !== 0; job = words[jobAt(area, job) + J_NEXT]) {
    assert.ok(jobs.length <= area.threads * area.capacity, 'a list runs in a circle')
    jobs.push(job)
  }
  return jobs
}

/** Everything that is not at rest, in words; empty once nothing of any job is left. */
export function leftovers(words: Int32Array): string[] {
  const area = areaOf(words)
  if (area === null) return []
  const found: string[] = []
  const expect = (what: string, value: number, wanted: number): void => {
    if (value !== wanted) found.push(`${what} is ${value}, not ${wanted}`)
  }
  const returned = new Set<number>()
  let detached = 0
  for (let thread = 0; thread < area.threads; thread++) {
    const at = threadAt(area, thread)
    const fields = decodeStruct(words, at, THREAD)
    for (const name of ['INBOX', 'CANDIDATE', 'LOOPS_OPEN', 'ASYNC']) {
      expect(`${name} of thread ${thread}`, fields[name], 0)
    }
    detached += fields['DETACHED'] - fields['DETACHED_ENDED']
    for (let level = 0; level < LEVELS; level++) {
      const jobs = entries(words, at, level, area.capacity)
      if (jobs.length > 0) found.push(`thread ${thread} offers jobs ${jobs.join(', ')}`)
    }
    for (const job of listAt(words, area, at + T_RETURNED)) returned.add(job)
  }
  expect('detached jobs', detached, 0)
  for (let job = 1; job <= area.threads * area.capacity; job++) {
    const state = words[jobAt(area, job) + J_STATE]
    if (state !== FREE && !returned.has(job)) found.push(`record ${job} is in state ${state}`)
  }
  expect('CANCELS', words[H_CANCELS], 0)
  expect('URGENT', words[H_URGENT], 0)
  expect('TAKERS', words[H_TAKERS], area.workers)
  const parked = Array.from(
    { length: area.workers },
    (_, worker) => words[workerAt(worker, area.workers) + W_PARK],
  ).filter((park) => park === PARKED).length
  expect('parked workers', parked, area.workers)
  expect('SLEEPERS', words[H_SLEEPERS], area.workers)
  return found
}

/** Resolves once nothing of any job is left and all workers sleep. */
export async function atRest(jobs: JobSystem): Promise<void> {
  const words = heapWords(jobs)
  const end = performance.now() + REST_MS
  for (let left = leftovers(words); left.length > 0; left = leftovers(words)) {
    assert.ok(performance.now() < end, `not at rest: ${left.slice(0, 10).join('; ')}`)
    await delay(1)
  }
}
