/** Jobs that tests of upstream's cases and of single rules share. */
import { each, job, kernels, range, reduce } from 'spillway/kernel'
import type { Counter, Fiber, JobContext, JobHandle } from 'spillway/kernel'

export interface Cells {
  readonly x: Int32Array
}

export function spin(milliseconds: number): void {
  const end = performance.now() + milliseconds
  while (performance.now() < end);
}

/** Waits for a word to be set, without keeping a core busy; a hang becomes a failure. */
export function waitForWord(words: Int32Array, index: number): void {
  while (Atomics.load(words, index) === 0) {
    if (Atomics.wait(words, index, 0, 15_000) === 'timed-out') throw new Error('nobody came')
  }
}

export const loopsOfJobs = kernels(
  import.meta.url,
  {
    addOne: each((_i, { x }: Cells) => void Atomics.add(x, 0, 1)),
    spinAndAdd: each((_i, { x }: Cells) => {
      spin(0.02)
      Atomics.add(x, 0, 1)
    }),
    writeSizes: range((start, end, { x }: Cells) => void (x[start] = end - start)),
    fillOnes: range((start, end, { x }: Cells) => void x.fill(1, start, end)),
    multiply: each((i, { x, by }: Cells & { readonly by: number }) => void (x[i] *= by)),
    sum: reduce({ identity: 0, fold: (acc, i) => acc + i, combine: (a, b) => a + b }),
    failAt: each((i, { at }: { readonly at: number }) => {
      if (i >= at) throw new RangeError(`index ${i}`)
    }),
  },
  { namespace: 'loops-of-jobs' },
)

export const basic = kernels(import.meta.url, {
  identity: job((_ctx, n: number) => n),
  add: job((_ctx, { x, at, by }: Cells & { readonly at: number; readonly by: number }) => {
    return Atomics.add(x, at, by)
  }),
  addIndex: job((_ctx, { x, index }: Cells & { readonly index: number }) => {
    Atomics.add(x, 0, index)
  }),
  store42: job((_ctx, { x }: Cells) => void Atomics.store(x, 0, 42)),
  pause: job((_ctx, { x, ms }: Cells & { readonly ms: number }) => {
    spin(ms)
    Atomics.add(x, 0, 1)
  }),
  adds: job((_ctx, { x, times }: Cells & { readonly times: number }) => {
    for (let i = 0; i < times; i++) Atomics.add(x, 0, 1)
  }),
  fail: job((_ctx, n: number): never => {
    throw new RangeError(`job ${n} failed`)
  }),
  /** Waits until word `open` is set, having counted itself in word `came`. */
  hold: job((_ctx, { x, came, open }: Cells & { readonly came: number; readonly open: number }) => {
    Atomics.add(x, came, 1)
    waitForWord(x, open)
    return 'held'
  }),
  /** Writes its number at the next place of a log: word 0 counts. */
  log: job((_ctx, { x, tag }: Cells & { readonly tag: number }) => {
    x[1 + Atomics.add(x, 0, 1)] = tag
  }),
  counterDown: job((_ctx, { counter, ms }: { readonly counter: Counter; readonly ms: number }) => {
    spin(ms)
    counter.decrement()
  }),
  nothing: job(() => {}),
})

function spawnMixed(ctx: JobContext, x: Int32Array): JobHandle[] {
  const levels = ['low', 'normal', 'high'] as const
  return [...levels, ...levels].map((priority) =>
    ctx.spawn(basic.log, { x, tag: levels.indexOf(priority) }, { priority }),
  )
}

