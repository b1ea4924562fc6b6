/** Jobs that do what they must not. */
import { each, job, kernels } from 'spillway/kernel'
import type { Fiber, JobContext, JobHandle } from 'spillway/kernel'
import { basic } from './jobs.kernels.ts'

const loops = kernels(
  import.meta.url,
  { addOne: each((_i, { x }: { readonly x: Int32Array }) => void Atomics.add(x, 0, 1)) },
  { namespace: 'loops-of-misuse' },
)

function messageOf(action: () => unknown): string {
  try {
    return `no error: ${String(action())}`
  } catch (error) {
    return (error as Error).message
  }
}

/** A handle that one job leaves to another. */
let kept: JobHandle | null = null

const table = kernels(import.meta.url, {
  yieldJunk: job(function* (ctx: JobContext, _n: number): Fiber<string> {
    try {
      yield 42
    } catch (error) {
      yield* ctx.yieldNow()
      return (error as Error).message
    }
    return 'no error'
  }),
  yieldPromise: job(function* (_ctx: JobContext, _n: number): Fiber<void> {
    yield Promise.resolve()
  }),
  returnPromise: job((_ctx, n: number): unknown => {
    const box = [Promise.resolve(n)]
    return box[0]
  }) as unknown as typeof basic.identity,
  returnRejection: job((_ctx, n: number): unknown => {
    const box = [Promise.reject(new Error(`rejected ${n}`))]
    return box[0]
  }) as unknown as typeof basic.identity,
  returnFunction: job(
    (_ctx, _n: number): unknown =>
      () =>
        1,
  ),
  returnSymbol: job((_ctx, _n: number): unknown => ({ deep: [Symbol('s')] })),
  returnFromFiber: job(function* (ctx: JobContext, _n: number): Fiber<unknown> {
    yield* ctx.yieldNow()
    return () => 1
  }),
  returnFromAsync: job(async (_ctx: JobContext, _n: number): Promise<unknown> => {
    await Promise.resolve()
    return () => 1
  }),
  returnFromChild: job((ctx, n: number) => void ctx.spawn(table.returnFunction, n)),
  returnFromJoin: job((ctx, n: number): number =>
    ctx.join(table.returnFunction, n, basic.identity, n, (_a, b) => b),
  ),
  throwAny: job((_ctx, index: number) => {
    const box: unknown[] = [5, 'text', null, undefined, { a: [1] }]
    throw box[index]
  }),
  throwUnclonable: job((_ctx, _n: number) => {
    throw Object.assign(new Error('with a function'), { run: () => 1 })
  }),
  everything: job((ctx: JobContext, _n: number): string[] => {
    const spawn = ctx.spawn.bind(ctx) as (...args: unknown[]) => JobHandle
    const child = ctx.spawn(basic.identity, 1)
    return [
      messageOf(() => spawn(loops.addOne, { x: 1 })),
      messageOf(() => spawn(undefined)),
      messageOf(() => spawn(basic.add, 4)),
      messageOf(() => spawn(basic.identity, 4, { prio: 'high' })),
      messageOf(() => spawn(basic.identity, 4, { priority: 1 })),
      messageOf(() => ctx.wait(5 as never)),
      messageOf(() => child.value),
      messageOf(() => ctx.scratch('Int32Array' as never, 4)),
      messageOf(() => ctx.scratch(Int32Array, -1)),
      messageOf(() => ctx.counter(-1)),
    ]
  }),
  /** What is wrong with the sides of a join, each as the first and as the second; the right side counts its runs. */
  wrongSides: job((ctx: JobContext, { x }: { readonly x: Int32Array }): string[] => {
    const join = ctx.join.bind(ctx) as (...args: unknown[]) => unknown
    const circle: Record<string, unknown> = { x, at: 0, by: 1 }
    circle['self'] = circle
    const wrong: readonly (readonly [unknown, unknown])[] = [
      [basic.add, { x: new Int32Array(1), at: 0, by: 1 }],
      [basic.add, circle],
      [basic.add, 3],
      [basic.add, { x, at: 0 }],
      [basic.identity, 'text'],
      [basic.identity, () => 1],
      [loops.addOne, { x }],
      [table.yieldJunk, 1],
      [undefined, 1],
      [{}, 1],
    ]
    const right = [basic.add, { x, at: 0, by: 1 }]
    return wrong.flatMap((side) => [
      messageOf(() => join(...side, ...right, () => 0)),
      messageOf(() => join(...right, ...side, () => 0)),
    ])
  }),
  /** Joins that each differ from the right one before in one thing. */
  changedSides: job((ctx: JobContext, { x }: { readonly x: Int32Array }): string[] => {
    const join = ctx.join.bind(ctx) as (...args: unknown[]) => unknown
    const cells = { x, at: 0, by: 1 }
    const messages: string[] = []
    const after = (right: readonly unknown[], wrong: readonly unknown[]): void => {
      // The second is remembered from the first.
      for (let time = 0; time < 2; time++) join(...right, (a: number, b: number) => a + b)
      messages.push(messageOf(() => join(...wrong, () => 0)))
    }
    const numbers = [basic.identity, 1, basic.identity, 2]
    after(numbers, [basic.add, 3, basic.identity, 2])
    after(numbers, [basic.identity, 1, basic.add, 3])
    after([basic.identity, 1, basic.add, cells], [basic.identity, 1, basic.add, 3])
    after([basic.add, cells, basic.identity, 1], [basic.add, 3, basic.identity, 1])
    join(...numbers, () => 0)
    // The second side alone is another one, and what is remembered of the first must not stand for both.
    after([basic.identity, 1, basic.add, cells], [basic.identity, 1, basic.add, 3])
    after(numbers, [basic.identity, 'text', basic.identity, 2])
    after(numbers, [basic.identity, 1, basic.identity, 'text'])
    after(numbers, [table.yieldJunk, 1, basic.identity, 2])
    after(numbers, [basic.identity, 1, table.yieldJunk, 2])
    after(numbers, [loops.addOne, 1, basic.identity, 2])
    return messages
  }),
  /** Plain functions in jobs, which capture a name of this module. */
  captures: job((ctx: JobContext, { x }: { readonly x: Int32Array }): string[] => {
    const text = 'captured'
    return [
      messageOf(() => ctx.parallelForSync(1, (i, cells) => void (cells.x[i] = text.length), { x })),
      messageOf(() =>
        ctx.spawn(
          job((_ctx, n: number) => n + text.length),
          1,
        ),
      ),
      messageOf(() =>
        ctx.spawnDetached(
          job((_ctx, n: number) => void (kept ?? n)),
          1,
        ),
      ),
      messageOf(() =>
        ctx.parallelForSync(1, (i, cells) => void (cells.x[i] = Math.max(1, 7)), { x }),
      ),
    ]
  }),
  capturesInFiber: job(function* (
    ctx: JobContext,
    { x }: { readonly x: Int32Array },
  ): Fiber<string[]> {
    yield* ctx.yieldNow()
    const text = 'captured'
    const child = ctx.spawn(
      job((_ctx, n: number) => n * 2),
      4,
    )
    yield* ctx.wait(child)
    return [
      messageOf(() => ctx.parallelFor(1, (i, cells) => void (cells.x[i] = text.length), { x })),
      String(child.value),
    ]
  }),
  capturesInAsync: job(
    async (ctx: JobContext, { x }: { readonly x: Int32Array }): Promise<string[]> => {
      const text = 'captured'
      return [
        messageOf(() => ctx.parallelFor(1, (i, cells) => void (cells.x[i] = text.length), { x })),
        String(
          await ctx.spawn(
            job((_ctx, n: number) => n * 2),
            4,
          ),
        ),
      ]
    },
  ),
  waitForOthers: job(function* (ctx: JobContext, _n: number): Fiber<string> {
    kept = ctx.spawn(basic.identity, 1)
    const other = ctx.spawn(table.waitForKept, 0)
    yield* ctx.wait(other)
    return other.value
  }),
  waitForKept: job((ctx: JobContext, _n: number): string => {
    // Where another thread runs it, the handle never came: it is another's all the same.
    const handle = kept
    if (handle === null) {
      return 'job "waitForKept" may wait only for jobs that it spawned itself; "identity" is another\'s'
    }
    kept = null
    return messageOf(() => ctx.wait(handle))
  }),
  scopeInFiber: job(function* (ctx: JobContext, _n: number): Fiber<string> {
    yield* ctx.yieldNow()
    return messageOf(() => ctx.scope(() => 1))
  }),
  scopeInAsync: job(async (ctx: JobContext, _n: number): Promise<string> =>
    messageOf(() => ctx.scope(() => 1)),
  ),
  loopInAsync: job(async (ctx: JobContext, _n: number): Promise<string> =>
    messageOf(() => ctx.parallelForSync(1, loops.addOne, { x: ctx.scratch(Int32Array, 1) })),
  ),
  asyncLeaf: job(async (_ctx: JobContext, n: number): Promise<number> => {
    await new Promise((resolve) => setTimeout(resolve, 1))
    return n
  }),
  spawnAsync: job((ctx: JobContext, n: number) => void ctx.spawn(table.asyncLeaf, n)),
  spawnAsyncFiber: job(function* (ctx: JobContext, n: number): Fiber<number> {
    return yield* ctx.wait(ctx.spawn(table.asyncLeaf, n))
  }),
})

export const misuses = { ...table, loops }
