// Times short calls in batches. The caller's `batch(calls)` holds its own loop: one shared loop that calls many
// closures would turn megamorphic and add nanoseconds to whoever is measured last.
import { median } from '../../stats/median.ts'
import type { Sample } from '../benchmark.ts'

export interface BatchPlan {
  readonly calls: number
  readonly batches: number
  /** Calls before the clock starts, by time: hot threads are what is measured. */
  readonly warmUpMs: number
}

export interface BatchTimes extends Sample {
  readonly us: number
  readonly bestUs: number
}

export function timeBatches(plan: BatchPlan, batch: (calls: number) => void): BatchTimes {
  const until = performance.now() + plan.warmUpMs
  do batch(plan.calls)
  while (performance.now() < until)
  const us: number[] = []
  for (let index = 0; index < plan.batches; index++) {
    const start = performance.now()
    batch(plan.calls)
    us.push(((performance.now() - start) * 1000) / plan.calls)
  }
  return { us: median(us), bestUs: Math.min(...us) }
}

export async function timeBatchesAsync(
  plan: BatchPlan,
  batch: (calls: number) => Promise<void>,
): Promise<BatchTimes> {
  const until = performance.now() + plan.warmUpMs
  do await batch(plan.calls)
  while (performance.now() < until)
  const us: number[] = []
  for (let index = 0; index < plan.batches; index++) {
    const start = performance.now()
    await batch(plan.calls)
    us.push(((performance.now() - start) * 1000) / plan.calls)
  }
  return { us: median(us), bestUs: Math.min(...us) }
}
