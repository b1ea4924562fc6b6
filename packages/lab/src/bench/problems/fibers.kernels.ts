import { job, kernels } from 'spillway/kernel'
import type { Counter, Fiber } from 'spillway/kernel'

interface Turns {
  mine: Counter
  other: Counter
  rounds: number
  first: boolean
}

export const { yielding, child, waiting, taking } = kernels(
  import.meta.url,
  {
    yielding: job(function* (ctx, rounds: number): Fiber<number> {
      let count = 0
      for (; count < rounds; count++) yield* ctx.yieldNow()
      return count
    }),
    child: job((_ctx, round: number): number => round * 2 + 1),
    waiting: job(function* (ctx, rounds: number): Fiber<number> {
      let sum = 0
      for (let round = 0; round < rounds; round++) sum += yield* ctx.wait(ctx.spawn(child, round))
      return sum
    }),
    /** Two of these take turns: each round ends one's wait and begins the other's. */
    taking: job(function* (_ctx, { mine, other, rounds, first }: Turns): Fiber<number> {
      let count = 0
      for (; count < rounds; count++) {
        if (first) mine.decrement()
        yield* other.wait(rounds - count - 1)
        if (!first) mine.decrement()
      }
      return count
    }),
  },
  { namespace: 'bench' },
)
