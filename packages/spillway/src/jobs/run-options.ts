/** The options of `jobs.run` and `ctx.spawn`: what a caller can pass, and its checks. */
import { show, typeError } from '../errors.ts'
import { abortSignal, checkKeys, timeoutOption } from '../options.ts'
import { levelOf } from './priority.ts'
import type { Priority, SpawnOptions } from './types.ts'

export interface RunOptions {
  /** Default `normal`; children inherit it. */
  readonly priority?: Priority
  /** Cancels the job, which then rejects with the signal's reason once it has ended. */
  readonly signal?: AbortSignal
  /** Milliseconds until the job is cancelled with a TimeoutError. */
  readonly timeout?: number
  /** Handles of jobs that must have ended well before; if one fails, the job never runs and fails with the same error. */
  readonly after?: readonly PromiseLike<unknown>[]
}

const RUN_KEYS = ['priority', 'signal', 'timeout', 'after']

/** Checks the options of `ctx.spawn`, and gives the child's level: its parent's unless they say otherwise. */
export function spawnLevel(options: SpawnOptions, parent: number): number {
  checkKeys('spawn', options, ['priority'])
  return options.priority === undefined ? parent : levelOf(options.priority)
}

/** Checks the options of `jobs.run`. */
export function readRunOptions(options: RunOptions): {
  level: number
  signal: AbortSignal | undefined
  timeout: number
  after: readonly PromiseLike<unknown>[]
} {
  checkKeys('run', options, RUN_KEYS)
  const { priority = 'normal', signal, timeout, after = [] } = options
  if (!Array.isArray(after)) {
    throw typeError('ERR_OPTION', `after must be an array of handles; got ${show(after)}`)
  }
  return {
    level: levelOf(priority),
    signal: signal === undefined ? undefined : abortSignal(signal),
    timeout: timeout === undefined ? Infinity : timeoutOption(timeout),
    after,
  }
}
