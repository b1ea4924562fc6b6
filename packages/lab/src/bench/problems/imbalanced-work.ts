// The uneven work: one block of items in ten is 100 times heavier. `spread` puts the heavy blocks apart (every tenth);
// otherwise they come first, which is the worst case for a loop cut in equal parts.

export const BLOCKS = 1000
export const ITEMS_PER_BLOCK = 30
export const ITEMS = BLOCKS * ITEMS_PER_BLOCK
const LIGHT_STEPS = 40
const HEAVY = 100
const ONE_IN = 10

/**
 * A chain of multiplications, each needing the one before: the same time per step on every thread and in every
 * language, and only one branch per item that a predictor can miss.
 */
function chain(seed: number, steps: number): number {
  let value = seed
  for (let step = 0; step < steps; step++) value = (Math.imul(value, 1_664_525) + 1_013_904_223) | 0
  return value
}

export function workOf(index: number, spread: boolean): number {
  const block = Math.floor(index / ITEMS_PER_BLOCK)
  const heavy = spread ? block % ONE_IN === ONE_IN - 1 : block < BLOCKS / ONE_IN
  return chain(index, heavy ? LIGHT_STEPS * HEAVY : LIGHT_STEPS)
}

export function serialSum(spread: boolean): number {
  let sum = 0
  for (let index = 0; index < ITEMS; index++) sum += workOf(index, spread)
  return sum
}

export function blockSum(block: number, spread: boolean): number {
  let sum = 0
  for (let item = 0; item < ITEMS_PER_BLOCK; item++) {
    sum += workOf(block * ITEMS_PER_BLOCK + item, spread)
  }
  return sum
}
