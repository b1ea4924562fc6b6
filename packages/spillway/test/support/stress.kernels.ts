/** Jobs in great numbers, and queues between them. */
import { job, kernels } from 'spillway/kernel'
import type { Counter, Fiber, JobContext } from 'spillway/kernel'
import { basic, spin } from './jobs.kernels.ts'
import type { Cells } from './jobs.kernels.ts'

/** A queue of numbers in shared memory: HEAD is the next place to take from, TAIL the next to fill; cells hold 0 when empty. */
export const HEAD = 0
export const TAIL = 1
export const FIRST_CELL = 2

interface Queue {
  readonly queue: Int32Array
  readonly n: number
}

export const stress = kernels(import.meta.url, {
  produce: job(function* (ctx: JobContext, { queue, n }: Queue): Fiber<void> {
    const cells = queue.length - FIRST_CELL
    for (let i = 1; i <= n; i++) {
      const cell = FIRST_CELL + ((Atomics.add(queue, TAIL, 1) & 0x3fff_ffff) % cells)
      while (Atomics.compareExchange(queue, cell, 0, i) !== 0) yield* ctx.yieldNow()
    }
  }),
  /** Spawns `first` children, opens word `open`, and spawns on in bursts: other threads must run a child of each, or an earlier one. */
  spawnForThieves: job(
    (
      ctx: JobContext,
      { x, open, first, bursts }: Cells & { open: number; first: number; bursts: number },
    ): void => {
      const args = { x, home: ctx.workerIndex }
      for (let child = 0; child < first; child++) ctx.spawn(stress.countAway, args)
      Atomics.store(x, open, 1)
      Atomics.notify(x, open)
      for (let burst = 0; burst < bursts; burst++) {
        const before = Atomics.load(x, 0)
        // More than may pass before the thread looks for records that thieves are done with.
        for (let child = 0; child < 300; child++) ctx.spawn(stress.countAway, args)
        const end = performance.now() + 2000
        while (Atomics.load(x, 0) === before) {
          if (performance.now() > end) throw new Error(`nobody came after burst ${burst}`)
        }
      }
    },
  ),
  /** Counts itself in word 0, unless it runs in worker `home`. Short, but worth taking. */
  countAway: job((ctx: JobContext, { x, home }: Cells & { home: number }): void => {
    spin(0.003)
    if (ctx.workerIndex !== home) Atomics.add(x, 0, 1)
  }),
  consume: job(function* (ctx: JobContext, { queue, n }: Queue): Fiber<number> {
    const cells = queue.length - FIRST_CELL
    let sum = 0
    for (let i = 0; i < n; i++) {
      const cell = FIRST_CELL + ((Atomics.add(queue, HEAD, 1) & 0x3fff_ffff) % cells)
      for (;;) {
        const item = Atomics.exchange(queue, cell, 0)
        if (item !== 0) {
          sum += item
          break
        }
        yield* ctx.yieldNow()
      }
    }
    return sum
  }),
  /** All begin at the same moment, when the counter falls. */
  stampede: job(function* (
    ctx: JobContext,
    { x, counter, n }: Cells & { readonly counter: Counter; readonly n: number },
  ): Fiber<number> {
    const all = Array.from({ length: n }, () => ctx.spawn(stress.charge, { x, counter }))
    while (Atomics.load(x, 1) < n) yield* ctx.yieldNow()
    counter.decrement()
    yield* ctx.wait(...all)
    return Atomics.load(x, 0)
  }),
  charge: job(function* (
    ctx: JobContext,
    { x, counter }: Cells & { readonly counter: Counter },
  ): Fiber<void> {
    Atomics.add(x, 1, 1)
    yield* counter.wait()
    for (let i = 0; i < 10; i++) ctx.spawn(basic.add, { x, at: 0, by: 1 })
  }),
  /** Everything at once: plain and fiber children, scratch, loops, joins, errors that are caught. */
  mixture: job(function* (
    ctx: JobContext,
    { depth, seed }: { readonly depth: number; readonly seed: number },
  ): Fiber<number> {
    const scratch = ctx.scratch(Int32Array, 16 + (seed % 64))
    scratch.fill(seed)
    if (depth === 0) return scratch[15]
    const fibers = [1, 2].map((n) =>
      ctx.spawn(stress.mixture, { depth: depth - 1, seed: (seed * 7 + n) % 101 }),
    )
    const plain = ctx.spawn(stress.plainMixture, { depth: depth - 1, seed })
    const failing = ctx.spawn(basic.fail, seed)
    if (seed % 3 === 0) yield* ctx.yieldNow()
    try {
      yield* ctx.wait(failing)
    } catch {
      scratch[0]++
    }
    yield* ctx.wait(...fibers, plain)
    if (scratch[0] !== seed + 1 || scratch[15] !== seed) throw new Error('scratch was shared')
    return fibers[0].value + fibers[1].value + plain.value
  }),
  plainMixture: job(
    (
      ctx: JobContext,
      { depth, seed }: { readonly depth: number; readonly seed: number },
    ): number => {
      if (depth === 0) return seed
      const next = { depth: depth - 1, seed: (seed * 5 + 1) % 101 }
      const joined = ctx.join(stress.plainMixture, next, stress.plainMixture, next, (a, b) => a + b)
      const spawned = ctx.spawn(stress.plainMixture, next)
      ctx.wait(spawned)
      return joined + spawned.value
    },
  ),
  /** Gives turns until the word is set; how often does not matter. */
  patient: job(function* (ctx: JobContext, { x }: Cells): Fiber<void> {
    while (Atomics.load(x, 1) === 0) yield* ctx.yieldNow()
    Atomics.add(x, 0, 1)
  }),
  /** Keeps spawning until the patient have been seen to. */
  flood: job(function* (ctx: JobContext, { x, n }: Cells & { readonly n: number }): Fiber<void> {
    for (let i = 0; i < n; i++) {
      ctx.spawn(basic.pause, { x: ctx.scratch(Int32Array, 1), ms: 0.005 })
      if (i % 16 === 0) yield* ctx.yieldNow()
    }
    Atomics.store(x, 1, 1)
  }),
  sleepyParent: job((ctx: JobContext, { x, n }: Cells & { readonly n: number }) => {
    for (let i = 0; i < n; i++) {
      // Long enough for the others to fall asleep, again and again.
      spin(0.2)
      ctx.wait(ctx.spawn(basic.add, { x, at: 0, by: 1 }))
    }
  }),
})

export function twinOfMixture(depth: number, seed: number): number {
  if (depth === 0) return seed
  const inner = [1, 2].map((n) => twinOfMixture(depth - 1, (seed * 7 + n) % 101))
  return inner[0] + inner[1] + twinOfPlain(depth - 1, seed)
}

function twinOfPlain(depth: number, seed: number): number {
  return depth === 0 ? seed : 3 * twinOfPlain(depth - 1, (seed * 5 + 1) % 101)
}
