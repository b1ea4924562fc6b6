/** The options of `close`. */
import { checkKeys, flag, timeoutOption } from './options.ts'

/** How a system is to be closed. */
export interface CloseOptions {
  /** True (default) waits for awaited calls that are in flight; false cancels them between chunks. */
  readonly drain?: boolean
  /** Milliseconds until workers that have not ended are terminated. Default 5000, counted from when awaited calls have ended. */
  readonly timeout?: number
}

export function readCloseOptions(options: CloseOptions): {
  drain: boolean
  timeout: number | undefined
} {
  checkKeys('close', options, ['drain', 'timeout'])
  const { drain = true, timeout } = options
  return {
    drain: flag('drain', drain),
    timeout: timeout === undefined ? undefined : timeoutOption(timeout),
  }
}
