import { median, quantileOfSorted } from './median.ts'
import { seededRandom } from './random.ts'

export interface Estimate {
  value: number
  /** 95 % percentile interval. */
  low: number
  high: number
}

const resamples = 1000

/** The median with its bootstrap interval. Ratios of medians: see `bootstrap`. */
export function medianEstimate(values: readonly number[]): Estimate {
  return bootstrap([values], ([only]) => median(only))
}

/**
 * Percentile bootstrap of any statistic over independent groups: each group is resampled on its own.
 * The seed is fixed, so the same samples always give the same interval.
 */
export function bootstrap(
  groups: readonly (readonly number[])[],
  statistic: (groups: Float64Array[]) => number,
): Estimate {
  const random = seededRandom(0x5eed)
  const value = statistic(groups.map((group) => Float64Array.from(group)))
  const drawn = groups.map((group) => new Float64Array(group.length))
  const found = new Float64Array(resamples)
  for (let round = 0; round < resamples; round++) {
    for (const [at, target] of drawn.entries()) resample(groups[at], target, random)
    found[round] = statistic(drawn)
  }
  found.sort()
  return { value, low: quantileOfSorted(found, 0.025), high: quantileOfSorted(found, 0.975) }
}

function resample(from: readonly number[], into: Float64Array, random: () => number): void {
  for (let at = 0; at < into.length; at++) {
    into[at] = from[Math.floor(random() * from.length)]
  }
}
