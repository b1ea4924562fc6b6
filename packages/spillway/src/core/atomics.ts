/**
 * The seam: every access to a word that another thread may write goes through here, with sequential consistency.
 *
 * The functions are what a model checker replaces by steps of its own; plain accesses in `core/` are only allowed where a comment
 * says which access here orders them. `docs/decisions/0001-atomics-seam.md` compares this with a Wasm seam.
 */

export function load(words: Int32Array, index: number): number {
  return Atomics.load(words, index)
}

export function store(words: Int32Array, index: number, value: number): void {
  Atomics.store(words, index, value)
}

/** Returns the value before the addition. */
export function add(words: Int32Array, index: number, value: number): number {
  return Atomics.add(words, index, value)
}

/** Returns the value before the subtraction. */
export function sub(words: Int32Array, index: number, value: number): number {
  return Atomics.sub(words, index, value)
}

export function or(words: Int32Array, index: number, bits: number): number {
  return Atomics.or(words, index, bits)
}

export function and(words: Int32Array, index: number, bits: number): number {
  return Atomics.and(words, index, bits)
}

/** True if the word held `expected` and now holds `replacement`. */
export function compareAndSet(
  words: Int32Array,
  index: number,
  expected: number,
  replacement: number,
): boolean {
  return Atomics.compareExchange(words, index, expected, replacement) === expected
}

/**
 * Sleeps while the word holds `expected`, at most `milliseconds`; true if it slept that long. May block; may return early. Throws on
 * memory that is not shared and in threads that may not block: a caller that went on there would spin, and hold what it waits for.
 */
export function wait(
  words: Int32Array,
  index: number,
  expected: number,
  milliseconds: number,
): boolean {
  return Atomics.wait(words, index, expected, milliseconds) === 'timed-out'
}

export function notify(words: Int32Array, index: number): void {
  Atomics.notify(words, index)
}