export const families = kernels(import.meta.url, {
  /** One of its own and five children. */
  oneAndFive: job((ctx, { x }: Cells) => {
    Atomics.add(x, 0, 1)
    const children = Array.from({ length: 5 }, () => ctx.spawn(basic.add, { x, at: 0, by: 1 }))
    ctx.wait(...children)
  }),
  /** 3 children, each with 2 children, waited for at both levels. */
  threeByTwo: job((ctx, { x }: Cells) => {
    const inner = Array.from({ length: 3 }, () => ctx.spawn(families.parent, { x, children: 2 }))
    ctx.wait(...inner)
    return Atomics.load(x, 0)
  }),
  parent: job((ctx, { x, children }: Cells & { readonly children: number }) => {
    Atomics.add(x, 0, 1)
    const all = Array.from({ length: children }, () => ctx.spawn(basic.add, { x, at: 0, by: 1 }))
    ctx.wait(...all)
  }),
  quarters: job(function* (ctx, n: number): Fiber<number> {
    const parts = Array.from({ length: 4 }, (_, part) =>
      ctx.spawn(families.sumOf, { start: (n * part) / 4, end: (n * (part + 1)) / 4 }),
    )
    yield* ctx.wait(...parts)
    return parts.reduce((sum, part) => sum + part.value, 0)
  }),
  chunkSizes: job((ctx, { x, n, size }: Cells & { readonly n: number; readonly size: number }) => {
    ctx.parallelForChunksSync(n, size, loopsOfJobs.writeSizes, { x })
  }),
  chunks: job((ctx, { x, size }: Cells & { readonly size: number }) => {
    ctx.parallelForChunksSync(x.length, size, loopsOfJobs.fillOnes, { x })
  }),
  loopOfOnes: job(
    (ctx, { x, n, grain }: Cells & { readonly n: number; readonly grain: number }) => {
      ctx.parallelForSync(n, loopsOfJobs.addOne, { x }, { grain })
    },
  ),
  multiplyAll: job((ctx, { x, by }: Cells & { readonly by: number }) => {
    ctx.parallelForSync(x.length, loopsOfJobs.multiply, { x, by })
  }),
  sumByLoop: job((ctx, n: number): number => ctx.parallelReduceSync(n, loopsOfJobs.sum)),
  sumOf: job((_ctx, { start, end }: { readonly start: number; readonly end: number }): number => {
    let sum = 0
    for (let i = start; i < end; i++) sum += i
    return sum
  }),
  fib: job((ctx, n: number): number =>
    n < 2 ? n : ctx.join(families.fib, n - 1, families.fib, n - 2, (a, b) => a + b),
  ),
  tree: job(function* (ctx, depth: number): Fiber<number> {
    if (depth === 0) return 1
    const left = ctx.spawn(families.tree, depth - 1)
    const right = ctx.spawn(families.tree, depth - 1)
    yield* ctx.wait(left, right)
    return left.value + right.value + 1
  }),
  plainTree: job((ctx, depth: number): number => {
    if (depth === 0) return 1
    const left = ctx.spawn(families.plainTree, depth - 1)
    const right = ctx.spawn(families.plainTree, depth - 1)
    ctx.wait(left, right)
    return left.value + right.value + 1
  }),
  /** Children that nobody waits for. */
  leaveChildren: job((ctx, { x, children }: Cells & { readonly children: number }) => {
    for (let i = 0; i < children; i++) ctx.spawn(basic.pause, { x, ms: 0.2 })
  }),
  /** What children add up that fill scratch memory with ones, of which they find none there. */
  scratchOf: job(function* (
    ctx,
    { children, bytes }: { readonly children: number; readonly bytes: number },
  ): Fiber<number> {
    const all = Array.from({ length: children }, () => ctx.spawn(families.fillScratch, bytes))
    yield* ctx.wait(...all)
    return all.reduce((sum, child) => sum + child.value, 0)
  }),
  fillScratch: job((ctx, bytes: number): number => {
    const array = ctx.scratch(Uint8Array, bytes)
    ctx.yieldNow()
    for (let i = 0; i < bytes; i++) array[i]++
    return array.reduce((sum, value) => sum + value, 0)
  }),
  spawnAll: job((ctx, { x, n }: Cells & { readonly n: number }) => {
    for (let i = 0; i < n; i++) ctx.spawn(basic.add, { x, at: 0, by: 1 })
  }),
  detachAll: job((ctx, { x, n }: Cells & { readonly n: number }) => {
    for (let i = 0; i < n; i++) ctx.spawnDetached(basic.add, { x, at: 0, by: 1 })
  }),
  countDownAll: job(function* (
    ctx,
    { counter, n }: { readonly counter: Counter; readonly n: number },
  ): Fiber<number> {
    for (let i = 0; i < n; i++) ctx.spawn(basic.counterDown, { counter, ms: 0 })
    yield* counter.wait()
    return counter.value
  }),
  /** Children of each priority, the least urgent first, that log which they are. */
  mixed: job((ctx, { x }: Cells) => void spawnMixed(ctx, x)),
  mixedFiber: job(function* (ctx, { x }: Cells): Fiber<void> {
    yield* ctx.wait(...spawnMixed(ctx, x))
  }),
  detach: job(
    (ctx, { x, children, ms }: Cells & { readonly children: number; readonly ms: number }) => {
      for (let i = 0; i < children; i++) ctx.spawnDetached(basic.pause, { x, ms })
    },
  ),
})

export const fibers = kernels(import.meta.url, {
  /** Counts up a word, with a turn for others after each step. */
  yields: job(function* (
    ctx,
    { x, at, times }: Cells & { readonly at: number; readonly times: number },
  ): Fiber<number> {
    let local = 0
    for (let i = 0; i < times; i++) {
      Atomics.add(x, at, 1)
      local += 42
      yield* ctx.yieldNow()
    }
    return local
  }),
  /** Logs its tag before each turn. */
  logs: job(function* (
    ctx,
    { x, tag, times }: Cells & { readonly tag: number; readonly times: number },
  ): Fiber<void> {
    for (let i = 0; i < times; i++) {
      x[1 + Atomics.add(x, 0, 1)] = tag
      yield* ctx.yieldNow()
    }
  }),
  setThenYield: job(function* (ctx, { x }: Cells): Fiber<void> {
    yield* ctx.yieldNow()
    Atomics.store(x, 0, 1)
    yield* ctx.yieldNow()
  }),
  pollThenSet: job(function* (ctx, { x }: Cells): Fiber<void> {
    while (Atomics.load(x, 0) === 0) yield* ctx.yieldNow()
    Atomics.store(x, 1, 1)
  }),
  waitFor: job(function* (
    _ctx,
    { counter, x, target }: Cells & { readonly counter: Counter; readonly target: number },
  ): Fiber<number> {
    yield* counter.wait(target)
    return Atomics.add(x, 0, 1)
  }),
  waitForSlowChild: job(function* (ctx, { x, ms }: Cells & { readonly ms: number }): Fiber<number> {
    const child = ctx.spawn(basic.pause, { x, ms })
    yield* ctx.wait(child)
    return Atomics.load(x, 0)
  }),
})
