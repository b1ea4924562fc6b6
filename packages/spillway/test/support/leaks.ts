/**
 * What a test must leave behind: nothing. Its arrays and counters are given back for it, so that what is missing then has been lost by
 * the library.
 */
import assert from 'node:assert/strict'
import type { Counter, JobSystem } from 'spillway'
import { jobArea, T_JOBS, threadAt } from '../../src/layout/jobs.ts'
import {
  E_BYTES,
  E_NEXT,
  H_CATALOGUE_HEAD,
  LINE_BYTES,
  LINE_WORDS,
} from '../../src/layout/layout.ts'
import { census } from './census.kernels.ts'
import type { Census } from './census.kernels.ts'
import { areaOf, heapWords } from './job-state.ts'

/** Arrays and counters that a test has made and not given back. */
export class Taken {
  readonly #jobs: JobSystem
  readonly #arrays = new Set<ArrayBufferView>()
  readonly #counters: Counter[] = []
  readonly #restore: () => void

  /** From now on, until `giveBack`. */
  constructor(jobs: JobSystem) {
    this.#jobs = jobs
    const { alloc, free, counter } = jobs
    type Alloc = (type: never, length: number) => ArrayBufferView
    const own = jobs as unknown as Record<string, unknown>
    own['alloc'] = (type: never, length: number) => {
      const array = (alloc as unknown as Alloc).call(jobs, type, length)
      this.#arrays.add(array)
      return array
    }
    own['free'] = (given: ArrayBufferView | { readonly view: ArrayBufferView }) => {
      free.call(jobs, given as never)
      this.#arrays.delete('view' in given ? given.view : given)
    }
    own['counter'] = (value: number) => {
      const made = counter.call(jobs, value)
      this.#counters.push(made)
      return made
    }
    this.#restore = () => {
      for (const name of ['alloc', 'free', 'counter']) delete own[name]
    }
  }

  /** Once all jobs have ended. A counter that is not at 0, and was not freed, belongs to work that was forgotten. */
  giveBack(): void {
    this.#restore()
    for (const counter of this.#counters) {
      if (isFreed(counter)) continue
      assert.equal(counter.value, 0, 'a counter that the test left')
      counter.free()
    }
    for (const array of this.#arrays) this.#jobs.free(array)
  }
}

function isFreed(counter: Counter): boolean {
  try {
    return counter.word < 0
  } catch {
    return true
  }
}

/** The bytes of the heap that somebody has taken and may give back: what is the library's for good does not count. */
export async function takenBytes(jobs: JobSystem): Promise<number> {
  const { usedBytes } = jobs.describe().heap
  const words = heapWords(jobs)
  const area = areaOf(words)
  if (area === null) return usedBytes - catalogued(words, new Set())
  const own = new Set((await threadsOf(jobs)).flatMap(({ blocks }) => blocks))
  const bytes = jobArea(0, area.workers, area.capacity).end * 4
  return jobs.describe().heap.usedBytes - wholeLines(bytes) - catalogued(heapWords(jobs), own)
}

/** Asserts that no thread keeps anything for a job, once all have ended. */
export async function assertNothingKept(jobs: JobSystem): Promise<void> {
  if (areaOf(heapWords(jobs)) === null) return
  for (const { worker, blocks, ...rest } of await threadsOf(jobs)) {
    const entries = new Set(entriesOf(heapWords(jobs)).map(({ offset }) => offset))
    const kept = blocks.filter((offset) => !entries.has(offset))
    const nothing = { blocks: [], scratchBytes: 0, handles: 0, fibers: 0, privates: 0 }
    assert.deepEqual({ ...rest, blocks: kept }, nothing, `what worker ${worker} keeps`)
  }
}

async function threadsOf(jobs: JobSystem): Promise<Census[]> {
  const { workers } = jobs
  const words = heapWords(jobs)
  const area = areaOf(words)!
  const found = [jobs.runSync(census.here)]
  if (workers === 0) return found
  const x = jobs.int32(2)
  const all = Array.from({ length: workers }, () => ({ x, workers }))
  found.push(...(await jobs.runMany(census.everywhere, all)))
  jobs.free(x)
  assert.equal(new Set(found.map(({ worker }) => worker)).size, workers + 1)
  const hasAsync = words[threadAt(area, workers + 1) + T_JOBS] > 0
  return hasAsync ? [...found, await jobs.run(census.async)] : found
}

interface Entry {
  readonly offset: number
  readonly bytes: number
}

/** Kernels and shapes stay known. */
function entriesOf(words: Int32Array): Entry[] {
  const found: Entry[] = []
  let line = words[H_CATALOGUE_HEAD]
  for (; line !== 0; line = words[line * LINE_WORDS + E_NEXT]) {
    const bytes = LINE_BYTES + words[line * LINE_WORDS + E_BYTES]
    found.push({ offset: line * LINE_BYTES, bytes: wholeLines(bytes) })
  }
  return found
}

/** Bytes of entries that are not in memory which some thread grew for itself. */
function catalogued(words: Int32Array, own: ReadonlySet<number>): number {
  const entries = entriesOf(words).filter(({ offset }) => !own.has(offset))
  return entries.reduce((sum, { bytes }) => sum + bytes, 0)
}

function wholeLines(bytes: number): number {
  return Math.ceil(bytes / LINE_BYTES) * LINE_BYTES
}
