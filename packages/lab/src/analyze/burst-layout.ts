import type { Variant } from './variants.ts'

/** Int32 elements in 128 bytes: two 64-byte lines, because neighbouring lines are fetched in pairs. */
export const lineElements = 32

/** Words a round takes in the plan: variant number, first worker, number of workers. */
export const roundWords = 3

/** Each on a line of its own. */
export const burstWords = {
  /** How many have come to this round's gathering. */
  gathered: 0,
  /** Rounds called so far; what the others park on. */
  called: lineElements,
  /** How many have arrived at this round's start. */
  arrived: 2 * lineElements,
  /** Rounds opened so far; what the others spin on. */
  opened: 3 * lineElements,
  /** 1 once somebody gave up waiting. */
  broken: 4 * lineElements,
  length: 5 * lineElements,
} as const

/** Kernels take numbers only. */
export const variantNumber: Record<Variant, number> = {
  shared: 0,
  adjacent: 1,
  padded: 2,
  local: 3,
  reduce: 4,
  none: 5,
}
