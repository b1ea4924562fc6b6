import * as kernels from './call.kernels.ts'
import type { CellArgs, CheckArgs, SumArgs } from './call.kernels.ts'
import { heavyWork, workDepth, workResult } from './heavy-work.ts'
import { clearLane, type Lane } from './lane.ts'
import type { EmptyKind } from './model.ts'
import type { Variant } from './variants.ts'
import { countCarries, readSum } from './wide-sum.ts'

export interface Timed {
  ms: number
  /** 610 x items when all went well. */
  check: number
}

export interface Counted {
  atomics: number
  chunks: number | null
  items: number
}

let epoch = 0

/** One whole call, as a program would make it: `await` to `await`. */
export async function timeCall(lane: Lane, variant: Variant, items: number): Promise<Timed> {
  clearLane(lane)
  const call = callFor(lane, variant, items)
  const start = performance.now()
  const returned = await call()
  const ms = performance.now() - start
  return { ms, check: checkOf(lane, variant, items, returned) }
}

/**
 * Dispatch and nothing else. A library that finds a loop too short to share runs it in the calling thread, and an
 * empty one is; the untimed call before has kept the workers busy, so that this one is shared as a real loop is.
 */
export async function timeEmpty({ jobs }: Lane, kind: EmptyKind, items: number): Promise<number> {
  if (kind === 'chunk') await jobs.parallelForAuto(items, kernels.pauseChunk, { ms: 0.2 })
  const start = performance.now()
  if (kind === 'chunk') await jobs.parallelForAuto(items, kernels.pauseChunk, { ms: 0 })
  else await jobs.parallelForAuto(items, kernels.emptyBody, {})
  return performance.now() - start
}

export function timeSerial(items: number): Timed {
  const start = performance.now()
  let check = 0
  for (let i = 0; i < items; i++) check += heavyWork(workDepth)
  return { ms: performance.now() - start, check }
}

/** The same call by a kernel that counts; not timed, since counting is an atomic too. */
export async function countCall(lane: Lane, variant: Variant, items: number): Promise<Counted> {
  clearLane(lane)
  const { jobs, tally } = lane
  if (variant === 'local') {
    await jobs.parallelForAuto(items, kernels.sumPerChunkCounted, { ...sumArgs(lane), tally })
  } else if (variant === 'reduce') {
    await jobs.parallelReduce(items, kernels.sumReduceCounted, { depth: workDepth, tally })
  } else if (variant === 'none') {
    await jobs.parallelForAuto(items, kernels.checkOnlyCounted, { ...checkArgs(lane), tally })
  } else {
    await jobs.parallelForAuto(items, kernels.atomicPerItemCounted, {
      ...cellArgs(lane, variant),
      tally,
    })
  }
  const [atomics = 0, seen = 0, chunks = 0] = tally
  return {
    atomics: atomics + countCarries(lane.carries),
    chunks: variant === 'local' || variant === 'reduce' ? chunks : null,
    items: seen,
  }
}

function callFor(lane: Lane, variant: Variant, items: number): () => Promise<unknown> {
  const { jobs } = lane
  if (variant === 'local') {
    const args = sumArgs(lane)
    return () => jobs.parallelForAuto(items, kernels.sumPerChunk, args)
  }
  if (variant === 'reduce') {
    const args = { depth: workDepth }
    return () => jobs.parallelReduce(items, kernels.sumReduce, args)
  }
  if (variant === 'none') {
    const args = checkArgs(lane)
    return () => jobs.parallelForAuto(items, kernels.checkOnly, args)
  }
  const args = cellArgs(lane, variant)
  return () => jobs.parallelForAuto(items, kernels.atomicPerItem, args)
}

function cellArgs(lane: Lane, layout: 'shared' | 'adjacent' | 'padded'): CellArgs {
  const { words, carries, claims, stride } = lane
  const apart = { shared: 0, adjacent: 1, padded: stride }[layout]
  return {
    words,
    stride: apart,
    carries,
    carryStride: stride,
    claims,
    epoch: ++epoch,
    depth: workDepth,
  }
}

function sumArgs({ words, carries }: Lane): SumArgs {
  return { words, carries, depth: workDepth }
}

function checkArgs({ wrong }: Lane): CheckArgs {
  return { wrong, depth: workDepth, result: workResult }
}

/** `none` leaves no sum behind: it vouches for each result, and its counted twin for the number of items. */
function checkOf(lane: Lane, variant: Variant, items: number, returned: unknown): number {
  if (variant === 'reduce') return Number(returned)
  if (variant === 'none') return Atomics.load(lane.wrong, 0) === 0 ? items * workResult : Number.NaN
  return readSum(lane.words, lane.carries)
}
