/** Linear interpolation between the two nearest order statistics. NaN of nothing. */
export function quantile(values: ArrayLike<number>, fraction: number): number {
  return quantileOfSorted(Float64Array.from(values).toSorted(), fraction)
}

export function median(values: ArrayLike<number>): number {
  return quantile(values, 0.5)
}

export function quantileOfSorted(sorted: Float64Array, fraction: number): number {
  if (sorted.length === 0) return Number.NaN
  const position = fraction * (sorted.length - 1)
  const below = Math.floor(position)
  const low = sorted[below]
  const high = sorted[Math.min(below + 1, sorted.length - 1)]
  return low + (high - low) * (position - below)
}
