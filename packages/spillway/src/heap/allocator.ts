// Bookkeeping of an address range: which bytes are in use, which are free. It never touches the memory,
// so it serves any heap, and its records live in this thread's own memory: only the thread that started
// the system allocates and frees.
//
// Blocks tile the address space. Each has a record of eight words in one Int32Array, linked to the blocks
// below and above it by address, so a freed block merges with both neighbours at once; two free blocks
// never touch. Free blocks are also linked in bins by size: one bin for each small size, then eight bins
// for each doubling (TLSF: Masmano et al., 2004), with a bit per bin that holds any. An allocation takes the
// best of the first few blocks of its own bin, or else of the next bin that has one. Blocks in use are
// found by their offset in a hash table with linear probing.
//
// Everything is counted in units of 128 bytes, two cache lines' worth on most machines and one on Apple's,
// so that 4 GiB of addresses stay small integers. Nothing is allocated per call; the tables double when
// the number of blocks does. Choice and numbers: docs/decisions/0002-allocator.md.

/** Alignment and granularity of every block, in bytes. */
export const ALIGNMENT = 128

/** Addresses end here: the largest memory that 32-bit offsets reach, in bytes. */
export const ADDRESS_LIMIT = 2 ** 32

// Words of a block's record. A block is named by the index of its record's first word; 0 means "none".
const START = 0 // first unit
const SIZE = 1 // units
const STATE = 2
const BELOW = 3 // neighbours by address; they may lie apart where regions do
const ABOVE = 4
const PREVIOUS = 5 // neighbours in the bin, if free; NEXT also links unused records
const NEXT = 6
const RECORD_WORDS = 8

const UNUSED = 0
const FREE = 1
const USED = 2

const EXACT_BINS = 32 // sizes 1..31 units have a bin each
const EXACT_LOG2 = 5
const STEPS_LOG2 = 3 // bins for each doubling above
const BINS = EXACT_BINS + ((25 - EXACT_LOG2 + 1) << STEPS_LOG2) // 2^25 units are 4 GiB

/** Blocks of a bin that are compared for the best fit; past these any that fits is taken. */
const FIT_TRIES = 16

const MANY = 2 ** 30

/** `free` was given an offset where no allocation starts. */
export class UnknownOffsetError extends RangeError {
  override name = 'UnknownOffsetError'
  /**
   * `'free'`: the bytes there are free (freed before, or never handed out); `'inside'`: an allocation
   * covers them but starts elsewhere; `'outside'`: they do not belong to the allocator.
   */
  readonly reason: 'free' | 'inside' | 'outside'

  constructor(offset: number, reason: 'free' | 'inside' | 'outside') {
    super(`no allocation starts at byte ${offset}: ${REASONS[reason]}`)
    this.reason = reason
  }
}

const REASONS = {
  free: 'it is free already, or was never handed out',
  inside: 'it lies inside another allocation',
  outside: 'it is outside of the heap',
}

/**
 * Hands out blocks of address ranges that are given to it with `extend`.
 *
 * Not for concurrent use. Sizes and offsets are in bytes; blocks are aligned to 128 bytes and their sizes
 * are rounded up to it.
 */
export class Allocator {
  /** Grows by being replaced: not to be held across `takeRecord`. */
  private records = new Int32Array(64 * RECORD_WORDS)
  private unusedRecord = 0
  private recordsEnd = RECORD_WORDS
  private readonly bins = new Int32Array(BINS)
  private readonly binBits = new Int32Array((BINS + 31) >>> 5)
  /** Offsets in use -> record; open addressing, at most half full, 0 is an empty slot. */
  private table = new Int32Array(128)
  private tableShift = 25
  private blocksInUse = 0
  private lowest = 0
  private highest = 0
  private usedUnits = 0
  private freeUnits = 0

  /** Bytes handed out, rounded up to whole blocks. */
  get usedBytes(): number {
    return this.usedUnits * ALIGNMENT
  }

  /** Bytes not handed out. They need not lie together. */
  get freeBytes(): number {
    return this.freeUnits * ALIGNMENT
  }

  /** The largest size in bytes that `allocate` can satisfy now. */
  get largestFreeBytes(): number {
    const { records } = this
    const bin = this.lastFilledBin()
    let units = 0
    for (let block = bin < 0 ? 0 : this.bins[bin]; block; block = records[block + NEXT]) {
      units = Math.max(units, records[block + SIZE])
    }
    return units * ALIGNMENT
  }

  /** Bytes of the free block that ends at `end`, 0 if there is none: room that would join a space added there. */
  freeBelow(end: number): number {
    const { records } = this
    let block = this.highest
    while (block && this.end(block) * ALIGNMENT > end) block = records[block + BELOW]
    const free = block && records[block + STATE] !== USED && this.end(block) * ALIGNMENT === end
    return free ? records[block + SIZE] * ALIGNMENT : 0
  }

  /** Number of allocations that are not freed. */
  get allocations(): number {
    return this.blocksInUse
  }

