/** Binding threads to cpus: what every backend offers. The backends are in `host/`. */

export interface Affinity {
  /** `node:ffi`, `koffi` or `taskset`. */
  readonly backend: string
  /**
   * Binds a thread of this process to cpus. Resolves with null, or with why the system refused, in which case the thread stays where it
   * was.
   */
  bind(thread: number, cpus: readonly number[]): Promise<string | null>
  /** The same at once, for a thread that is about to start another. */
  bindNow(thread: number, cpus: readonly number[]): string | null
}

/** What was found: a backend, or why there is none. */
export type FoundAffinity = Affinity | { readonly backend: null; readonly reason: string }

/** Linux takes masks of any length; this one holds 1,024 cpus and grows by words of 8 bytes. */
const LEAST_MASK_BYTES = 128

/** A mask for `sched_setaffinity`: bit n of the bytes is cpu n. */
export function affinityMask(cpus: readonly number[]): Uint8Array {
  const highest = cpus.reduce((most, cpu) => Math.max(most, cpu), 0)
  const mask = new Uint8Array(Math.max(LEAST_MASK_BYTES, Math.ceil((highest + 1) / 64) * 8))
  for (const cpu of cpus) mask[cpu >> 3]! |= 1 << (cpu & 7)
  return mask
}
