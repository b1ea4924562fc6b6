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
import { hasRoom, hasRoomForBody } from '../host/room.ts'
import type { KernelState } from '../kernels/kernel-table.ts'
import { isKernel } from '../kernels/types.ts'
import type { AnyKernel, JobKernel } from '../kernels/types.ts'
import { T_PROMOTED } from '../layout/jobs.ts'
import { cancelChildren, finishHeld, helpUntil } from './helping.ts'
import type { JobContextImpl } from './context.ts'
import { Handle } from './handle.ts'
import { checkResult } from './result.ts'
import { usedUp } from './stack.ts'
import type { JobContext } from './types.ts'

type Body = (ctx: JobContext, args: unknown) => unknown

/**
 * A fork whose second side has not begun. A context keeps its forks in a list, and uses them again: those before `ctx.fork` are open,
 * those of them before `ctx.oldest` were published. That is true between any two calls, so that a stack that ends leaves forks open
 * that nobody comes back to, but none that is taken for another.
 */
export class Fork {
  /** The kernel of the first side, if it and that of the second take numbers: then further ones need no look. */
  first: AnyKernel | null = null
  kernel: AnyKernel | null = null
  // The bodies of both sides, here because this is where a join looks anyway.
  firstBody: Body | null = null
  secondBody: Body | null = null
  args: unknown = undefined
  /** Set once it was published. */
  handle: Handle | null = null
  next: Fork | null = null
}

/** `ctx.join` for any arguments and results, and whenever somebody might be hungry. */
export function joinWithCare<A, B, R, S, T>(
  ctx: JobContextImpl,
  first: JobKernel<A, R>,
  firstArgs: A,
  second: JobKernel<B, S>,
  secondArgs: B,
  combine: (first: R, second: S) => T,
): T {
  const { fork, holds } = ctx
  fill(ctx, fork, first, firstArgs, second, secondArgs)
  ctx.fork = fork.next!
  let left: unknown
  try {
    if (ctx.words[ctx.topAt] === ctx.words[ctx.bottomAt]) promote(ctx)
    left = fork.firstBody!(ctx, firstArgs)
    if (typeof left !== 'number' || ctx.holds !== holds) endBranch(ctx, first, left, holds)
  } catch (error) {
    throw dropFork(ctx, fork, holds, error)
  }
  const right = secondSide(ctx, fork, second, holds)
  return combine(left as R, right as S)
}

/** The rest of `ctx.join` after its first side has returned, if that was not a number, or left children, or the fork was published. */
export function endWithCare<R, S, T>(
  ctx: JobContextImpl,
  fork: Fork,
  first: JobKernel<never, R>,
  left: unknown,
  second: JobKernel<never, S>,
  holds: number,
  combine: (first: R, second: S) => T,
): T {
  try {
    endBranch(ctx, first, left, holds)
  } catch (error) {
    throw dropFork(ctx, fork, holds, error)
  }
  return combine(left as R, secondSide(ctx, fork, second, holds) as S)
}

function secondSide(ctx: JobContextImpl, fork: Fork, second: JobKernel<never>, holds: number) {
  if (fork.handle !== null) return finishFork(ctx, fork)
  ctx.fork = fork
  const right = fork.secondBody!(ctx, fork.args)
  if (typeof right !== 'number' || ctx.holds !== holds) endBranch(ctx, second, right, holds)
  return right
}

/** Fills a fork in. It remembers both kernels if they take numbers. Throws TypeError unless both sides are right. */
function fill(
  ctx: JobContextImpl,
  fork: Fork,
  first: JobKernel<never>,
  firstArgs: unknown,
  second: JobKernel<never>,
  secondArgs: unknown,
): void {
  if (
    first !== fork.first ||
    second !== fork.kernel ||
    typeof firstArgs !== 'number' ||
    typeof secondArgs !== 'number'
  ) {
    fork.first = null
    const firstBody = bodyOf(ctx, first, firstArgs)
    const secondBody = bodyOf(ctx, second, secondArgs)
    // Compared before they are stored: behind a store stands the collector's write barrier, and recursion stores the same again.
    if (fork.firstBody !== firstBody) fork.firstBody = firstBody
    if (fork.secondBody !== secondBody) fork.secondBody = secondBody
    if (fork.kernel !== second) fork.kernel = second as AnyKernel
    if (first.takesNumber === true && second.takesNumber === true) fork.first = first as AnyKernel
    fork.next ??= new Fork()
  }
  fork.args = secondArgs
}