  /**
   * Adds the bytes `[start, end)` to the address space. They may touch what is there, or lie apart in any
   * order. Bytes outside of whole blocks at both ends are left out.
   *
   * Throws `RangeError` if they overlap known addresses or lie outside of 0..2^32.
   */
  extend(start: number, end: number): void {
    if (!Number.isInteger(start) || !Number.isInteger(end) || start < 0 || end > ADDRESS_LIMIT) {
      throw new RangeError(`expected an address range within 0..2^32, got [${start}, ${end})`)
    }
    const first = Math.ceil(start / ALIGNMENT)
    const units = Math.floor(end / ALIGNMENT) - first
    if (units <= 0) return
    const { records } = this
    let below = this.highest
    while (below && records[below + START] > first) below = records[below + BELOW]
    const above = below ? records[below + ABOVE] : this.lowest
    if ((below && this.end(below) > first) || (above && first + units > records[above + START])) {
      throw new RangeError(`the address range [${start}, ${end}) overlaps the heap`)
    }
    const block = this.insert(first, units, below, above)
    this.freeUnits += units
    this.release(block)
  }

  /**
   * Finds room for `bytes` and returns its offset, or -1 if no free block is large enough. No bytes take
   * one block too, so that every allocation has its own offset.
   *
   * Throws `RangeError` if `bytes` is negative or not a number.
   */
  allocate(bytes: number): number {
    if (!(bytes >= 0)) throw new RangeError(`expected a number of bytes, got ${bytes}`)
    if (bytes > ADDRESS_LIMIT) return -1
    const units = Math.ceil(bytes / ALIGNMENT) || 1
    const block = this.findFit(units)
    if (block === 0) return -1
    this.unbin(block)
    const { records } = this
    const start = records[block + START]
    const spare = records[block + SIZE] - units
    records[block + STATE] = USED
    records[block + SIZE] = units
    if (spare > 0) this.bin(this.insert(start + units, spare, block, records[block + ABOVE]))
    this.usedUnits += units
    this.freeUnits -= units
    this.remember(start, block)
    return start * ALIGNMENT
  }

  /**
   * Gives back what `allocate` handed out and returns its size in bytes.
   *
   * Throws `UnknownOffsetError` if no allocation starts at `offset`.
   */
  free(offset: number): number {
    const slot = this.slotOf(offset)
    const block = this.table[slot]
    if (block === 0) throw new UnknownOffsetError(offset, this.whyUnknown(offset / ALIGNMENT))
    this.forget(slot)
    const units = this.records[block + SIZE]
    this.usedUnits -= units
    this.freeUnits += units
    this.release(block)
    return units * ALIGNMENT
  }

  /** The size in bytes of the allocation at `offset`, rounded up to whole blocks; -1 if none starts there. */
  sizeOf(offset: number): number {
    const block = this.table[this.slotOf(offset)]
    return block === 0 ? -1 : this.records[block + SIZE] * ALIGNMENT
  }

  // --- blocks by address ----------------------------------------------------------------------------

  private end(block: number): number {
    const { records } = this
    return records[block + START] + records[block + SIZE]
  }

  /** Makes a record for `[start, start + units)` and links it between its neighbours. */
  private insert(start: number, units: number, below: number, above: number): number {
    const block = this.takeRecord()
    const { records } = this
    records[block + START] = start
    records[block + SIZE] = units
    records[block + BELOW] = below
    records[block + ABOVE] = above
    if (below) records[below + ABOVE] = block
    else this.lowest = block
    if (above) records[above + BELOW] = block
    else this.highest = block
    return block
  }

  /** Makes a block free, together with the free blocks that touch it. */
  private release(block: number): void {
    const { records } = this
    const above = records[block + ABOVE]
    if (above && records[above + STATE] === FREE && this.end(block) === records[above + START]) {
      this.unbin(above)
      this.absorb(block, above)
    }
    const below = records[block + BELOW]
    if (below && records[below + STATE] === FREE && this.end(below) === records[block + START]) {
      this.unbin(below)
      this.absorb(below, block)
      block = below
    }
    this.bin(block)
  }

  /** Lets `lower` take over the addresses and the place of the block right above it. */
  private absorb(lower: number, upper: number): void {
    const { records } = this
    const above = records[upper + ABOVE]
    records[lower + SIZE] += records[upper + SIZE]
    records[lower + ABOVE] = above
    if (above) records[above + BELOW] = lower
    else this.highest = lower
    records[upper + STATE] = UNUSED
    records[upper + NEXT] = this.unusedRecord
    this.unusedRecord = upper
  }

  private takeRecord(): number {
    const recycled = this.unusedRecord
    if (recycled) {
      this.unusedRecord = this.records[recycled + NEXT]
      return recycled
    }
    const made = this.recordsEnd
    const old = this.records
    if (made === old.length) {
      this.records = new Int32Array(made * 2)
      this.records.set(old)
    }
    this.recordsEnd = made + RECORD_WORDS
    return made
  }

