/** The seed's work item: the n-th Fibonacci number, step by step. For 15 that is 14 additions and 610. */
export function heavyWork(n: number): number {
  if (n < 2) return n
  let before = 0
  let last = 1
  for (let k = 1; k < n; k++) {
    const next = before + last
    before = last
    last = next
  }
  return last
}

export const workDepth = 15
export const workResult = 610
