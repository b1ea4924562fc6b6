/**
 * How far plain jobs may pile up on the stack of a thread. A plain job runs what it waits for on top of itself, so a chain of them is
 * as deep as the stack: it has to end in an error of the job, at a place where no job is in anybody's hand.
 */
import { rangeError } from '../errors.ts'

/**
 * Bodies on a stack from which on a wait takes nothing from other threads: it might be deep itself, and fail here only because it was
 * begun up here. The balanced trees of most programs are lower.
 */
export const DEEP = 64

const REMEDY =
  'Its own calls, the sides of its joins and what a plain job waits for all lie on it: recurse less deeply, or make it a generator job, ' +
  'which suspends: ' +
  'function* (ctx, args) { yield* ctx.wait(…) }'

/** What a job gets that would wait, or run a child in its place, where no room is left. */
export function tooDeep(name: string, bodies: number): Error {
  // Then it is its own recursion that did it.
  if (bodies < DEEP) return usedUp(name)
  return rangeError(
    'ERR_TOO_DEEP',
    `job "${name}" waits on top of ${bodies} others and has used up the stack of its thread. ${REMEDY}`,
  )
}

/** The error of a body that used up the stack by itself; other errors as they are. */
export function explainOverflow(name: string, error: unknown): unknown {
  if (!(error instanceof Error) || 'code' in error) return error
  const { message } = error
  // No pattern: where the stack ends, it could not even be compiled.
  if (!message.includes('call stack size exceeded') && !message.includes('too much recursion')) {
    return error
  }
  return Object.assign(usedUp(name), { cause: error })
}

/** What a job gets that asks for something where no room is left. */
export function usedUp(name: string): Error {
  return rangeError('ERR_TOO_DEEP', `job "${name}" has used up the stack of its thread. ${REMEDY}`)
}
