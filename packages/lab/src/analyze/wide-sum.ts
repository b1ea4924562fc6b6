// A sum of 610 per item leaves 32 bits after 7 million items, and 64-bit atomics would turn every item into a BigInt.
// So a sum is a 32-bit word that wraps, plus a carry word that counts the wraps: one atomic per addition, and a
// second one only when it wraps. Words and carries lie in different arrays, so that carries never share a line with
// the words whose sharing is measured.

/** Adds a small non-negative integer (below 2^31): one item's result. */
export function addItem(
  words: Int32Array,
  at: number,
  carries: Int32Array,
  carryAt: number,
  value: number,
): void {
  const before = Atomics.add(words, at, value)
  if ((before + value) >>> 0 < before >>> 0) Atomics.add(carries, carryAt, 1)
}

/** Adds any non-negative integer below 2^53: one chunk's result. */
export function addSum(
  words: Int32Array,
  at: number,
  carries: Int32Array,
  carryAt: number,
  value: number,
): void {
  const low = value >>> 0
  const before = Atomics.add(words, at, low) >>> 0
  const wraps = (value - low) / 4294967296 + (before + low > 0xffffffff ? 1 : 0)
  if (wraps > 0) Atomics.add(carries, carryAt, wraps)
}

/** The sum of all words and carries; words nobody wrote are 0. */
export function readSum(words: Int32Array, carries: Int32Array): number {
  let sum = 0
  for (let at = 0; at < words.length; at++) sum += Atomics.load(words, at) >>> 0
  return sum + 4294967296 * countCarries(carries)
}

export function countCarries(carries: Int32Array): number {
  let count = 0
  for (let at = 0; at < carries.length; at++) count += Atomics.load(carries, at)
  return count
}
