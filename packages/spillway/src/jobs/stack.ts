/**
 * How far plain jobs may pile up on the stack of a thread. A plain job runs what it waits for on top of itself, so a chain of them is
 * as deep as the stack: it has to end in an error of the job, at a place where no job is in anybody's hand.
 */
import { rangeError } from '../errors.ts'

/**
 * Bodies on a stack from which on a wait takes nothing from other threads and looks for room before it runs a child. A pile this high
 * fits everywhere, and the balanced trees of most programs are lower.
 */
export const DEEP = 64

/** Arguments of 8 bytes. Functions that are called for the first time are compiled, which takes most of it. */
const FOR_A_BODY: readonly undefined[] = Array.from({ length: 8192 })
const FOR_A_WAIT: readonly undefined[] = Array.from({ length: 2048 })
const FOR_A_FORK: readonly undefined[] = Array.from({ length: 512 })

/** True if the stack has room for another body and for what cleans up after it. Costs microseconds. */
export function hasRoom(): boolean {
  return fits(FOR_A_BODY)
}

/** True if it has room to wait for what others run. Costs about a microsecond. */
export function hasRoomToWait(): boolean {
  return fits(FOR_A_WAIT)
}

/** True if it has room to publish a fork. Costs a few hundred nanoseconds, much less than publishing. */
export function hasRoomForFork(): boolean {
  return fits(FOR_A_FORK)
}

function fits(words: readonly undefined[]): boolean {
  try {
    // All arguments go onto the stack at once, or the call throws.
    Reflect.apply(fill, undefined, words)
    return true
  } catch {
    return false
  }
}

function fill(): void {}

const REMEDY =
  'A plain job runs what it waits for, and the sides of its joins, on top of its own stack; make it a generator job, which suspends: ' +
  'function* (ctx, args) { yield* ctx.wait(…) }'

/** What a job gets that would wait, or run a child in its place, where no room is left. */
export function tooDeep(name: string, bodies: number): Error {
  return rangeError(
    'ERR_TOO_DEEP',
    `job "${name}" waits on top of ${bodies} others and has used up the stack of its thread. ${REMEDY}`,
  )
}

/** The error of a body that used up the stack by itself; other errors as they are. */
export function explainOverflow(name: string, error: unknown): unknown {
  if (!(error instanceof Error) || 'code' in error) return error
  if (!/call stack size exceeded|too much recursion/.test(error.message)) return error
  return Object.assign(
    rangeError('ERR_TOO_DEEP', `job "${name}" has used up the stack of its thread. ${REMEDY}`),
    { cause: error },
  )
}
