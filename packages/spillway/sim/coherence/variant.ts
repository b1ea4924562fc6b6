/** The ways a loop writes its results, as lines and writes. */

/** From the worst to none, as the seed orders them. */
export const VARIANTS = ['shared', 'adjacent', 'padded', 'local', 'reduce', 'none'] as const
export type Variant = (typeof VARIANTS)[number]

export const LINE_BYTES = 64
/** Bytes between the words of threads. */
const ADJACENT_BYTES = 4
const PADDED_BYTES = 128

/** Lines of a variant begin here, so that no two kinds of data share one. */
const SLOTS = 1_000_000

export interface Writes {
  /** Writes per item, or per chunk, or none at all. */
  readonly per: 'item' | 'chunk' | 'never'
  /** The line that a thread writes; `slot` counts the chunks written so far. */
  line(thread: number, slot: number): number
  /** The caller reads every slot at the end. */
  readonly combines: boolean
}

/** @param slotBytes Distance between the slots of `reduce`. */
export function writesOf(variant: Variant, slotBytes: number = PADDED_BYTES): Writes {
  const cells = (bytes: number) => (thread: number) => Math.floor((thread * bytes) / LINE_BYTES)
  const one = (): number => 0
  const per =
    variant === 'none' ? 'never' : variant === 'local' || variant === 'reduce' ? 'chunk' : 'item'
  if (variant === 'adjacent') return { per, line: cells(ADJACENT_BYTES), combines: false }
  if (variant === 'padded') return { per, line: cells(PADDED_BYTES), combines: false }
  if (variant !== 'reduce') return { per, line: one, combines: false }
  return {
    per,
    line: (_, slot) => SLOTS + Math.floor((slot * slotBytes) / LINE_BYTES),
    combines: true,
  }
}
