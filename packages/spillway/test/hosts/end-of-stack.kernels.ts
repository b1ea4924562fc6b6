/** A job, and a function of any thread, that use up the stack by recursion of their own before they ask something of the library. */
import { each, job, kernels, reduce } from 'spillway/kernel'
import type { Fiber, JobContext } from 'spillway/kernel'
import type { Cells } from '../support/jobs.kernels.ts'

/** Calls itself `left` times, then `act`: not in tail position, and with a frame as small as they get. */
function descend(left: number, act: () => void): number {
  if (left > 0) return descend(left - 1, act) + 1
  act()
  return 0
}

/** The most calls of `descend` that fit on what is left of the stack, about; others once it is compiled anew. */
function callsToTheEnd(): number {
  let most = 0
  for (let step = 1 << 16; step >= 8; step >>= 1) {
    try {
      descend(most + step, () => {})
      most += step
    } catch {}
  }
  return most
}

/** Frames above the end of the stack: from where there is room down to it, then every other one of the last few kB. */
const HEIGHTS = [
  ...Array.from({ length: 50 }, (_, k) => 5000 - 100 * k),
  ...Array.from({ length: 100 }, (_, k) => 200 - 2 * k),
]

/** The library's error, or the engine's. */
function isOverflow(error: unknown): boolean {
  return error instanceof RangeError || (error as Error).name === 'InternalError'
}

/** Runs `act` near the end of the stack. Returns how often it ended well; else it has thrown that there is no room. */
export function nearTheEnd(act: () => void): number {
  let well = 0
  let end = 0
  for (const [turn, height] of HEIGHTS.entries()) {
    if (turn % 25 === 0) end = callsToTheEnd()
    try {
      descend(end - height, act)
      well++
    } catch (error) {
      if (!isOverflow(error)) throw error
    }
  }
  return well
}

/** What a job does there. */
export const ACTIONS = {
  plain: (ctx: JobContext, { x }: Cells) => void ctx.wait(ctx.spawn(ending.one, { x })),
  several: (ctx: JobContext, { x }: Cells) => {
    const all = [1, 2, 3].map(() => ctx.spawn(ending.one, { x }))
    ctx.wait(...all)
  },
  fiber: (ctx: JobContext, { x }: Cells) => void ctx.wait(ctx.spawn(ending.fiber, { x })),
  scope: (ctx: JobContext, { x }: Cells) => ctx.scope(() => void ctx.spawn(ending.one, { x })),
  join: (ctx: JobContext, { x }: Cells) => {
    ctx.join(ending.one, { x }, ending.one, { x }, () => 0)
  },
  turn: (ctx: JobContext, { x }: Cells) => {
    ctx.spawn(ending.one, { x })
    ctx.yieldNow()
  },
  loop: (ctx: JobContext, { x }: Cells) => {
    ctx.parallelForSync(8, loops.one, { x }, { grain: 1 })
  },
  reduce: (ctx: JobContext) => {
    if (ctx.parallelReduceSync(8, loops.sum, undefined, { grain: 1 }) !== 28) throw new Error('sum')
  },
} satisfies Record<string, (ctx: JobContext, cells: Cells) => void>

const LIST = Object.values(ACTIONS)

const loops = kernels(
  import.meta.url,
  {
    one: each((_i, { x }: Cells) => void Atomics.add(x, 0, 1)),
    sum: reduce({ identity: 0, fold: (acc, i) => acc + i, combine: (a, b) => a + b }),
  },
  { namespace: 'loops-at-the-end' },
)

export const loopAtTheEnd = loops.one
export const sumAtTheEnd = loops.sum

export const ending = kernels(import.meta.url, {
  one: job((_ctx, { x }: Cells) => void Atomics.add(x, 0, 1)),
  fiber: job(function* (ctx, { x }: Cells): Fiber<void> {
    const child = ctx.spawn(ending.one, { x })
    yield* ctx.wait(child)
  }),
  /** Catches what it gets at the end of the stack, and goes on. */
  edge: job((ctx, { x, action }: Cells & { readonly action: number }) =>
    nearTheEnd(() => LIST[action](ctx, { x })),
  ),
})
