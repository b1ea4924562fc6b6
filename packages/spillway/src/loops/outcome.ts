/** What a finished loop left in shared memory: its error, or its accumulators combined. Caller's side. */
// Not through codec.ts, whose other half would come along: most programs never need it in this thread.
import { decode } from '../codec/decode.ts'
import { store } from '../core/atomics.ts'
import { takeBlock } from '../heap/outbox.ts'
import type { HeapViews } from '../heap/views.ts'
import {
  B_IN_USE,
  LINE_BYTES,
  LINE_WORDS,
  NO_FAILURE,
  P_ERROR_BLOCK,
  P_ERROR_UNIT,
  P_ITEMS,
  P_NANOSECONDS,
  P_VISIT,
  RESULT_BLOCK,
  RESULT_LOCAL,
  RESULT_NUMBER,
  RESULT_WORDS,
  R_BLOCK,
  R_KIND,
  R_VALUE,
  participantAt,
} from '../layout/layout.ts'
import { kindWord } from '../kernels/loop-runner.ts'
import type { Call } from './call.ts'

interface EncodedFailure {
  readonly error: unknown
  readonly start: number
  readonly end: number
  readonly index: number
  readonly worker: number
}

/**
 * The error of chunk `failed`, decorated with where it happened; and every participant's error block given back. Call it once per
 * loop that failed or was cancelled, after all chunks are accounted for.
 */
export function collectError(
  views: HeapViews,
  loop: number,
  workers: number,
  failed: number,
  call: Call,
): unknown {
  let error: unknown
  const own = call.runner.failure
  if (own !== null && own.unit === failed) {
    error = decorate(own.error, call, { ...own, worker: -1 })
  }
  for (let worker = 0; worker < workers; worker++) {
    const line = participantAt(loop, worker + 1)
    const unit = views.words[line + P_ERROR_UNIT]
    if (views.words[line + P_VISIT] !== call.runner.serial || unit === NO_FAILURE) continue
    const block = views.words[line + P_ERROR_BLOCK]
    if (unit === failed) {
      const encoded = decode(takeBlock(views, block)) as EncodedFailure
      error = decorate(encoded.error, call, encoded)
    } else releaseBlock(views, block)
  }
  return error
}

function decorate(error: unknown, call: Call, where: Omit<EncodedFailure, 'error'>): unknown {
  if (!(error instanceof Error) || !Object.isExtensible(error)) return error
  const details = {
    kernel: call.kernel!.name,
    range: [where.start, where.end] as const,
    ...(where.index >= 0 && { index: where.index }),
    ...(where.worker >= 0 && { worker: where.worker }),
  }
  return Object.assign(error, details)
}

function releaseBlock(views: HeapViews, line: number): void {
  views.cover((line + 1) * LINE_BYTES)
  store(views.words, line * LINE_WORDS + B_IN_USE, 0)
}

/** Combines all accumulators in chunk order. */
export function combineResults(views: HeapViews, call: Call): unknown {
  const { runner, firstUnit } = call
  const { identity, combine } = runner.runnable!
  if (runner.units === 0) return identity()
  let total: unknown
  for (let unit = 0; unit < runner.units; unit++) {
    const accumulator = unit < firstUnit ? call.local[unit] : resultOf(views, call, unit)
    total = unit === 0 ? accumulator : combine(total, accumulator)
  }
  return total
}

function resultOf(views: HeapViews, call: Call, unit: number): unknown {
  const { runner } = call
  const at = runner.results + unit * RESULT_WORDS
  const kind = views.words[at + R_KIND]
  if (kind === kindWord(RESULT_NUMBER, runner.serial)) return views.doubles[(at + R_VALUE) / 2]
  if (kind === kindWord(RESULT_LOCAL, runner.serial)) return call.local[unit]
  if (kind === kindWord(RESULT_BLOCK, runner.serial)) {
    views.words[at + R_KIND] = 0
    return decode(takeBlock(views, views.words[at + R_BLOCK]))
  }
  throw new Error(`chunk ${unit} of kernel "${call.kernel!.name}" left no accumulator`)
}

/** Gives back the encoded accumulators that nobody took: of a loop that failed, or whose `combine` threw. */
export function dropResults(views: HeapViews, call: Call): void {
  const { runner, firstUnit } = call
  for (let unit = firstUnit; unit < runner.units; unit++) {
    const at = runner.results + unit * RESULT_WORDS
    if (views.words[at + R_KIND] === kindWord(RESULT_BLOCK, runner.serial)) {
      releaseBlock(views, views.words[at + R_BLOCK])
    }
  }
}

/** What workers measured of an index's cost, 0 if none of them ran any. */
export function measuredNanoseconds(
  views: HeapViews,
  loop: number,
  workers: number,
  serial: number,
): number {
  let items = 0
  let nanoseconds = 0
  for (let worker = 0; worker < workers; worker++) {
    const line = participantAt(loop, worker + 1)
    if (views.words[line + P_VISIT] !== serial) continue
    items += views.doubles[(line + P_ITEMS) / 2]
    nanoseconds += views.doubles[(line + P_NANOSECONDS) / 2]
  }
  return items === 0 ? 0 : nanoseconds / items
}
