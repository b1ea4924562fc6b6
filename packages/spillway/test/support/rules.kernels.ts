/** Jobs that each show one rule: how children end, fail, are cancelled and waited for. */
import { each, job, kernels } from 'spillway/kernel'
import type { Counter, Fiber, JobContext } from 'spillway/kernel'
import { basic, spin, waitForWord } from './jobs.kernels.ts'
import type { Cells } from './jobs.kernels.ts'

const FOR_EVER_MS = 15_000

/** What `waits.relay` does. */
const NOTHING = 0
const SETS = 1
const WAITS = 2

export interface Counted {
  readonly counter: Counter
}

/** The message of what `action` throws. */
function messageOf(action: () => unknown): string {
  try {
    return `no error: ${String(action())}`
  } catch (error) {
    return (error as Error).message
  }
}

export const endings = kernels(import.meta.url, {
  /** Enough ended children to be dropped from the job's list, then a scope. Returns what the scope's children had done at its end. */
  scopeAfterMany: job((ctx, { x }: Cells): number => {
    for (let i = 0; i < 200; i++) ctx.spawn(basic.identity, i)
    for (let turn = 0; turn < 1000; turn++) ctx.yieldNow()
    ctx.scope(() => {
      for (let i = 0; i < 100; i++) ctx.spawn(basic.pause, { x, ms: 0.2 })
    })
    return Atomics.load(x, 0)
  }),
  joinAfterMany: job((ctx, { x }: Cells): number => {
    for (let i = 0; i < 200; i++) ctx.spawn(basic.identity, i)
    for (let turn = 0; turn < 1000; turn++) ctx.yieldNow()
    const both = ctx.join(endings.spawnMany, { x }, endings.spawnMany, { x }, () =>
      Atomics.load(x, 0),
    )
    return both
  }),
  spawnMany: job((ctx, { x }: Cells): number => {
    for (let i = 0; i < 100; i++) ctx.spawn(basic.pause, { x, ms: 0.1 })
    return 0
  }),
  catchScope: job((ctx, { x }: Cells): string =>
    messageOf(() =>
      ctx.scope(() => {
        ctx.spawn(basic.pause, { x, ms: 1 })
        ctx.spawn(basic.pause, { x, ms: 1 })
        throw new Error('out of the scope')
      }),
    ),
  ),
  catchJoin: job((ctx, { x }: Cells): string =>
    messageOf(() => ctx.join(endings.spawnThenThrow, { x }, basic.identity, 1, () => 0)),
  ),
  spawnThenThrow: job((ctx, { x }: Cells): number => {
    ctx.spawn(basic.pause, { x, ms: 1 })
    throw new Error('out of the first side')
  }),
  catchTwo: job((ctx): string => {
    const both = [ctx.spawn(basic.fail, 1), ctx.spawn(basic.fail, 2)] as const
    return messageOf(() => ctx.wait(...both))
  }),
  catchTwoFiber: job(function* (ctx: JobContext): Fiber<string> {
    const both = [ctx.spawn(basic.fail, 1), ctx.spawn(basic.fail, 2)] as const
    try {
      yield* ctx.wait(...both)
    } catch (error) {
      return (error as Error).message
    }
    return 'no error'
  }),
  catchTwoAsync: job(async (ctx: JobContext): Promise<string> => {
    const both = [ctx.spawn(basic.fail, 1), ctx.spawn(basic.fail, 2)] as const
    try {
      await ctx.wait(...both)
    } catch (error) {
      return (error as Error).message
    }
    return 'no error'
  }),
  leaveFailing: job((ctx, n: number) => {
    for (let i = 0; i < n; i++) ctx.spawn(basic.identity, i)
    ctx.spawn(basic.fail, 5)
    return 'unseen'
  }),
  /** The one that fails has ended long before the job. */
  leaveFailingFirst: job((ctx, n: number) => {
    ctx.spawn(basic.fail, 5)
    ctx.yieldNow()
    for (let i = 0; i < n; i++) {
      ctx.spawn(basic.identity, i)
      ctx.yieldNow()
    }
    return 'unseen'
  }),
  leaveFailingFiber: job(function* (ctx: JobContext, _n: number): Fiber<string> {
    ctx.spawn(basic.fail, 5)
    yield* ctx.yieldNow()
    return 'unseen'
  }),
  leaveFailingAsync: job(async (ctx: JobContext, _n: number): Promise<string> => {
    ctx.spawn(basic.fail, 5)
    await Promise.resolve()
    return 'unseen'
  }),
  cancelOwnChild: job((ctx, { x }: Cells) => {
    const child = ctx.spawn(basic.pause, { x, ms: 100 })
    child.cancel()
    return messageOf(() => ctx.wait(child).valueOf())
  }),
  cancelAndLeave: job((ctx, { x }: Cells) => {
    ctx.spawn(basic.pause, { x, ms: 1 }).cancel()
    return 'left'
  }),
  cancelAndLeaveFiber: job(function* (ctx: JobContext, { x }: Cells): Fiber<string> {
    ctx.spawn(basic.pause, { x, ms: 1 }).cancel()
    yield* ctx.yieldNow()
    return 'left'
  }),
  throwWithChildren: job((ctx, { x }: Cells) => {
    for (let i = 0; i < 20; i++) ctx.spawn(basic.pause, { x, ms: 0.2 })
    throw new Error('the parent')
  }),
  throwWithChildrenFiber: job(function* (ctx: JobContext, { x }: Cells): Fiber<void> {
    for (let i = 0; i < 20; i++) ctx.spawn(basic.pause, { x, ms: 0.2 })
    yield* ctx.yieldNow()
    throw new Error('the parent')
  }),
  childThen: job((ctx, _n: number): string => {
    const child = ctx.spawn(basic.identity, 1)
    return messageOf(() => void child.then(() => 0))
  }),
  /** Joins with something wrong in the second side, and afterwards a right one. */
  badJoins: job((ctx, { x }: Cells): string[] => {
    const wrong = loopsOfRules.touch as never
    const first = messageOf(() => ctx.join(basic.identity, 1, wrong, { x } as never, () => 0))
    const fiber = messageOf(() => ctx.join(basic.identity, 1, endings.fiberOne, 1, () => 0))
    return [first, fiber, String(ctx.join(basic.identity, 1, basic.identity, 2, (a, b) => a + b))]
  }),
  rightJoin: job((ctx, _n: number) =>
    ctx.join(basic.identity, 3, basic.identity, 4, (a, b) => a * b),
  ),
  fiberOne: job(function* (ctx: JobContext, n: number): Fiber<number> {
    yield* ctx.yieldNow()
    return n
  }),
  joinInFiber: job(function* (ctx: JobContext, _n: number): Fiber<string> {
    yield* ctx.yieldNow()
    return messageOf(() => ctx.join(basic.identity, 1, basic.identity, 2, (a, b) => a + b))
  }),
  race: job(async (ctx: JobContext, { x }: Cells): Promise<unknown> => {
    const quick = ctx.spawn(basic.identity, 7)
    const held = ctx.spawn(basic.hold, { x, came: 1, open: 2 })
    return await Promise.race([quick, held])
  }),
})

