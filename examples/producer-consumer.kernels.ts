import { job, kernels } from 'spillway/kernel'
import type { Counter, Fiber } from 'spillway/kernel'

/** A ring of places. Both counters begin at the number of items and count down. */
interface Channel {
  ring: Int32Array
  items: number
  unproduced: Counter
  unconsumed: Counter
}

export const { produce, consume } = kernels(import.meta.url, {
  produce: job(function* (_ctx, { ring, items, unproduced, unconsumed }: Channel): Fiber<void> {
    for (let item = 0; item < items; item++) {
      // Its place is free once the item one round earlier was consumed; in the first round it is.
      const consumed = item - ring.length + 1
      if (consumed > 0) yield* unconsumed.wait(items - consumed)
      Atomics.store(ring, item % ring.length, item * item)
      unproduced.decrement()
    }
  }),
  consume: job(function* (_ctx, { ring, items, unproduced, unconsumed }: Channel): Fiber<number> {
    let sum = 0
    for (let item = 0; item < items; item++) {
      yield* unproduced.wait(items - item - 1)
      sum += Atomics.load(ring, item % ring.length)
      unconsumed.decrement()
    }
    return sum
  }),
})
