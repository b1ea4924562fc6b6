/** A batch stands for one job per index. Its thread runs indexes from the front and gives away the back half when it has nothing to steal. */
import { CancelledError } from '../errors.ts'
import type { Runnable } from '../kernels/runnable.ts'
import { J_KERNEL, JOB_BATCH, jobAt } from '../layout/jobs.ts'
import { cancelChildren, helpUntil } from './helping.ts'
import { isCancelled } from './cancel.ts'
import type { JobContextImpl } from './context.ts'
import { complete } from './endings.ts'
import { startFiber } from './fibers.ts'
import { Handle } from './handle.ts'
import { copyResult } from './result.ts'
import { spawnById } from './spawning.ts'
import type { JobThread } from './thread.ts'
import { WaitRequest } from './waiting.ts'

/** Runs a batch of indexes [start, end) that this thread took. */
export function beginBatch(
  thread: JobThread,
  job: number,
  runnable: Runnable,
  level: number,
  start: number,
  end: number,
): void {
  const kernel = thread.words[jobAt(thread.area, job) + J_KERNEL]
  if (runnable.flavor === 'generator') {
    startFiber(thread, job, runnable, level, (ctx) => spawnEach(ctx, kernel, runnable, start, end))
    return
  }
  const ctx = thread.acquire(job, runnable.name, level, 'plain')
  const outer = thread.current
  const { stacked } = thread
  thread.current = ctx
  thread.stacked = stacked + 1
  let failed = false
  let outcome: unknown
  try {
    outcome = runEach(thread, ctx, kernel, runnable, start, end)
  } catch (error) {
    failed = true
    outcome = error
    cancelChildren(ctx, 0)
  }
  thread.stacked = stacked
  thread.current = outer
  thread.release(ctx)
  complete(thread, job, failed, outcome)
}

/** The results in order of index; undefined if there are none. Every index runs, and the error of the lowest that failed is thrown. */
function runEach(
  thread: JobThread,
  ctx: JobContextImpl,
  kernel: number,
  runnable: Runnable,
  start: number,
  end: number,
): unknown {
  const { words } = thread
  const halves: { readonly start: number; readonly handle: Handle }[] = []
  const results: unknown[] = []
  let hasResults = false
  let failure: { readonly error: unknown } | null = null
  let last = end
  for (let index = start; index < last; index++) {
    while (last - index > 1 && words[ctx.topAt] === words[ctx.bottomAt]) {
      const middle = index + Math.ceil((last - index) / 2)
      const half = split(thread, ctx, kernel, middle, last)
      if (half === null) break
      halves.push({ start: middle, handle: half })
      last = middle
    }
    if (isCancelled(thread, ctx.job)) throw new CancelledError(ctx.name)
    const outcome = thread.runBody(ctx.job, runnable, index, ctx.level)
    try {
      if (thread.failed) throw outcome
      const value = copyResult(runnable.name, outcome)
      if (value === undefined) continue
      hasResults = true
      results[index - start] = value
    } catch (error) {
      failure ??= { error }
    }
  }
  // The lowest half was split off last.
  for (const { start: first, handle } of halves.toReversed()) {
    helpUntil(thread, handle)
    handle.observe()
    if (handle.failed) failure ??= { error: handle.outcome }
    const values = handle.failed ? undefined : (handle.outcome as unknown[] | undefined)
    if (values === undefined) continue
    hasResults = true
    for (const [offset, value] of values.entries()) results[first - start + offset] = value
  }
  if (failure !== null) throw failure.error
  if (!hasResults) return undefined
  // A job that returned nothing leaves no hole.
  return Array.from({ length: end - start }, (_, index) => results[index])
}

function split(
  thread: JobThread,
  ctx: JobContextImpl,
  kernel: number,
  start: number,
  end: number,
): Handle | null {
  const { records, handles } = thread
  const job = records.take()
  if (job === 0) return null
  records.write(job, kernel, null, start, ctx.level | JOB_BATCH, ctx.job)
  records.writeBatch(job, start, end)
  const handle = new Handle(thread, ctx.name, null, job, ctx)
  handles[records.indexOf(job)] = handle
  ctx.hold(handle)
  thread.publish(job, ctx.level)
  return handle
}

/** Fibers wait one by one, so each index is a job of its own. */
function* spawnEach(
  ctx: JobContextImpl,
  kernel: number,
  runnable: Runnable,
  start: number,
  end: number,
): Generator<unknown, unknown, unknown> {
  const handles: Handle[] = []
  for (let index = start; index < end; index++) {
    handles.push(spawnById(ctx, kernel, runnable, index))
  }
  const values = (yield* new WaitRequest(ctx, handles, false)) as unknown[]
  return values.some((value) => value !== undefined) ? values : undefined
}
