/** How a job's result or error gets out of the thread that ran it. */
import { decode, encode } from '../codec.ts'
import { CancelledError, typeError } from '../errors.ts'
import { takeBlock } from '../heap/outbox.ts'
import type { Outbox } from '../heap/outbox.ts'
import type { HeapViews } from '../heap/views.ts'
import {
  J_RESULT,
  J_RESULT_BLOCK,
  J_VALUE,
  RESULT_CANCELLED,
  RESULT_ENCODED,
  RESULT_ERROR,
  RESULT_FALSE,
  RESULT_IS_NUMBER,
  RESULT_NULL,
  RESULT_TRUE,
  RESULT_UNDEFINED,
} from '../layout/jobs.ts'

/** True for values that need no encoding. */
export function isSimple(value: unknown): boolean {
  return (
    typeof value === 'number' || value === undefined || typeof value === 'boolean' || value === null
  )
}

/** A value as it arrives in another thread. Results are copied even where they need not be, so that no program depends on who ran what. */
export function copyResult(name: string, value: unknown): unknown {
  return isSimple(value) ? value : decode(encodeResult(name, value))
}

/** Throws TypeError if a value cannot leave a job. */
export function checkResult(name: string, value: unknown): void {
  if (!isSimple(value)) encodeResult(name, value)
}

function encodeResult(name: string, value: unknown): Uint8Array {
  try {
    return encode(value)
  } catch (error) {
    throw typeError(
      'ERR_ARGUMENT',
      `job "${name}" returned a value that cannot cross threads: ${(error as Error).message}`,
    )
  }
}

/** Leaves a value in the record at word `at`. Throws if it cannot cross. */
export function writeResult(
  views: HeapViews,
  outbox: Outbox,
  at: number,
  name: string,
  value: unknown,
): void {
  let kind = RESULT_UNDEFINED
  if (typeof value === 'number') {
    kind = RESULT_IS_NUMBER
    views.doubles[(at + J_VALUE) / 2] = value
  } else if (value === null) kind = RESULT_NULL
  else if (typeof value === 'boolean') kind = value ? RESULT_TRUE : RESULT_FALSE
  else if (value !== undefined) {
    const line = outbox.write(encodeResult(name, value))
    views.words[at + J_RESULT_BLOCK] = line
    kind = RESULT_ENCODED
  }
  views.words[at + J_RESULT] = kind
}

/** Leaves an error in the record. An error that cannot be encoded is replaced by one that says so and keeps its text. */
export function writeError(views: HeapViews, outbox: Outbox, at: number, error: unknown): void {
  let payload: Uint8Array
  try {
    payload = encode(error)
  } catch (reason) {
    const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
    const plain = new Error(
      `${text} (the value thrown could not cross threads: ${(reason as Error).message})`,
    )
    if (error instanceof Error && error.stack !== undefined) plain.stack = error.stack
    payload = encode(plain)
  }
  const line = outbox.write(payload)
  views.words[at + J_RESULT_BLOCK] = line
  views.words[at + J_RESULT] = RESULT_ERROR
}

/** What `readResult` found. */
export interface Outcome {
  failed: boolean
  value: unknown
}

/** Takes the result out of a record whose job is done, and gives its block back. Once. */
export function readResult(views: HeapViews, at: number, name: string): Outcome {
  const kind = views.words[at + J_RESULT]
  if (kind === RESULT_IS_NUMBER) return { failed: false, value: views.doubles[(at + J_VALUE) / 2] }
  if (kind === RESULT_ENCODED || kind === RESULT_ERROR) {
    const value = decode(takeBlock(views, views.words[at + J_RESULT_BLOCK]))
    return { failed: kind === RESULT_ERROR, value }
  }
  if (kind === RESULT_CANCELLED) return { failed: true, value: new CancelledError(name) }
  if (kind === RESULT_NULL) return { failed: false, value: null }
  if (kind === RESULT_UNDEFINED) return { failed: false, value: undefined }
  return { failed: false, value: kind === RESULT_TRUE }
}

/** Gives the block of a result back that nobody will read. */
export function dropResult(views: HeapViews, at: number): void {
  const kind = views.words[at + J_RESULT]
  if (kind === RESULT_ENCODED || kind === RESULT_ERROR) {
    takeBlock(views, views.words[at + J_RESULT_BLOCK])
  }
}

/** Says where an error comes from, as errors of loops do. */
export function decorateError(error: unknown, kernel: string, worker: number): unknown {
  if (!(error instanceof Error) || !Object.isExtensible(error) || 'kernel' in error) return error
  return Object.assign(error, { kernel, ...(worker >= 0 && { worker }) })
}

/** Throws if a plain body returned a promise, which nobody would wait for. */
export function refusePromise(name: string, outcome: object): void {
  if (typeof (outcome as { then?: unknown }).then !== 'function') return
  // What becomes of it must not end the thread as an unhandled rejection.
  Promise.resolve(outcome).catch(() => {})
  throw typeError(
    'ERR_KERNEL',
    `job "${name}" returned a promise, but its body is no async function: declare it async, so that it runs where promises settle`,
  )
}
