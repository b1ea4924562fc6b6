/** Jobs that wait inside each other, as deep as they are told. */
import { job, kernels } from 'spillway/kernel'
import type { Counter, Fiber } from 'spillway/kernel'
import type { Cells } from './jobs.kernels.ts'

export const deep = kernels(import.meta.url, {
  one: job((_ctx, n: number) => n),
  chain: job((ctx, n: number): number => {
    if (n === 0) return 0
    const child = ctx.spawn(deep.chain, n - 1)
    ctx.wait(child)
    return child.value + 1
  }),
  /** The job's end waits. */
  unwaited: job((ctx, n: number): number => {
    if (n > 0) ctx.spawn(deep.unwaited, n - 1)
    return n
  }),
  scopes: job((ctx, n: number): number => {
    if (n === 0) return 0
    ctx.scope(() => void ctx.spawn(deep.scopes, n - 1))
    return n
  }),
  firstSides: job((ctx, n: number): number =>
    n === 0 ? 0 : ctx.join(deep.firstSides, n - 1, deep.one, 1, (a, b) => a + b),
  ),
  secondSides: job((ctx, n: number): number =>
    n === 0 ? 0 : ctx.join(deep.one, 1, deep.secondSides, n - 1, (a, b) => a + b),
  ),
  /** Both kinds of jobs in turn. */
  plainOfFibers: job((ctx, n: number): number => {
    if (n === 0) return 0
    const child = ctx.spawn(deep.fiberOfPlains, n - 1)
    ctx.wait(child)
    return child.value + 1
  }),
  fiberOfPlains: job(function* (ctx, n: number): Fiber<number> {
    if (n === 0) return 0
    const child = ctx.spawn(deep.plainOfFibers, n - 1)
    yield* ctx.wait(child)
    return child.value + 1
  }),
  fibers: job(function* (ctx, n: number): Fiber<number> {
    if (n === 0) return 0
    const child = ctx.spawn(deep.fibers, n - 1)
    yield* ctx.wait(child)
    return child.value + 1
  }),
  /** The last one fails. */
  failingFibers: job(function* (ctx, n: number): Fiber<number> {
    if (n === 0) throw new RangeError('at the bottom')
    const child = ctx.spawn(deep.failingFibers, n - 1)
    yield* ctx.wait(child)
    return child.value
  }),
  /** The last one waits for a counter. */
  waitingFibers: job(function* (
    ctx,
    { counter, n, x }: Cells & { readonly counter: Counter; readonly n: number },
  ): Fiber<number> {
    if (n > 0) {
      const child = ctx.spawn(deep.waitingFibers, { counter, n: n - 1, x })
      yield* ctx.wait(child)
      return child.value + 1
    }
    Atomics.store(x, 0, 1)
    Atomics.notify(x, 0)
    yield* counter.wait()
    return 0
  }),
  /** Each gives another a turn, on top of itself. */
  turns: job((ctx, { x }: Cells) => {
    ctx.yieldNow()
    Atomics.add(x, 0, 1)
  }),
  manyTurns: job((ctx, { x, n }: Cells & { readonly n: number }) => {
    for (let i = 0; i < n; i++) ctx.spawn(deep.turns, { x })
  }),
  /** Recursion of its own, with a fork at each level. */
  recursive: job((ctx, n: number): number => {
    const descend = (left: number): number =>
      left === 0 ? 0 : ctx.join(deep.one, 1, deep.one, 1, (a, b) => a + b) + descend(left - 1)
    return descend(n)
  }),
  /** Catches the overflow of what it joins, and goes on joining. */
  recovers: job((ctx, n: number): number => {
    try {
      return ctx.join(deep.firstSides, n, deep.one, 1, (a, b) => a + b)
    } catch {
      return ctx.join(deep.firstSides, 50, deep.one, 1, (a, b) => a + b)
    }
  }),
})
