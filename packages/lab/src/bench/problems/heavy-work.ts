// The work of one item: iterative Fibonacci. At depth 15 it makes 14 additions and returns 610.
export const DEPTH = 15
export const WORK_OF_ONE_ITEM = 610

export function heavyWork(depth: number): number {
  if (depth < 1) return 0
  let previous = 0
  let current = 1
  for (let step = 1; step < depth; step++) {
    const next = previous + current
    previous = current
    current = next
  }
  return current
}

/** The serial loop that the sums are compared with. */
export function heavyWorkLoop(items: number, depth: number): number {
  let sum = 0
  for (let index = 0; index < items; index++) sum += heavyWork(depth)
  return sum
}
