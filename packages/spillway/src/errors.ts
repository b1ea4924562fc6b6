/** Every error the library raises itself: the codes, the classes, and the helpers that keep messages alike. */

export type ErrorCode =
  | 'ERR_ARGUMENT'
  | 'ERR_OPTION'
  | 'ERR_RANGE'
  | 'ERR_NOT_SHARED'
  | 'ERR_KERNEL'
  | 'ERR_KERNEL_NAME'
  | 'ERR_KERNEL_MISMATCH'
  | 'ERR_KERNEL_UNKNOWN'
  | 'ERR_CAPTURED'
  | 'ERR_SOURCE'
  | 'ERR_CLOSED'
  | 'ERR_WOULD_BLOCK'
  | 'ERR_HEAP_FULL'
  | 'ERR_HEAP_ADDRESS'
  | 'ERR_START_IN_WORKER'
  | 'ERR_WORKER_START'
  | 'ERR_WORKER_LOST'
  | 'ERR_PINNING'
  | 'ERR_TIMEOUT'
  | 'ERR_CANCELLED'
  | 'ERR_JOBS_FULL'
  | 'ERR_DEADLOCK'
  | 'ERR_TOO_DEEP'
  | 'ERR_HANDLE'
  | 'ERR_VERSION'

type Coded<E extends Error> = E & { readonly code: ErrorCode }

function coded<E extends Error>(error: E, code: ErrorCode): Coded<E> {
  return Object.assign(error, { code })
}

export function typeError(code: ErrorCode, message: string): Coded<TypeError> {
  return coded(new TypeError(message), code)
}

export function rangeError(code: ErrorCode, message: string): Coded<RangeError> {
  return coded(new RangeError(message), code)
}

/** A worker ended while it held part of a call: it exited, was terminated, ran out of memory, or threw outside a kernel. */
export class WorkerLostError extends Error {
  override readonly name = 'WorkerLostError'
  readonly code = 'ERR_WORKER_LOST'
  /** Index of the worker, 0 up to the number of workers - 1. */
  readonly worker: number
  /** Name of the kernel that was running, if the worker was inside a loop. */
  readonly kernel: string | undefined

  constructor(worker: number, kernel: string | undefined, cause?: unknown) {
    super(
      `worker ${worker} was lost${kernel === undefined ? '' : ` while it ran kernel "${kernel}"`}: ` +
        (cause instanceof Error ? cause.message : 'its thread ended'),
      cause === undefined ? undefined : { cause },
    )
    this.worker = worker
    this.kernel = kernel
  }
}

/** A job was cancelled: it never began, or ended at a wait. */
export class CancelledError extends Error {
  override readonly name = 'CancelledError'
  readonly code = 'ERR_CANCELLED'

  constructor(job: string) {
    super(`job "${job}" was cancelled`)
  }
}

/** Jobs wait for something that cannot happen any more: everything else has ended. */
export class DeadlockError extends Error {
  override readonly name = 'DeadlockError'
  readonly code = 'ERR_DEADLOCK'
  /** What waits, and for what. */
  readonly waiting: readonly string[]

  constructor(waiting: readonly string[]) {
    super(`these jobs wait for something that will not happen: ${waiting.join('; ')}`)
    this.waiting = waiting
  }
}

/** A call did not end within its `timeout`; the chunks that were running have ended, the others never ran. */
export class TimeoutError extends Error {
  override readonly name = 'TimeoutError'
  readonly code = 'ERR_TIMEOUT'

  constructor(milliseconds: number, what = 'loop') {
    super(`the ${what} did not end within its timeout of ${milliseconds} ms`)
  }
}

/** The workers could not be started, or do not know the same kernels as the caller. */
export class WorkerStartError extends Error {
  override readonly name = 'WorkerStartError'
  readonly code: ErrorCode

  constructor(message: string, code: ErrorCode = 'ERR_WORKER_START', cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
  }
}

export function closedError(name: string): Coded<Error> {
  return coded(new Error(`${name} is closed; start another JobSystem`), 'ERR_CLOSED')
}

export function startInWorkerError(): Coded<Error> {
  return plainError(
    'ERR_START_IN_WORKER',
    'JobSystem.start was called in a module that the workers load too. Move the kernels into a file of their own ' +
      '(kernels(import.meta.url, { … })) and import that file here; a worker imports it without starting a system again',
  )
}

/** Follows why a worker of the library's own file did not start, where that file may not be: bundlers leave it behind. */
export const BUNDLED =
  '; a bundled program needs the option worker: () => ' +
  "new Worker(new URL('./worker.js', import.meta.url), { type: 'module' }), whose file imports the kernels modules"

export function plainError(code: ErrorCode, message: string, cause?: unknown): Coded<Error> {
  return coded(new Error(message, cause === undefined ? undefined : { cause }), code)
}

/** How a wrong value is shown in messages: short, with its type when that helps. */
export function show(value: unknown): string {
  if (typeof value === 'string')
    return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value)
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'function') return `function ${value.name || '(anonymous)'}`
  if (typeof value === 'symbol') return value.toString()
  if (Array.isArray(value)) {
    return value.length > 4 ? `an array of ${value.length}` : `[${value.map(show).join(', ')}]`
  }
  if (ArrayBuffer.isView(value)) return `${value.constructor.name} of ${value.byteLength} bytes`
  if (typeof value === 'object' && value !== null) {
    const name = Object.getPrototypeOf(value)?.constructor?.name as string | undefined
    return name === undefined || name === 'Object'
      ? `{ ${Object.keys(value).slice(0, 6).join(', ')} }`
      : `an instance of ${name}`
  }
  return String(value)
}
