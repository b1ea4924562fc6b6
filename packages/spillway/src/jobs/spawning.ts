/** How jobs come to be in a thread: written into a record and offered to others, kept private, or run at once. */
import { copyArguments } from '../binding/write.ts'
import { load } from '../core/atomics.ts'
import { add as addToList } from '../core/chain.ts'
import { spawnedDetached } from '../core/detached.ts'
import { wakeThread } from '../core/sleep/park.ts'
import { RAN } from '../core/worker.ts'
import { plainError, rangeError } from '../errors.ts'
import { hasRoom, hasRoomForBody } from '../host/room.ts'
import type { KernelState } from '../kernels/kernel-table.ts'
import type { Runnable } from '../kernels/runnable.ts'
import type { JobFlavor } from '../kernels/types.ts'
import {
  FREE,
  J_HOME,
  J_STATE,
  JOB_DETACHED,
  JOB_REPLY,
  T_ASYNC,
  T_INBOX,
  jobAt,
  jobId,
  threadAt,
} from '../layout/jobs.ts'
import { AWAKE, W_PARK, workerAt } from '../layout/layout.ts'
import { spawnLevel } from './run-options.ts'
import { stepOnce } from './helping.ts'
import type { JobContextImpl } from './context.ts'
import { poll, settle } from './endings.ts'
import { announceFiber } from './fibers.ts'
import { Handle } from './handle.ts'
import { DEEP, tooDeep, usedUp } from './stack.ts'
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
  if (!hasRoom()) throw usedUp(ctx.name)
  const { flavor } = state.runnable
  if (flavor === 'async' && ctx.flavor === 'plain' && thread.area.workers === 0) {
    throw plainError(
      'ERR_WOULD_BLOCK',
      `plain job "${ctx.name}" would block the event loop that its child, async job "${state.name}", needs: there are no workers. ` +
        'Make it a generator: function* (ctx, args) { … }',
    )
  }
  const job = recordForChild(thread, flavor)
  if (job === 0) {
    if (flavor === 'plain') return runNow(ctx, state, copyArguments(args), level)
    return thread.privates.spawn(ctx, state, args, level)
  }
  // An event loop cannot look after its children: those that others run report.
  const flags = thread.isEventLoop && flavor !== 'async' ? level | JOB_REPLY : level
  thread.records.write(job, state.id, shape, args, flags, ctx.job)
  return send(ctx, job, state.runnable, level, state)
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
  const job = takeRecord(ctx.thread)
  ctx.thread.records.write(job, kernel, null, argument, ctx.level, ctx.job)
  return send(ctx, job, runnable, ctx.level, null)
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
  if (!hasRoom()) throw usedUp(ctx.name)
  const job = takeRecord(thread)
  spawnedDetached(thread.words, thread.area, thread.context.worker)
  thread.records.write(job, state.id, shape, args, level | JOB_DETACHED, 0)
  if (state.runnable.flavor === 'async') sendAsync(thread, job)
  else thread.publish(job, level)
}

function send(
  ctx: JobContextImpl,
  job: number,
  runnable: Runnable,
  level: number,
  kernel: KernelState | null,
): Handle {
  const { thread } = ctx
  const handle = new Handle(thread, runnable.name, kernel, job, ctx)
  thread.handles[thread.records.indexOf(job)] = handle
  if (runnable.flavor === 'async') sendAsync(thread, job)
  else thread.publish(job, level)
  return handle
}

/** Publishes a private job. False if no record is free. */
export function publishHandle(thread: JobThread, handle: Handle): boolean {
  const { records, handles } = thread
  const job = takeOrSweep(thread)
  if (job === 0) return false
  const { kernel, args, level, owner } = handle
  const { id, checker } = kernel!
  records.write(job, id, checker.checkJob(args), args, level, owner!.job)
  handle.job = job
  handles[records.indexOf(job)] = handle
  // So far only this thread could end it.
  if (handle.waiter !== null) announceFiber(thread, handle, handle.waiter)
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

/** A free record. If there is none, other work is run until there is. Throws RangeError if all records belong to jobs that wait. */
export function takeRecord(thread: JobThread): number {
  const job = awaitRecord(thread)
  if (job !== 0) return job
  throw rangeError(
    'ERR_JOBS_FULL',
    `all ${thread.area.capacity} job records of this thread belong to jobs that have not ended; ` +
      'wait for some of them, or raise jobs.capacity of JobSystem.start',
  )
}

/** A record for a child; 0 for one that can do without: a plain job runs at once, a fiber stays in this thread. */
function recordForChild(thread: JobThread, flavor: JobFlavor): number {
  if (flavor === 'async' || thread.isEventLoop) return takeRecord(thread)
  if (flavor === 'generator') return awaitRecord(thread)
  return takeOrSweep(thread)
}

/** A free record, 0 for none. Looks now and then for those whose jobs have ended elsewhere. */
function takeOrSweep(thread: JobThread): number {
  const job = thread.records.take()
  if (job !== 0 || ++thread.overflows % SWEEP_EVERY !== 0) return job
  return sweep(thread)
}

/** The same as `takeRecord`, but 0 instead of an error. */
function awaitRecord(thread: JobThread): number {
  for (;;) {
    const job = thread.records.take()
    if (job !== 0) return job
    // Asked before the last look, so that what comes back in between is found.
    const waits = mayFree(thread)
    const swept = sweep(thread)
    if (swept !== 0) return swept
    if (thread.isEventLoop) return 0
    const ran = thread.stacked < DEEP && hasRoomForBody() && stepOnce(thread) === RAN
    if (!ran && !waits) return 0
  }
}

/** A record after a look for those that can be taken back; 0 if there is none. */
function sweep(thread: JobThread): number {
  const { records, handles } = thread
  records.collectReturned()
  // Children that ended in other threads before anybody asked.
  for (const handle of handles) if (handle !== undefined) poll(thread, handle)
  thread.setup.collect?.()
  return records.take()
}

/** True if another thread has a record of this one and somebody is at work, who may let it come back. */
function mayFree({ words, area, context, self }: JobThread): boolean {
  const { worker } = context
  const homes = new Set<number>()
  for (let index = 0; index < area.capacity; index++) {
    const at = jobAt(area, jobId(area, worker, index))
    if (load(words, at + J_STATE) !== FREE) homes.add(words[at + J_HOME] - 1)
  }
  homes.delete(worker)
  if (homes.size === 0) return false
  for (let other = 0; other < area.threads; other++) {
    const at = threadAt(area, other)
    if (at === self) continue
    if (load(words, at + T_ASYNC) > 0 || load(words, at + T_INBOX) !== 0) return true
    // The starter is awake most of the time, and runs jobs only in a sync call.
    if (other >= area.workers && !homes.has(other)) continue
    if (load(words, workerAt(other, area.workers) + W_PARK) === AWAKE) return true
  }
  return false
}

/** Runs a plain child at once, in its parent's place. Throws RangeError if the stack has no room for it. */
export function runNow(
  ctx: JobContextImpl,
  state: KernelState,
  args: unknown,
  level: number,
): Handle {
  const { thread } = ctx
  if (thread.stacked >= DEEP && !hasRoomForBody()) throw tooDeep(ctx.name, thread.stacked)
  const outcome = thread.runBody(ctx.job, state.runnable, args, level)
  const { failed } = thread
  // Made when it is over: so far nobody could ask for it.
  const handle = new Handle(thread, state.name, state, 0, ctx)
  settle(handle, failed, outcome)
  return handle
}