export const loopsOfRules = kernels(
  import.meta.url,
  {
    touch: each((_i, { x }: Cells) => void Atomics.add(x, 0, 1)),
    /** Takes long, and counts in word 0 at the end of each index. */
    slow: each((_i, { x }: Cells) => {
      spin(0.3)
      Atomics.add(x, 0, 1)
    }),
    failing: each((i) => {
      if (i === 3) throw new Error('index three')
    }),
  },
  { namespace: 'rules' },
)

export const waits = kernels(import.meta.url, {
  /** Ends at once, or sets a word, or waits for that. Tells where it ran. */
  relay: job((ctx: JobContext, { x, role }: Cells & { readonly role: number }): number => {
    if (role === SETS) {
      Atomics.store(x, 0, 1)
      Atomics.notify(x, 0)
    } else if (role === WAITS) waitForWord(x, 0)
    return ctx.workerIndex
  }),
  /** Waits for a child that is less urgent, so that its thread suspends it before it runs that. Tells where the child ran. */
  waitsForPrivate: job(function* (
    ctx: JobContext,
    { x, role }: Cells & { readonly role: number },
  ): Fiber<number> {
    if (role === NOTHING) return -1
    const child = ctx.spawn(waits.relay, { x, role }, { priority: 'low' })
    yield* ctx.wait(child)
    return child.value
  }),
  /**
   * Both kernels are known to be short, so their jobs stay private, until there are two of one priority: then the older is
   * published, which is the one that the first fiber is suspended for. The younger keeps this thread until the older has run, so
   * another thread has to steal that. Tells which did, and this one.
   */
  stolenFromPrivate: job(function* (ctx: JobContext, { x }: Cells): Fiber<readonly number[]> {
    for (let i = 0; i < 200; i++) {
      yield* ctx.wait(ctx.spawn(waits.relay, { x, role: NOTHING }))
      yield* ctx.wait(ctx.spawn(waits.waitsForPrivate, { x, role: NOTHING }))
    }
    const first = ctx.spawn(waits.waitsForPrivate, { x, role: SETS }, { priority: 'high' })
    // More urgent than this one, it begins and is suspended before this wait is over.
    yield* ctx.wait(ctx.spawn(waits.relay, { x, role: NOTHING }))
    const second = ctx.spawn(waits.relay, { x, role: WAITS }, { priority: 'low' })
    yield* ctx.wait(first, second)
    return [first.value, ctx.workerIndex]
  }),
  /** A loop that the job does not wait for. */
  leaveLoop: job(function* (
    ctx: JobContext,
    { x, n }: Cells & { readonly n: number },
  ): Fiber<string> {
    void ctx.parallelFor(n, loopsOfRules.slow, { x })
    yield* ctx.yieldNow()
    return 'ended'
  }),
  leaveFailingLoop: job(function* (ctx: JobContext, n: number): Fiber<string> {
    void ctx.parallelFor(n, loopsOfRules.failing)
    yield* ctx.yieldNow()
    return 'ended'
  }),
  /** Fails before it has waited for loops that fail, too. */
  leaveFailingLoopsAsync: job(async (ctx: JobContext, n: number): Promise<void> => {
    for (let loop = 0; loop < 2; loop++) void ctx.parallelFor(n, loopsOfRules.failing)
    throw new Error('the body')
  }),
  /** Nested loops in a job that was suspended before. */
  loopsAfterWait: job(function* (ctx: JobContext, { x, counter }: Cells & Counted): Fiber<number> {
    yield* counter.wait()
    yield* ctx.parallelFor(100, loopsOfRules.slow, { x })
    ctx.parallelForSync(10, loopsOfRules.touch, { x })
    yield* ctx.wait(
      ctx.parallelFor(5, loopsOfRules.touch, { x }),
      ctx.parallelFor(5, loopsOfRules.touch, { x }),
    )
    return Atomics.load(x, 0)
  }),
  many: job(function* (
    ctx: JobContext,
    { x, counter, n }: Cells & Counted & { readonly n: number },
  ): Fiber<void> {
    const all = Array.from({ length: n }, () => ctx.spawn(waits.one, { x, counter }))
    yield* ctx.wait(...all)
  }),
  one: job(function* (_ctx: JobContext, { x, counter }: Cells & Counted): Fiber<void> {
    Atomics.add(x, 1, 1)
    yield* counter.wait()
    Atomics.add(x, 0, 1)
  }),
  /** Logs the value that it waited for. */
  until: job(function* (
    _ctx: JobContext,
    { x, counter, target }: Cells & Counted & { readonly target: number },
  ): Fiber<void> {
    Atomics.add(x, 30, 1)
    yield* counter.wait(target)
    x[1 + Atomics.add(x, 0, 1)] = target
  }),
  asyncWait: job(async (_ctx: JobContext, { counter }: Counted): Promise<number> => {
    await counter.wait()
    return counter.value
  }),
  underflow: job((_ctx, { counter }: Counted) => messageOf(() => counter.decrement(5))),
  own: job(function* (ctx: JobContext, n: number): Fiber<number> {
    const counter = ctx.counter(n)
    for (let i = 0; i < n; i++) ctx.spawn(basic.counterDown, { counter, ms: 0 })
    yield* ctx.wait(counter)
    return counter.value
  }),
  plainWait: job((_ctx, { counter }: Counted) => messageOf(() => counter.wait())),
  freeAll: job((ctx, { counter }: Counted) => [
    messageOf(() => counter.free()),
    messageOf(() => ctx.counter(1).free()),
  ]),
  decrementMany: job((_ctx, { counter, n }: Counted & { readonly n: number }) => {
    for (let i = 0; i < n; i++) counter.decrement()
  }),
})