/** The body of a side. What is wrong with it is wrong wherever it runs, and what runs here is what would run elsewhere. */
function bodyOf(ctx: JobContextImpl, kernel: JobKernel<never>, args: unknown): Body {
  if (kernel?.kind !== 'job' || kernel.flavor !== 'plain') throw refuseJoin(ctx.name, kernel)
  const { checker, runnable } = ctx.thread.stateOfKernel(kernel)
  if (!checker.isKnown(args)) checker.checkJob(args)
  return (kernel.direct as Body | undefined) ?? runnable.body
}

/** What belongs to the end of a job, for one side of a join: whoever runs it, its result must be able to cross threads. */
export function endBranch(
  ctx: JobContextImpl,
  { name }: JobKernel<never>,
  value: unknown,
  holds: number,
): void {
  if (ctx.holds > holds) finishHeld(ctx, holds)
  checkResult(name, value)
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
  if (area.workers === 0 || !hasRoom()) return
  const found = publishable(ctx, fork)
  if (found === null) return
  const { state, shape } = found
  const job = records.take()
  if (job === 0) return
  ctx.oldest = fork.next!
  records.write(job, state.id, shape, fork.args, ctx.level, ctx.job)
  fork.handle = new Handle(thread, state.name, state, job, ctx)
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

/** The result of a fork that was published: run here if nobody took it, else waited for. Throws if there is no room for either. */
function finishFork(ctx: JobContextImpl, fork: Fork): unknown {
  const { kernel, secondBody: body, args } = fork
  if (!hasRoomForBody()) throw usedUp(ctx.name)
  dropPublished(ctx, fork.next!)
  ctx.fork = fork.next!
  const handle = fork.handle!
  if (takeBack(ctx, handle)) {
    close(ctx, fork)
    const { holds } = ctx
    const value = body!(ctx, args)
    endBranch(ctx, kernel as JobKernel, value, holds)
    return value
  }
  helpUntil(ctx.thread, handle)
  close(ctx, fork)
  return handle.value
}

/**
 * Undoes a fork whose first side has thrown, and returns what it threw. If it was published and the stack has no room for that, it
 * stays open, as it does where there is no room to call this: a fork further out undoes it, or the job's end.
 */
export function dropFork(ctx: JobContextImpl, fork: Fork, holds: number, error: unknown): unknown {
  if (fork.handle === null) ctx.fork = fork
  if ((fork.handle === null && ctx.holds === holds) || !hasRoom()) return error
  if (ctx.holds !== holds) cancelChildren(ctx, holds)
  dropPublished(ctx, fork)
  return error
}

/** Closes the forks from `fork` on that were published and that nobody comes back to, the innermost first. */
function dropPublished(ctx: JobContextImpl, fork: Fork): void {
  if (fork.handle === null) return
  // Those behind them, which nobody comes back to either, must not be published while this waits.
  ctx.fork = ctx.oldest
  const published: Fork[] = []
  for (let open: Fork | null = fork; open !== null && open.handle !== null; open = open.next) {
    published.push(open)
  }
  for (const open of published.toReversed()) {
    const handle = open.handle!
    if (!takeBack(ctx, handle)) {
      ctx.thread.cancel(handle)
      helpUntil(ctx.thread, handle)
    }
    close(ctx, open)
  }
}

/** Closes a fork that was published. Those inside it are closed, so it is the youngest that was. */
function close(ctx: JobContextImpl, fork: Fork): void {
  fork.handle = null
  ctx.oldest = fork
  ctx.fork = fork
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

function refuseJoin(name: string, given: unknown): Error {
  const is = !isKernel(given)
    ? show(given)
    : given.kind === 'job'
      ? `"${given.name}", a ${given.flavor} job: spawn it and wait for its handle`
      : `"${given.name}", a kernel of ${given.kind}()`
  return typeError('ERR_KERNEL', `ctx.join in job "${name}" takes plain jobs; got ${is}`)
}
