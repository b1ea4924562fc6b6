import { shuffle } from '../stats/random.ts'
import { variants, type Variant } from './variants.ts'

/** Workers first, first + 1, …: as many as `workers`. */
export interface Round {
  block: number
  variant: Variant
  first: number
  workers: number
}

/** So many workers are measured alone. */
const mostAlone = 4

/**
 * Blocks of rounds, each block in a new random order: every variant with every worker count. "One worker" is a round
 * for each of several workers: every worker compiles the kernel for itself, not always into equally fast code, so the
 * slower of those alone is what the slower of those together compares with.
 */
export function planRounds(
  workerCounts: readonly number[],
  blocks: number,
  random: () => number,
): Round[] {
  const alone = Math.min(mostAlone, Math.max(...workerCounts))
  const groups = workerCounts.flatMap((workers) =>
    workers === 1
      ? Array.from({ length: alone }, (_, first) => ({ first, workers }))
      : [{ first: 0, workers }],
  )
  return Array.from({ length: blocks }, (_, block) =>
    shuffle(
      variants.flatMap((variant) => groups.map((group) => ({ block, variant, ...group }))),
      random,
    ),
  ).flat()
}
