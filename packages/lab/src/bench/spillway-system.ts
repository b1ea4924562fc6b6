// The pool under test, as every benchmark uses it: two workers, everything else as it comes.
import { JobSystem } from 'spillway'
import { shared } from './harness/shared.ts'
import type { Shared } from './harness/shared.ts'
import { heavyWorkSum } from './problems/heavy-work.kernels.ts'
import { DEPTH, WORK_OF_ONE_ITEM } from './problems/heavy-work.ts'
import { expectAnswer } from './benchmark.ts'

/** Threads at work in every entry with two: caller + one worker (sync), or two workers (await). */
export const THREADS = 2
export const WORKERS = 2

export function sharedSystem(workers: number = WORKERS): Shared<JobSystem> {
  return shared(
    () => JobSystem.start({ workers }),
    (jobs) => jobs.close(),
  )
}

const WARM_UP_MS = 20
const WARM_UP_ITEMS = 50_000

/**
 * Real work until the threads are awake and each on its own cpu. Empty loops would not do: the caller ends those alone
 * and nobody is woken. The OpenMP rival and the task pools are warmed for the same time.
 */
export function warmUpSync(jobs: JobSystem): void {
  const until = performance.now() + WARM_UP_MS
  do {
    const sum = jobs.parallelReduceSync(WARM_UP_ITEMS, heavyWorkSum, { depth: DEPTH })
    expectAnswer('warm-up sum', sum, WARM_UP_ITEMS * WORK_OF_ONE_ITEM)
  } while (performance.now() < until)
}

export async function warmUpAsync(jobs: JobSystem): Promise<void> {
  const until = performance.now() + WARM_UP_MS
  do {
    const sum = await jobs.parallelReduce(WARM_UP_ITEMS, heavyWorkSum, { depth: DEPTH })
    expectAnswer('warm-up sum', sum, WARM_UP_ITEMS * WORK_OF_ONE_ITEM)
  } while (performance.now() < until)
}
