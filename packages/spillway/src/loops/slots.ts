/** Loop slots in shared memory: which are free, and the descriptor of a loop in one. Caller's side. */
import type { BufferIds } from '../binding/buffers.ts'
import { WrittenArguments, writeArguments } from '../binding/write.ts'
import type { ArgumentRecord } from '../binding/shape.ts'
import { inside } from '../core/loop.ts'
import type { HeapViews } from '../heap/views.ts'
import { T_LOOPS_OPEN, threadAt } from '../layout/jobs.ts'
import type { JobArea } from '../layout/jobs.ts'
import {
  ARGUMENT_WORDS,
  H_LOOPS_OPEN,
  INLINE_ARGUMENTS,
  LINE_BYTES,
  LINE_WORDS,
  LOOP_SLOTS,
  MODE_REDUCE,
  RESULT_WORDS,
  L_ARGUMENTS,
  L_CLAIM,
  L_BLOCKS_PER_UNIT,
  L_END,
  L_INLINE_ARGUMENTS,
  L_KERNEL,
  L_LONGER_UNITS,
  L_MODE,
  L_NUMBER,
  L_ORIGIN,
  L_RESULTS,
  L_SERIAL,
  L_SHAPE,
  L_SHARE,
  L_START,
  L_STEP,
  L_UNIT_COUNT,
  loopAt,
  loopStride,
} from '../layout/layout.ts'
import type { Call } from './call.ts'

interface Block {
  offset: number
  leaves: number
}

/** Shared memory that a thread may take blocks from. */
export interface Blocks {
  readonly views: HeapViews
  allocate(bytes: number): number
  release(offset: number): void
}

/** Where the slots of one thread lie. */
export interface SlotPlace {
  readonly count: number
  /** Word whose bit s says that slot s is open. */
  readonly mask: number
  at(slot: number): number
}

/** The slots of the thread that started the system. */
export function starterSlots(workers: number): SlotPlace {
  return { count: LOOP_SLOTS, mask: H_LOOPS_OPEN, at: (slot) => loopAt(slot, workers) }
}

/** The slots of a thread for loops that its jobs open. */
export function nestedSlots(area: JobArea, thread: number): SlotPlace {
  const { nestedLoops, loops, workers } = area
  const first = loops + thread * nestedLoops * loopStride(workers)
  return {
    count: nestedLoops,
    mask: threadAt(area, thread) + T_LOOPS_OPEN,
    at: (slot) => first + slot * loopStride(workers),
  }
}

export class LoopSlots {
  readonly #heap: Blocks
  readonly #buffers: BufferIds
  readonly #place: SlotPlace
  readonly #busy: boolean[]
  readonly #written: WrittenArguments[]
  /** Argument blocks of slots that once carried more than the inline arguments. */
  readonly #blocks: (Block | undefined)[] = []
  #serial = 0

  constructor(heap: Blocks, buffers: BufferIds, place: SlotPlace) {
    this.#heap = heap
    this.#buffers = buffers
    this.#place = place
    this.#busy = Array.from({ length: place.count }, () => false)
    this.#written = Array.from({ length: place.count }, () => new WrittenArguments())
  }

  get mask(): number {
    return this.#place.mask
  }

  at(slot: number): number {
    return this.#place.at(slot)
  }

  /** A slot nobody uses; -1 if all are taken. A slot that a worker is still leaving is passed over, never waited for. */
  acquire(): number {
    const { words } = this.#heap.views
    for (let slot = 0; slot < this.#busy.length; slot++) {
      if (!this.#busy[slot] && inside(words, this.at(slot)) === 0) {
        this.#busy[slot] = true
        return slot
      }
    }
    return -1
  }

  /** Keeps a free slot from being acquired until `release`. */
  hold(slot: number): void {
    this.#busy[slot] = true
  }

  release(slot: number): void {
    this.#busy[slot] = false
  }

  /** Gives back the slot of a call that has ended, and its accumulators. */
  finish(call: Call): void {
    if (call.resultsOffset >= 0) this.#heap.release(call.resultsOffset)
    this.release(call.slot)
  }

  /** Writes all that workers will read, with plain stores; `open` in core/loop.ts publishes it. Throws if the heap is full. */
  describe(call: Call, parties: number, claim: number): void {
    const loop = this.at(call.slot)
    const { runner, kernel, shape } = call
    if ((runner.mode & MODE_REDUCE) !== 0) {
      call.resultsOffset = this.#heap.allocate(runner.units * RESULT_WORDS * 4)
      runner.results = (call.resultsOffset / LINE_BYTES) * LINE_WORDS
    }
    const line = shape === null ? 0 : this.#writeArguments(call, loop)
    const { words, doubles } = this.#heap.views
    this.#serial = (this.#serial + 1) & 0xfff_ffff
    runner.serial = this.#serial
    words[loop + L_SERIAL] = this.#serial
    words[loop + L_KERNEL] = kernel!.id
    words[loop + L_MODE] = runner.mode
    words[loop + L_UNIT_COUNT] = runner.units
    words[loop + L_SHARE] = Math.max(
      1,
      Math.ceil((runner.units - call.firstUnit) / Math.max(1, parties)),
    )
    words[loop + L_CLAIM] = claim
    words[loop + L_SHAPE] = shape === null ? -1 : shape.id
    words[loop + L_ARGUMENTS] = line
    words[loop + L_RESULTS] = call.resultsOffset < 0 ? 0 : call.resultsOffset / LINE_BYTES
    words[loop + L_LONGER_UNITS] = runner.longerUnits
    words[loop + L_NUMBER] = runner.number
    doubles[(loop + L_START) / 2] = runner.start
    doubles[(loop + L_END) / 2] = runner.end
    doubles[(loop + L_ORIGIN) / 2] = runner.origin
    doubles[(loop + L_STEP) / 2] = runner.step
    doubles[(loop + L_BLOCKS_PER_UNIT) / 2] = runner.blocksPerUnit
  }

  /** Returns the line number of the argument block, 0 if the arguments are in the descriptor itself. */
  #writeArguments(call: Call, loop: number): number {
    const shape = call.shape!
    let at = loop + L_INLINE_ARGUMENTS
    let line = 0
    if (shape.leaves > INLINE_ARGUMENTS) {
      const block = this.#block(call.slot, shape.leaves)
      line = block.offset / LINE_BYTES
      at = block.offset / 4
    }
    const written = this.#written[call.slot]
    writeArguments(this.#heap.views, this.#buffers, written, at, shape, call.args as ArgumentRecord)
    return line
  }

  #block(slot: number, leaves: number): Block {
    const known = this.#blocks[slot]
    if (known !== undefined && known.leaves >= leaves) return known
    if (known !== undefined) this.#heap.release(known.offset)
    const block = { offset: this.#heap.allocate(leaves * ARGUMENT_WORDS * 4), leaves }
    this.#blocks[slot] = block
    return block
  }
}
