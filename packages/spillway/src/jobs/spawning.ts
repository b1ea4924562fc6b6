/** How jobs come to be in a thread: written into a record and offered to others, kept private, or run at once. */
import { copyArguments } from '../binding/write.ts'
import { add, load } from '../core/atomics.ts'
import { add as addToList } from '../core/chain.ts'
import { wakeThread } from '../core/sleep/park.ts'
import { RAN } from '../core/worker.ts'
import { plainError, rangeError } from '../errors.ts'
import type { KernelState } from '../kernels/kernel-table.ts'
import type { Runnable } from '../kernels/runnable.ts'
import {
  J_HOME,
  J_STATE,
  JOB_DETACHED,
  JOB_REPLY,
  RUNNING,
  T_DETACHED,
  T_INBOX,
  jobAt,
  threadAt,
} from '../layout/jobs.ts'
import { spawnLevel } from '../options.ts'
import { stepOnce } from './helping.ts'
import type { JobContextImpl } from './context.ts'
import { poll, settle } from './endings.ts'
import { Handle } from './handle.ts'
import type { JobThread } from './thread.ts'
import type { SpawnOptions } from './types.ts'

/** Looking through all records costs as much as running this many small jobs. */
const SWEEP_EVERY = 256

/** Starts a child of the job that `ctx` serves. */
export function spawn(
  ctx: JobContextImpl,
  kernel: unknown,
  args: unknown,
  options?: SpawnOptions,
): Handle {
  const { thread } = ctx
  const state = thread.stateOfKernel(kernel)
  const shape = state.checker.checkJob(args)
  const level = levelIn(ctx, options)
  if (thread.privates.suits(state)) return thread.privates.spawn(ctx, state, args, level)
  const { flavor } = state.runnable
  if (flavor === 'async' && ctx.flavor === 'plain' && thread.area.workers === 0) {
    throw plainError(
      'ERR_WOULD_BLOCK',
      `plain job "${ctx.name}" would block the event loop that its child, async job "${state.name}", needs: there are no workers. ` +
        'Make it a generator: function* (ctx, args) { … }',
    )
  }
  const job = takeRecord(thread, flavor === 'plain' && !thread.isEventLoop)
  if (job === 0) return runNow(ctx, state, copyArguments(args), level)
  // An event loop cannot look after its children: those that others run report.
  const flags = thread.isEventLoop && flavor !== 'async' ? level | JOB_REPLY : level
  thread.records.write(job, state.id, shape, args, flags, ctx.job)
  const handle = send(ctx, job, state.runnable, level)
  handle.kernel = state
  return handle
}

function levelIn(ctx: JobContextImpl, options: SpawnOptions | undefined): number {
  return options === undefined ? ctx.level : spawnLevel(options, ctx.level)
}

/** Starts a child by its kernel's number, with a number for argument. */
export function spawnById(
  ctx: JobContextImpl,
  kernel: number,
  runnable: Runnable,
  argument: number,
): Handle {
  const job = takeRecord(ctx.thread, false)
  ctx.thread.records.write(job, kernel, null, argument, ctx.level, ctx.job)
  return send(ctx, job, runnable, ctx.level)
}

/** Starts a job that nobody waits for. */
export function spawnDetached(
  ctx: JobContextImpl,
  kernel: unknown,
  args: unknown,
  options?: SpawnOptions,
): void {
  const { thread } = ctx
  const state = thread.stateOfKernel(kernel)
  const shape = state.checker.checkJob(args)
  const level = levelIn(ctx, options)
  const job = takeRecord(thread, false)
  add(thread.words, thread.self + T_DETACHED, 1)
  thread.records.write(job, state.id, shape, args, level | JOB_DETACHED, 0)
  if (state.runnable.flavor === 'async') sendAsync(thread, job)
  else thread.publish(job, level)
}

function send(ctx: JobContextImpl, job: number, runnable: Runnable, level: number): Handle {
  const { thread } = ctx
  const handle = new Handle(thread, runnable.name, job, ctx)
  thread.handles[thread.records.indexOf(job)] = handle
  if (runnable.flavor === 'async') sendAsync(thread, job)
  else thread.publish(job, level)
  return handle
}

/** Publishes a private job. False if no record is free. */
export function publishHandle(thread: JobThread, handle: Handle): boolean {
  const { records, handles } = thread
  const job = records.take()
  if (job === 0) return false
  const { kernel, args, level, owner } = handle
  const { id, checker } = kernel!
  records.write(job, id, checker.checkJob(args), args, level, owner!.job)
  handle.job = job
  handles[records.indexOf(job)] = handle
  thread.publish(job, level)
  return true
}

/** Hands a written job to the worker of async jobs; without workers the starter is that. */
export function sendAsync(thread: JobThread, job: number): void {
  const { words, area, context, setup } = thread
  const target = area.workers === 0 ? 0 : area.workers + 1
  addToList(words, area, threadAt(area, target) + T_INBOX, job)
  if (target !== context.worker) wakeThread(words, area.workers, target)
  setup.wantAsyncWorker()
}

/**
 * A free record. If there is none, other work is run until there is; `mayFail` returns 0 instead, for jobs that can run at once.
 * Throws RangeError if all records belong to jobs that wait.
 */
export function takeRecord(thread: JobThread, mayFail: boolean): number {
  const { records, handles, area } = thread
  for (;;) {
    const job = records.take()
    if (job !== 0) return job
    if (mayFail && ++thread.overflows % SWEEP_EVERY !== 0) return 0
    records.collectReturned()
    // Children that ended in other threads before anybody asked.
    for (const handle of handles) if (handle !== undefined) poll(thread, handle)
    thread.setup.collect?.()
    const swept = records.take()
    if (swept !== 0 || mayFail) return swept
    if (thread.isEventLoop || (stepOnce(thread) !== RAN && !willFree(thread))) {
      throw rangeError(
        'ERR_JOBS_FULL',
        `all ${area.capacity} job records of this thread belong to jobs that have not ended; ` +
          'wait for some of them, or raise jobs.capacity of JobSystem.start',
      )
    }
  }
}

/** True if a record of this thread is in the hands of another thread that runs it. */
function willFree({ words, area, context, handles }: JobThread): boolean {
  return handles.some((handle) => {
    if (handle === undefined || handle.job === 0) return false
    const at = jobAt(area, handle.job)
    return load(words, at + J_STATE) === RUNNING && words[at + J_HOME] !== context.worker + 1
  })
}

/** Runs a plain child at once, in its parent's place. */
export function runNow(
  ctx: JobContextImpl,
  state: KernelState,
  args: unknown,
  level: number,
): Handle {
  const { thread } = ctx
  const handle = new Handle(thread, state.name, 0, ctx)
  handle.begun = true
  const { failed, outcome } = thread.runBody(ctx.job, state.runnable, args, level)
  settle(handle, failed, outcome)
  return handle
}
