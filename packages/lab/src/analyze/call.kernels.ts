import { each, kernels, range, reduce } from 'spillway/kernel'
import { heavyWork } from './heavy-work.ts'
import { addItem, addSum } from './wide-sum.ts'

export interface CellArgs {
  /** One word per thread, `stride` elements apart: 0 is one shared word, 1 is neighbours, 32 is a line each. */
  words: Int32Array
  stride: number
  carries: Int32Array
  carryStride: number
  /** Hands out thread numbers; a new epoch hands them out again. */
  claims: Int32Array
  epoch: number
  depth: number
}

export interface SumArgs {
  words: Int32Array
  carries: Int32Array
  depth: number
}

export interface CheckArgs {
  wrong: Int32Array
  depth: number
  result: number
}

interface Tally {
  /** [0]: atomics on the sum, [1]: items, [2]: kernel invocations. */
  tally: Int32Array
}

let claimedEpoch = 0
let claimed = 0

/** Numbers the threads of one call 0, 1, … in the order in which they begin. */
function threadNumber(claims: Int32Array, epoch: number): number {
  if (epoch !== claimedEpoch) {
    claimedEpoch = epoch
    claimed = Atomics.add(claims, 0, 1)
  }
  return claimed
}

/**
 * The same code for three layouts: only the address differs, so only the address can explain a difference. A worker
 * reads numbers as doubles, and Atomics.add takes an index that is a double the slow way: hence `| 0`.
 */
function addToCell(args: CellArgs): void {
  const thread = threadNumber(args.claims, args.epoch)
  const at = (thread * args.stride) | 0
  addItem(args.words, at, args.carries, (thread * args.carryStride) | 0, heavyWork(args.depth | 0))
}

function sumOf(start: number, end: number, depth: number): number {
  const items = (end - start) | 0
  const n = depth | 0
  let sum = 0
  for (let i = 0; i < items; i++) sum += heavyWork(n)
  return sum
}

const add = (left: number, right: number): number => left + right

export const { atomicPerItem, sumPerChunk, sumReduce, checkOnly, emptyBody, pauseChunk } = kernels(
  import.meta.url,
  {
    atomicPerItem: each((_i: number, args: CellArgs) => addToCell(args)),

    sumPerChunk: range((start: number, end: number, { words, carries, depth }: SumArgs) => {
      addSum(words, 0, carries, 0, sumOf(start, end, depth))
    }),

    sumReduce: reduce({
      identity: 0,
      fold: (sum: number, _i: number, { depth }: { depth: number }) => sum + heavyWork(depth | 0),
      combine: add,
    }),

    // Nothing is written unless a result is wrong, yet every result is needed: the engine cannot drop the work.
    checkOnly: each((_i: number, { wrong, depth, result }: CheckArgs) => {
      if (heavyWork(depth | 0) !== (result | 0)) Atomics.store(wrong, 0, 1)
    }),

    emptyBody: each(() => {}),

    // With 0 ms nothing but dispatch is left of a call.
    pauseChunk: range((_start: number, _end: number, { ms }: { ms: number }) => {
      if (ms === 0) return
      const end = performance.now() + ms
      while (performance.now() < end);
    }),
  },
)

// Twins that count what the kernels above do, for one extra call that is not timed.
export const { atomicPerItemCounted, sumPerChunkCounted, sumReduceCounted, checkOnlyCounted } =
  kernels(import.meta.url, {
    atomicPerItemCounted: each((_i: number, args: CellArgs & Tally) => {
      addToCell(args)
      Atomics.add(args.tally, 0, 1)
      Atomics.add(args.tally, 1, 1)
    }),

    sumPerChunkCounted: range((start: number, end: number, args: SumArgs & Tally) => {
      addSum(args.words, 0, args.carries, 0, sumOf(start, end, args.depth))
      Atomics.add(args.tally, 0, 1)
      Atomics.add(args.tally, 1, end - start)
      Atomics.add(args.tally, 2, 1)
    }),

    sumReduceCounted: reduce({
      identity: 0,
      foldRange: (
        sum: number,
        start: number,
        end: number,
        { depth, tally }: { depth: number } & Tally,
      ) => {
        Atomics.add(tally, 1, end - start)
        Atomics.add(tally, 2, 1)
        return sum + sumOf(start, end, depth)
      },
      combine: add,
    }),

    checkOnlyCounted: each((_i: number, { wrong, depth, result, tally }: CheckArgs & Tally) => {
      if (heavyWork(depth | 0) !== (result | 0)) Atomics.store(wrong, 0, 1)
      Atomics.add(tally, 1, 1)
    }),
  })