  // --- free blocks by size --------------------------------------------------------------------------

  private bin(block: number): void {
    const { records } = this
    const bin = binOf(records[block + SIZE])
    const next = this.bins[bin]
    records[block + STATE] = FREE
    records[block + PREVIOUS] = 0
    records[block + NEXT] = next
    if (next) records[next + PREVIOUS] = block
    else this.binBits[bin >>> 5] |= 1 << (bin & 31)
    this.bins[bin] = block
  }

  private unbin(block: number): void {
    const { records } = this
    const previous = records[block + PREVIOUS]
    const next = records[block + NEXT]
    if (next) records[next + PREVIOUS] = previous
    if (previous) {
      records[previous + NEXT] = next
      return
    }
    const bin = binOf(records[block + SIZE])
    this.bins[bin] = next
    if (next === 0) this.binBits[bin >>> 5] &= ~(1 << (bin & 31))
  }

  private findFit(units: number): number {
    const own = binOf(units)
    const here = this.fitInBin(own, units, FIT_TRIES)
    if (here) return here
    const larger = this.filledBinFrom(own + 1)
    if (larger >= 0) return this.fitInBin(larger, units, FIT_TRIES)
    return this.fitInBin(own, units, MANY) // the last resort looks at every block
  }

  /** The best fit among the first `tries` blocks of a bin, or 0. */
  private fitInBin(bin: number, units: number, tries: number): number {
    const { records } = this
    let best = 0
    let bestSize = MANY
    for (let block = this.bins[bin]; block && tries > 0; block = records[block + NEXT], tries--) {
      const size = records[block + SIZE]
      if (size === units) return block
      if (size > units && size < bestSize) {
        best = block
        bestSize = size
      }
    }
    return best
  }

  private filledBinFrom(bin: number): number {
    if (bin >= BINS) return -1
    let word = bin >>> 5
    let bits = this.binBits[word] & (-1 << (bin & 31))
    while (bits === 0) {
      if (++word === this.binBits.length) return -1
      bits = this.binBits[word]
    }
    return (word << 5) + (31 - Math.clz32(bits & -bits))
  }

  private lastFilledBin(): number {
    for (let word = this.binBits.length - 1; word >= 0; word--) {
      const bits = this.binBits[word]
      if (bits !== 0) return (word << 5) + (31 - Math.clz32(bits))
    }
    return -1
  }

  // --- blocks in use by offset ----------------------------------------------------------------------

  private homeSlot(start: number): number {
    return Math.imul(start, 0x9e3779b1) >>> this.tableShift
  }

  private remember(start: number, block: number): void {
    if (++this.blocksInUse << 1 > this.table.length) this.growTable()
    this.place(start, block)
  }

  private place(start: number, block: number): void {
    const mask = this.table.length - 1
    let slot = this.homeSlot(start)
    while (this.table[slot] !== 0) slot = (slot + 1) & mask
    this.table[slot] = block
  }

  private growTable(): void {
    const { records, table } = this
    this.table = new Int32Array(table.length * 2)
    this.tableShift--
    for (const block of table) if (block) this.place(records[block + START], block)
  }

  /** The slot of the allocation at `offset`, or the empty one that shows there is none. */
  private slotOf(offset: number): number {
    const { records } = this
    const start = offset / ALIGNMENT
    const mask = this.table.length - 1
    let slot = this.homeSlot(start)
    while (this.table[slot] !== 0 && records[this.table[slot] + START] !== start) {
      slot = (slot + 1) & mask
    }
    return slot
  }

  /** Empties a slot, and moves the entries after it up so that none is cut off from its home. */
  private forget(slot: number): void {
    const { records, table } = this
    const mask = table.length - 1
    this.blocksInUse--
    let hole = slot
    for (let next = (hole + 1) & mask; table[next] !== 0; next = (next + 1) & mask) {
      const home = this.homeSlot(records[table[next] + START])
      if (((next - home) & mask) < ((next - hole) & mask)) continue // it may not move before its home
      table[hole] = table[next]
      hole = next
    }
    table[hole] = 0
  }

  /** Walks every block: only errors ask. */
  private whyUnknown(start: number): 'free' | 'inside' | 'outside' {
    const { records } = this
    for (let block = this.lowest; block; block = records[block + ABOVE]) {
      if (start >= records[block + START] && start < this.end(block)) {
        return records[block + STATE] === FREE ? 'free' : 'inside'
      }
    }
    return 'outside'
  }
}

/** The bin for blocks of a size: exact for small sizes, then the leading bit and the three after it. */
function binOf(units: number): number {
  if (units < EXACT_BINS) return units
  const log2 = 31 - Math.clz32(units)
  const step = (units >>> (log2 - STEPS_LOG2)) & ((1 << STEPS_LOG2) - 1)
  return EXACT_BINS + ((log2 - EXACT_LOG2) << STEPS_LOG2) + step
}
