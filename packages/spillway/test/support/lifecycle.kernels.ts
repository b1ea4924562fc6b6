/** Jobs for tests of async jobs, detached jobs and full tables of records. */
import { each, job, kernels } from 'spillway/kernel'
import type { Counter, Fiber, JobContext } from 'spillway/kernel'
import { basic } from './jobs.kernels.ts'
import type { Cells } from './jobs.kernels.ts'

const loops = kernels(
  import.meta.url,
  { add: each((_i, { x }: Cells) => void Atomics.add(x, 0, 1)) },
  { namespace: 'lifecycle' },
)

function codeOf(error: unknown): string {
  return String((error as { code?: unknown }).code)
}

export const lives = kernels(import.meta.url, {
  timer: job(async (_ctx: JobContext, n: number): Promise<number> => {
    await new Promise((resolve) => setTimeout(resolve, 2))
    return n
  }),
  /** Async, with children of every flavor, a counter and a loop. */
  family: job(
    async (
      ctx: JobContext,
      { x, counter }: Cells & { readonly counter: Counter },
    ): Promise<number> => {
      const plain = ctx.spawn(basic.identity, 1)
      const fiber = ctx.spawn(lives.fiberOf, 2)
      const async = ctx.spawn(lives.timer, 3)
      ctx.spawn(basic.counterDown, { counter, ms: 0 })
      await counter.wait()
      await ctx.parallelFor(50, loops.add, { x })
      await ctx.yieldNow()
      const values = await ctx.wait(plain, fiber, async)
      return (
        (values as number[]).reduce((sum, value) => sum + value, 0) + (await plain) + plain.value
      )
    },
  ),
  fiberOf: job(function* (ctx: JobContext, n: number): Fiber<number> {
    const child = ctx.spawn(lives.timer, n)
    return yield* ctx.wait(child)
  }),
  plainOfAsync: job((ctx: JobContext, n: number): number => {
    const child = ctx.spawn(lives.timer, n)
    ctx.wait(child)
    return child.value
  }),
  failing: job(async (_ctx: JobContext, n: number): Promise<number> => {
    await Promise.resolve()
    throw new TypeError(`async ${n}`)
  }),
  workerIndex: job((ctx: JobContext, _n: number) => ctx.workerIndex),
  asyncIndex: job(async (ctx: JobContext, _n: number) => ctx.workerIndex),
  priorities: job((ctx: JobContext, depth: number): string[] => {
    if (depth === 0) return [ctx.priority]
    const same = ctx.spawn(lives.priorities, depth - 1)
    const low = ctx.spawn(lives.priorities, 0, { priority: 'low' })
    ctx.wait(same, low)
    return [ctx.priority, ...same.value, ...low.value]
  }),
  /** Spawns more children than there are records. */
  manyPlain: job((ctx: JobContext, n: number): number => {
    const all = Array.from({ length: n }, (_, i) => ctx.spawn(basic.identity, i))
    ctx.wait(...all)
    return all.reduce((sum, child) => sum + child.value, 0)
  }),
  manyFibers: job(function* (ctx: JobContext, n: number): Fiber<number> {
    const all = []
    for (let i = 0; i < n; i++) all.push(ctx.spawn(lives.turn, i))
    yield* ctx.wait(...all)
    return all.reduce((sum, child) => sum + child.value, 0)
  }),
  turn: job(function* (ctx: JobContext, n: number): Fiber<number> {
    yield* ctx.yieldNow()
    return n
  }),
  /** Fibers that all wait for a counter which only comes later: more than there are records. */
  manyWaiting: job(function* (
    ctx: JobContext,
    { counter, n }: { readonly counter: Counter; readonly n: number },
  ): Fiber<string> {
    const all = []
    let refused = 'none'
    try {
      for (let i = 0; i < n; i++) {
        all.push(ctx.spawn(lives.waitZero, { counter }))
        yield* ctx.yieldNow()
      }
    } catch (error) {
      refused = codeOf(error)
    }
    counter.decrement()
    let failed = 0
    for (const child of all) {
      try {
        yield* ctx.wait(child)
      } catch (error) {
        if (codeOf(error) !== 'ERR_JOBS_FULL') throw error
        failed++
      }
    }
    return refused !== 'none' || failed > 0 ? 'refused' : 'all waited'
  }),
  waitZero: job(function* (
    _ctx: JobContext,
    { counter }: { readonly counter: Counter },
  ): Fiber<void> {
    yield* counter.wait()
  }),
  manyDetached: job((ctx: JobContext, { x, n }: Cells & { readonly n: number }) => {
    for (let i = 0; i < n; i++) ctx.spawnDetached(basic.add, { x, at: 0, by: 1 })
  }),
  manyDetachedFiber: job(function* (
    ctx: JobContext,
    { x, n }: Cells & { readonly n: number },
  ): Fiber<void> {
    for (let i = 0; i < n; i++) {
      ctx.spawnDetached(basic.add, { x, at: 0, by: 1 })
      if (i % 10 === 0) yield* ctx.yieldNow()
    }
  }),
  text: job((_ctx, n: number): { text: string; list: number[] } => ({
    text: 'x'.repeat(n),
    list: [1, n],
  })),
  scratchTree: job(function* (ctx: JobContext, depth: number): Fiber<number> {
    const mine = ctx.scratch(Float64Array, 512)
    mine.fill(depth)
    if (depth === 0) return 0
    const both = [1, 2].map(() => ctx.spawn(lives.scratchTree, depth - 1))
    yield* ctx.wait(...both)
    return mine[511] + both[0].value
  }),
})
