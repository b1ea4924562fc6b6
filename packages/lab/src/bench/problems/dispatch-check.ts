// An empty loop has no answer to check. So before each sample the same pool runs the same range once with a body that
// counts: every index exactly once.
import type { JobSystem } from 'spillway'
import { WrongAnswer } from '../benchmark.ts'
import { countHits } from './dispatch.kernels.ts'

export function checkDispatch(jobs: JobSystem, hits: Int32Array): void {
  hits.fill(0)
  jobs.parallelForSync(hits.length, countHits, { hits })
  expectOnce(hits)
}

export async function checkDispatchAsync(jobs: JobSystem, hits: Int32Array): Promise<void> {
  hits.fill(0)
  await jobs.parallelFor(hits.length, countHits, { hits })
  expectOnce(hits)
}

function expectOnce(hits: Int32Array): void {
  const wrong = hits.findIndex((count) => count !== 1)
  if (wrong >= 0) throw new WrongAnswer(`index ${wrong} ran ${hits[wrong]} times`)
}
