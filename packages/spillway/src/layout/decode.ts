/** Shared memory made readable: for debuggers, tests and bug reports. Reads without stopping anybody, so it may be inconsistent. */
import {
  HEADER,
  LOOP,
  LOOP_SLOTS,
  WORKER,
  H_LOOPS_OPEN,
  H_WORKERS,
  LIMIT_MASK,
  LIMIT_SHIFT,
  INSIDE_MASK,
  L_STATE,
  OPEN,
  P_RANGE,
  loopAt,
  participantAt,
  workerAt,
} from './layout.ts'
import type { Struct } from './layout.ts'

export type DecodedStruct = Readonly<Record<string, number>>

export interface DecodedLoop {
  readonly slot: number
  readonly open: boolean
  /** Workers inside, and the most that may be. */
  readonly inside: number
  readonly limit: number
  /** Chunks [first, end) that each participant holds, the caller first. */
  readonly ranges: readonly (readonly [first: number, end: number])[]
  readonly fields: DecodedStruct
}

export interface DecodedState {
  readonly header: DecodedStruct
  readonly workers: readonly DecodedStruct[]
  /** Slots that are open, or were used. */
  readonly loops: readonly DecodedLoop[]
}

/** Scheduler state of the heap whose words are given. */
export function decode(words: Int32Array): DecodedState {
  const workers = words[H_WORKERS]
  const loops: DecodedLoop[] = []
  for (let slot = 0; slot < LOOP_SLOTS; slot++) {
    const loop = loopAt(slot, workers)
    const fields = decodeStruct(words, loop, LOOP)
    if (fields['SERIAL'] === 0) continue
    const state = words[loop + L_STATE]
    const ranges = Array.from({ length: workers + 1 }, (_, participant) => {
      const range = words[participantAt(loop, participant) + P_RANGE]
      return [range & 0xffff, range >>> 16] as const
    })
    loops.push({
      slot,
      open: (state & OPEN) !== 0 && (words[H_LOOPS_OPEN] & (1 << slot)) !== 0,
      inside: state & INSIDE_MASK,
      limit: (state >>> LIMIT_SHIFT) & LIMIT_MASK,
      ranges,
      fields,
    })
  }
  return {
    header: decodeStruct(words, 0, HEADER),
    workers: Array.from({ length: workers }, (_, worker) =>
      decodeStruct(words, workerAt(worker, workers), WORKER),
    ),
    loops,
  }
}

/** The named fields of one struct at word `at`; blocks are left out. */
export function decodeStruct(words: Int32Array, at: number, struct: Struct): DecodedStruct {
  const doubles = new Float64Array(words.buffer, words.byteOffset, words.length >> 1)
  return Object.fromEntries(
    struct.fields
      .filter((field) => field.type !== 'block')
      .map(({ name, word, type }) => [
        name,
        type === 'f64' ? doubles[(at + word) / 2] : words[at + word],
      ]),
  )
}
