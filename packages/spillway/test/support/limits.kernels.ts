/** Jobs that use up what there is, wait for what never comes, or outlive themselves. */
import { each, job, kernels } from 'spillway/kernel'
import type { Counter, Fiber, JobContext } from 'spillway/kernel'
import type { JobContextImpl } from '../../src/jobs/context.ts'
import { basic } from './jobs.kernels.ts'
import type { Cells } from './jobs.kernels.ts'
import type { Counted } from './rules.kernels.ts'

function messageOf(action: () => unknown): string {
  try {
    return `no error: ${String(action())}`
  } catch (error) {
    return `${(error as { code?: string }).code}: ${(error as Error).message}`
  }
}

interface Link {
  readonly mine: Counter
  readonly others: Counter
}

/** The context of a job that has ended. */
let kept: JobContext | null = null

const touch = kernels(
  import.meta.url,
  { touch: each((_i, { x }: Cells) => void Atomics.add(x, 0, 1)) },
  { namespace: 'loops-of-limits' },
)

export const limits = kernels(import.meta.url, {
  /** Counts itself, and where it is, and waits. */
  waiting: job(function* (ctx: JobContext, { counter, x }: Cells & Counted): Fiber<string> {
    Atomics.store(x, 1, ctx.workerIndex)
    Atomics.add(x, 0, 1)
    yield* counter.wait()
    return 'waited'
  }),
  detachTooMany: job(
    (ctx: JobContext, { counter, x, n }: Cells & Counted & { readonly n: number }): string =>
      messageOf(() => {
        for (let i = 0; i < n; i++) ctx.spawnDetached(limits.waiting, { counter, x })
      }),
  ),
  detachTooManyFiber: job(function* (
    ctx: JobContext,
    { counter, x, n }: Cells & Counted & { readonly n: number },
  ): Fiber<string> {
    yield* ctx.yieldNow()
    return messageOf(() => {
      for (let i = 0; i < n; i++) ctx.spawnDetached(limits.waiting, { counter, x })
    })
  }),
  /** Two of these wait for each other. */
  chicken: job(function* (_ctx: JobContext, { mine, others }: Link): Fiber<void> {
    yield* mine.wait()
    others.decrement()
  }),
  egg: job(function* (_ctx: JobContext, { mine, others }: Link): Fiber<void> {
    yield* mine.wait()
    others.decrement()
  }),
  /** Ends its thread instead of changing the counter, unless it is the thread of who waits. */
  dieElsewhere: job((ctx: JobContext, { counter, x }: Cells & Counted): void => {
    if (ctx.workerIndex === Atomics.load(x, 1)) return
    process.exit(1)
    counter.decrement()
  }),
  /** Handles that a job holds after it has spawned 200 children in one go, and at most while `n` more each get a turn. */
  mostHeld: job((ctx: JobContext, n: number): { atOnce: number; inTurns: number } => {
    const { held } = ctx as unknown as JobContextImpl
    let [atOnce, inTurns] = [0, 0]
    ctx.scope(() => {
      for (let i = 0; i < 200; i++) ctx.spawn(basic.identity, i)
      atOnce = held.length
    })
    for (let i = 0; i < n; i++) {
      ctx.spawn(basic.identity, i)
      ctx.yieldNow()
      inTurns = Math.max(inTurns, held.length)
    }
    return { atOnce, inTurns }
  }),
  /** Children that the thread still keeps to itself, before and after a scope that fails has cancelled them. */
  keptPrivate: job((ctx: JobContext): { before: number; after: number } => {
    const { thread } = ctx as unknown as JobContextImpl
    // As if it had been measured on an idle machine: children that may be long are offered to others.
    Object.assign(thread.stateOfKernel(basic.identity as never).runnable, { samples: 8, costMs: 0 })
    let before = 0
    try {
      ctx.scope(() => {
        for (let i = 0; i < 8; i++) ctx.spawn(basic.identity, i)
        before = thread.privates.count
        throw new Error('the scope fails')
      })
    } catch {
      // As it should.
    }
    return { before, after: thread.privates.count }
  }),
  keepContext: job(async (ctx: JobContext): Promise<void> => {
    kept = ctx
  }),
  useKept: job(async (_ctx: JobContext, { x }: Cells): Promise<string[]> => {
    const ctx = kept!
    kept = null
    return [
      messageOf(() => ctx.spawn(basic.identity, 1)),
      messageOf(() => ctx.spawnDetached(basic.identity, 1)),
      messageOf(() => ctx.wait()),
      messageOf(() => ctx.parallelFor(1, touch.touch, { x })),
      messageOf(() => ctx.scratch(Int32Array, 1)),
      messageOf(() => ctx.counter(1)),
    ]
  }),
})
