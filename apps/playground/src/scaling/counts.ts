/** Worker counts to measure: all of a few, and from there on a few of many. */
export function workerCounts(most: number): number[] {
  const counts = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128]
  return [...new Set([...counts.filter((count) => count < most), most])]
}
