/** Kernels of the scenarios that run on every host. */
import { each, job, kernels, range, reduce } from 'spillway/kernel'
import type { Counter, Fiber } from 'spillway/kernel'

export interface Counted {
  readonly counts: Int32Array
}

export function spin(milliseconds: number): void {
  const end = performance.now() + milliseconds
  while (performance.now() < end);
}

export const loops = kernels(import.meta.url, {
  count: each((i, { counts }: Counted) => void Atomics.add(counts, i, 1)),
  countRange: range((start, end, { counts }: Counted) => {
    for (let i = start; i < end; i++) Atomics.add(counts, i, 1)
  }),
  add: each((i, { x, by }: { readonly x: Float64Array; readonly by: number }) => {
    x[i]! += by
  }),
  /** In this order alone the sum comes out to the last bit. */
  harmonic: reduce({
    identity: 0,
    fold: (sum, i) => sum + 1 / (i + 1),
    combine: (left, right) => left + right,
  }),
  histogram: reduce({
    identity: () => [0, 0, 0],
    fold: (bins: number[], i) => {
      bins[i % 3]!++
      return bins
    },
    combine: (left, right) => left.map((count, bin) => count + right[bin]!),
  }),
  slow: each((_i, { done, ms }: { readonly done: Int32Array; readonly ms: number }) => {
    const end = performance.now() + ms
    while (performance.now() < end);
    Atomics.add(done, 0, 1)
  }),
  failFrom: each((i, { at }: { readonly at: number }) => {
    if (i >= at) throw new RangeError(`index ${i} is too far`)
  }),
  /** The first worker to come closes itself, as browsers name it. */
  closeOnce: each((i, { counts, came }: Counted & { readonly came: Int32Array }) => {
    const { name = '', close } = globalThis as { name?: string; close?: () => void }
    if (name.includes('worker') && Atomics.add(came, 0, 1) === 0) close!()
    Atomics.add(counts, i, 1)
    const end = performance.now() + 1
    while (performance.now() < end);
  }),
  /** The first to come ends its thread, where a thread can do that. */
  exitOnce: each((_i, { came }: { readonly came: Int32Array }) => {
    if (Atomics.add(came, 0, 1) === 0) process.exit(3)
    const end = performance.now() + 1
    while (performance.now() < end);
  }),
  /** A worker that comes here ends its thread, or works for a while the first time if it is `spared`; the caller waits for one. */
  exitUnless: each(
    (_i, { came, spared }: { readonly came: Int32Array; readonly spared: boolean }) => {
      const { isMainThread } = process.getBuiltinModule('node:worker_threads')
      if (!isMainThread) {
        const isFirst = Atomics.add(came, 0, 1) === 0
        if (!spared) process.exit(3)
        if (isFirst) spin(300)
      }
      const end = performance.now() + 10_000
      while (Atomics.load(came, 0) === 0 && performance.now() < end);
    },
  ),
})

export const jobKernels = kernels(import.meta.url, {
  twice: job((_ctx, n: number) => 2 * n),
  fib: job((ctx, n: number): number =>
    n < 2 ? n : ctx.join(jobKernels.fib, n - 1, jobKernels.fib, n - 2, (a, b) => a + b),
  ),
  tree: job(function* (ctx, depth: number): Fiber<number> {
    if (depth === 0) return 1
    const left = ctx.spawn(jobKernels.tree, depth - 1)
    const right = ctx.spawn(jobKernels.tree, depth - 1)
    yield* ctx.wait(left, right)
    return left.value + right.value + 1
  }),
  later: job(async (_ctx, ms: number) => {
    await new Promise((resolve) => setTimeout(resolve, ms))
    return `after ${ms}`
  }),
  down: job((_ctx, { counter }: { readonly counter: Counter }) => counter.decrement()),
  awaits: job(function* (_ctx, { counter }: { readonly counter: Counter }): Fiber<string> {
    yield* counter.wait()
    return 'zero'
  }),
  sums: job((ctx, n: number): number => ctx.parallelReduceSync(n, loops.harmonic)),
  fails: job((_ctx, n: number): number => {
    throw new RangeError(`job ${n} failed`)
  }),
  /** Goes on until it is cancelled. */
  endless: job(function* (ctx): Fiber<number> {
    for (let turns = 0; ; turns++) yield* ctx.yieldNow()
  }),
})
