/** Job systems for tests of jobs. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { JobSystem } from 'spillway'
import type { StartOptions } from 'spillway'
import { atRest } from './job-state.ts'
import { Taken, assertNothingKept, takenBytes } from './leaks.ts'

/** A test that hangs fails after this long. */
const HANG_MS = 20_000

type Options = Omit<StartOptions, 'workers'>

const started = new Map<string, Promise<JobSystem>>()
const closing: Promise<void>[] = []
after(async () => {
  const left = [...started.values()].map(async (system) => (await system).close())
  await Promise.all([...left, ...closing])
})

/** A system with these options, one per file. */
export function systemOf(workers: number, options: Options = {}): Promise<JobSystem> {
  const key = JSON.stringify([workers, options])
  let system = started.get(key)
  if (system === undefined) {
    system = JobSystem.start({ ...options, workers })
    started.set(key, system)
  }
  return system
}

/**
 * Registers a test for each number of workers. Its system serves other tests of the file, so afterwards nothing may be left: no job, no
 * counter above 0, no block of the heap; and all workers sleep.
 */
export function withWorkers(
  counts: readonly number[],
  name: string,
  body: (jobs: JobSystem, workers: number) => Promise<void> | void,
  options: Options = {},
): void {
  for (const workers of counts) {
    test(`${name} (${workers} workers)`, { timeout: HANG_MS }, async () => {
      const jobs = await systemOf(workers, options)
      try {
        const before = await takenBytes(jobs)
        const taken = new Taken(jobs)
        await body(jobs, workers)
        await atRest(jobs)
        taken.giveBack()
        await assertNothingKept(jobs)
        assert.equal(await takenBytes(jobs), before, 'bytes of the heap')
        await atRest(jobs)
      } catch (error) {
        // What it left running must not fail the tests after it.
        const key = JSON.stringify([workers, options])
        started.delete(key)
        closing.push(jobs.close({ drain: false, timeout: 1000 }))
        throw error
      }
    })
  }
}

/** Resolves with what the promise gives; a hang becomes a failure that says what hung. */
export async function soon<T>(value: PromiseLike<T>, what: string, ms = 10_000): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new assert.AssertionError({ message: `${what} hung` })), ms)
  })
  try {
    return await Promise.race([value, late])
  } finally {
    clearTimeout(timer)
  }
}
