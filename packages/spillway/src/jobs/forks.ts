/**
 * The forks of `ctx.join`. A fork's second side stays private until the thread's deque is empty: then the oldest, which is the largest,
 * is published for thieves, and whoever comes back to it first takes it.
 *
 * Source: lazy splitting (Tzannes, Caragea, Barua and Vishkin, "Lazy binary-splitting", 2010), for forks instead of ranges;
 * `docs/decisions/0007-join.md` compares it with heartbeats (Acar et al., 2018).
 */
import { NONE } from '../core/deque.ts'
import type { Shape } from '../binding/shape.ts'
import { plainError, show, typeError } from '../errors.ts'
import type { KernelState } from '../kernels/kernel-table.ts'
import { isKernel } from '../kernels/types.ts'
import type { AnyKernel, JobKernel } from '../kernels/types.ts'
import { T_PROMOTED } from '../layout/jobs.ts'
import { cancelChildren, helpUntil } from './helping.ts'
import type { JobContextImpl } from './context.ts'
import { Handle } from './handle.ts'
import { DEEP, hasRoomForFork, hasRoomToWait } from './stack.ts'

/** A fork whose second side has not begun. A context keeps its forks in a list, and uses them again. */
export class Fork {
  /** The kernel of the first side, if it and that of the second take numbers: then further ones need no look. */
  first: AnyKernel | null = null
  kernel: AnyKernel | null = null
  args: unknown = undefined
  /** Set once it was published. */
  handle: Handle | null = null
  next: Fork | null = null
}

export function addFork(last: Fork): Fork {
  return (last.next = new Fork())
}

/** Publishes the oldest private fork of a job, if there is one and a record is free for it. */
export function promote(ctx: JobContextImpl): void {
  const { thread, oldest: fork } = ctx
  if (fork === ctx.fork) return
  if (ctx.flavor !== 'plain') {
    ctx.fork = fork
    throw refuseJoinIn(ctx)
  }
  const { records, handles, words, self, area } = thread
  if (area.workers === 0 || !hasRoomForFork()) return
  const found = publishable(ctx, fork)
  if (found === null) return
  const { state, shape } = found
  const job = records.take()
  if (job === 0) return
  ctx.oldest = fork.next!
  records.write(job, state.id, shape, fork.args, ctx.level, ctx.job)
  fork.handle = new Handle(thread, state.name, job, ctx)
  handles[records.indexOf(job)] = fork.handle
  words[self + T_PROMOTED]++
  thread.publish(job, ctx.level)
}

/**
 * What a fork needs to be published; null if it cannot be any more. It may be another join's than the one that looks, so nothing is
 * thrown here: it stays private.
 */
function publishable(
  ctx: JobContextImpl,
  { kernel, args }: Fork,
): { readonly state: KernelState; readonly shape: Shape | null } | null {
  if (kernel?.kind !== 'job' || kernel.flavor !== 'plain') return null
  try {
    const state = ctx.thread.stateOfKernel(kernel)
    return { state, shape: state.checker.checkJob(args) }
  } catch {
    return null
  }
}

/** The result of the innermost fork, which was published: run here if nobody took it, else waited for. */
export function finishFork(ctx: JobContextImpl, fork: Fork): unknown {
  const { kernel, args } = fork
  const handle = close(ctx, fork)
  if (takeBack(ctx, handle)) {
    const { holds } = ctx
    const job = kernel as JobKernel
    const value = (job.direct ?? ctx.bodyOf(job))(ctx, args)
    ctx.endBranch(job.name, value, holds)
    return value
  }
  helpUntil(ctx.thread, handle, ctx.thread.stacked >= DEEP || !hasRoomToWait())
  return handle.value
}

/**
 * Undoes a fork whose first side has thrown, and returns what it threw. Forks inside it are undone already, unless the stack was used
 * up; the innermost come first.
 */
export function dropFork(ctx: JobContextImpl, fork: Fork, holds: number, error: unknown): unknown {
  ctx.fork = fork
  if (ctx.holds !== holds) cancelChildren(ctx, holds)
  if (fork.handle === null) return error
  // A fork further out does it where there is room, or the job's end.
  if (!hasRoomToWait()) return error
  const published: Fork[] = []
  for (let open: Fork | null = fork; open !== null; open = open.next) {
    if (open.handle === null) break
    published.push(open)
  }
  for (const open of published.toReversed()) {
    const handle = close(ctx, open)
    if (takeBack(ctx, handle)) continue
    ctx.thread.cancel(handle)
    helpUntil(ctx.thread, handle)
  }
  return error
}

/** Closes a fork that was published. Those inside it are closed, so it is the youngest that was. */
function close(ctx: JobContextImpl, fork: Fork): Handle {
  const handle = fork.handle!
  fork.handle = null
  ctx.oldest = fork
  return handle
}

/** True if the job was still in the deque, which it then is no longer. */
function takeBack(ctx: JobContextImpl, handle: Handle): boolean {
  const { thread } = ctx
  while (!handle.settled) {
    const job = thread.popOwn(ctx.level)
    if (job === NONE) return false
    if (job === handle.job) {
      thread.handles[thread.records.indexOf(job)] = undefined
      thread.records.give(job)
      return true
    }
    // Spawned by the first side and not waited for.
    thread.run(job, false)
  }
  return false
}

function refuseJoinIn(ctx: JobContextImpl): Error {
  return plainError(
    'ERR_WOULD_BLOCK',
    `ctx.join blocks until both sides have ended; job "${ctx.name}" is no plain function: spawn the sides and wait for their handles`,
  )
}

export function refuseJoin(name: string, given: unknown): Error {
  const is = !isKernel(given)
    ? show(given)
    : given.kind === 'job'
      ? `"${given.name}", a ${given.flavor} job: spawn it and wait for its handle`
      : `"${given.name}", a kernel of ${given.kind}()`
  return typeError('ERR_KERNEL', `ctx.join in job "${name}" takes plain jobs; got ${is}`)
}