/** Where jobs whose argument is a number count themselves: they run in the thread that `remember` ran in. */
let runs: Int32Array = new Int32Array(1)

export const batch = kernels(import.meta.url, {
  remember: job((_ctx, args: Cells) => {
    runs = args.x
  }),
  plain: job((_ctx, n: number): number => {
    runs[0]++
    if (n % 10 === 3) throw new RangeError(`job ${n} failed`)
    return n
  }),
  fiber: job(function* (ctx: JobContext, n: number): Fiber<number> {
    runs[0]++
    // The later ones fail first.
    for (let turn = n; turn < 50; turn++) yield* ctx.yieldNow()
    if (n % 10 === 3) throw new RangeError(`job ${n} failed`)
    return n
  }),
})

/** Of this thread. */
let slowBegun = 0

export const cancels = kernels(import.meta.url, {
  slow: job((_ctx, _index: number) => {
    slowBegun++
    spin(1)
  }),
  /** How many of `slow` have begun in this thread. */
  begun: job(() => slowBegun),
  poll: job((ctx, { x }: Cells) => {
    Atomics.add(x, 1, 1)
    const end = performance.now() + FOR_EVER_MS
    while (!ctx.aborted) if (performance.now() > end) throw new Error('never aborted')
    Atomics.add(x, 0, 1)
    return 'aborted'
  }),
  pollFiber: job(function* (ctx: JobContext, { x }: Cells): Fiber<string> {
    Atomics.add(x, 1, 1)
    const end = performance.now() + FOR_EVER_MS
    try {
      while (performance.now() < end) yield* ctx.yieldNow()
    } finally {
      Atomics.add(x, 0, 1)
    }
    throw new Error('never cancelled')
  }),
  /** Suspended at a counter, inside a try with a finally. */
  atCounter: job(function* (_ctx: JobContext, { x, counter }: Cells & Counted): Fiber<string> {
    Atomics.add(x, 1, 1)
    try {
      yield* counter.wait()
    } finally {
      Atomics.add(x, 0, 1)
    }
    return 'ended'
  }),
  /** A tree of fibers that all wait for the counter. */
  treeAtCounter: job(function* (
    ctx: JobContext,
    { x, counter, depth }: Cells & Counted & { readonly depth: number },
  ): Fiber<void> {
    Atomics.add(x, 1, 1)
    try {
      if (depth > 0) {
        const children = [1, 2].map(() =>
          ctx.spawn(cancels.treeAtCounter, { x, counter, depth: depth - 1 }),
        )
        yield* ctx.wait(...children)
      } else yield* counter.wait()
    } finally {
      Atomics.add(x, 0, 1)
    }
  }),
  pollUnder: job((ctx, { x, depth }: Cells & { readonly depth: number }): void => {
    if (depth === 0) {
      const end = performance.now() + FOR_EVER_MS
      Atomics.add(x, 1, 1)
      while (!ctx.aborted) if (performance.now() > end) throw new Error('never aborted')
      Atomics.add(x, 0, 1)
      return
    }
    ctx.wait(ctx.spawn(cancels.pollUnder, { x, depth: depth - 1 }))
  }),
  spawnWhenAborted: job((ctx, { x }: Cells) => {
    Atomics.add(x, 1, 1)
    const end = performance.now() + FOR_EVER_MS
    while (!ctx.aborted && performance.now() < end);
    ctx.spawn(basic.add, { x, at: 2, by: 1 })
  }),
  /** Cancels a child fiber that gives turns for ever. */
  cancelYielding: job(function* (ctx: JobContext, { x }: Cells): Fiber<string> {
    const child = ctx.spawn(cancels.pollFiber, { x })
    while (Atomics.load(x, 1) === 0) yield* ctx.yieldNow()
    child.cancel()
    try {
      yield* ctx.wait(child)
    } catch (error) {
      return (error as Error).name
    }
    return 'no error'
  }),
  /** Cancels a child whose own child waits for a counter. */
  cancelGrandchild: job(function* (
    ctx: JobContext,
    { x, counter }: Cells & Counted,
  ): Fiber<string> {
    const child = ctx.spawn(cancels.treeAtCounter, { x, counter, depth: 1 })
    while (Atomics.load(x, 1) < 3) yield* ctx.yieldNow()
    for (let turn = 0; turn < 50; turn++) yield* ctx.yieldNow()
    child.cancel()
    try {
      yield* ctx.wait(child)
    } catch (error) {
      return (error as Error).name
    }
    return 'no error'
  }),
  holdThenWait: job((_ctx, { x }: Cells) => {
    Atomics.add(x, 1, 1)
    waitForWord(x, 2)
  }),
})

export const detachings = kernels(import.meta.url, {
  failWhenOpen: job((_ctx, { x }: Cells) => {
    waitForWord(x, 2)
    throw new Error('a detached job failed')
  }),
  detachFailing: job((ctx, { x }: Cells): void =>
    ctx.spawnDetached(detachings.failWhenOpen, { x }),
  ),
  detachWaiting: job((ctx, { x, counter }: Cells & Counted) => {
    ctx.spawnDetached(cancels.atCounter, { x, counter })
  }),
  detachSlow: job((ctx, { x, n }: Cells & { readonly n: number }) => {
    for (let i = 0; i < n; i++) ctx.spawnDetached(basic.pause, { x, ms: 3 })
  }),
})
