/** The jobs in a deque, oldest first, as tests look at it. */
import { lengthOf } from '../../src/core/deque.ts'
import { T_RINGS, T_TOP } from '../../src/layout/jobs.ts'

export function entries(
  words: Int32Array,
  thread: number,
  level: number,
  capacity: number,
): number[] {
  const top = Atomics.load(words, thread + T_TOP + level)
  const ring = thread + T_RINGS + level * capacity
  return Array.from(
    { length: lengthOf(words, thread, level) },
    (_, entry) => words[ring + ((top + entry) & (capacity - 1))]!,
  )
}
