/**
 * The forks of `ctx.join` in one thread. A fork's second side stays private until the thread's deque is empty: then the oldest, which
 * is the largest, is published for thieves, and whoever comes back to it first takes it.
 *
 * Source: lazy splitting (Tzannes, Caragea, Barua and Vishkin, "Lazy binary-splitting", 2010), for forks instead of ranges;
 * `docs/decisions/0007-join.md` compares it with heartbeats (Acar et al., 2018).
 */
import { NONE } from '../core/deque.ts'
import { typeError } from '../errors.ts'
import type { AnyKernel } from '../kernels/types.ts'
import { T_PROMOTED } from '../layout/jobs.ts'
import type { JobContextImpl } from './context.ts'
import { Handle } from './handle.ts'
import type { JobThread } from './thread.ts'

/** A fork whose second side has not begun. */
export interface Fork {
  ctx: JobContextImpl | null
  kernel: AnyKernel | null
  args: unknown
  /** Set once it was published. */
  handle: Handle | null
}

export class ForkStack {
  readonly #thread: JobThread
  readonly list: Fork[] = []
  /** Forks that are open now. */
  depth = 0
  /** The first that was not published. */
  oldest = 0

  constructor(thread: JobThread) {
    this.#thread = thread
  }

  grow(): Fork {
    const fork: Fork = { ctx: null, kernel: null, args: undefined, handle: null }
    this.list.push(fork)
    return fork
  }

  /** Publishes the oldest private fork, if a record is free for it. */
  promote(): void {
    if (this.oldest >= this.depth) return
    const { records, handles, words, self } = this.#thread
    const fork = this.list[this.oldest]
    const ctx = fork.ctx!
    const state = this.#thread.stateOfKernel(fork.kernel)
    const shape = state.checker.checkJob(fork.args)
    const job = records.take()
    if (job === 0) return
    this.oldest++
    records.write(job, state.id, shape, fork.args, ctx.level, ctx.job)
    fork.handle = new Handle(this.#thread, state.name, job, ctx)
    handles[records.indexOf(job)] = fork.handle
    words[self + T_PROMOTED]++
    this.#thread.publish(job, ctx.level)
  }

  /** The result of a fork that was published: run here if nobody took it, else waited for. */
  finish(ctx: JobContextImpl, fork: Fork, handle: Handle): unknown {
    const { kernel, args } = fork
    fork.handle = null
    if (this.#takeBack(ctx, handle)) return ctx.branch(kernel!, args)
    this.#thread.helpUntil(handle)
    return handle.value
  }

  /** Undoes a fork whose first side has thrown. */
  drop(ctx: JobContextImpl, fork: Fork, depth: number): void {
    this.depth = depth
    if (this.oldest > depth) this.oldest = depth
    const { handle } = fork
    if (handle === null) return
    fork.handle = null
    if (this.#takeBack(ctx, handle)) return
    this.#thread.cancel(handle)
    this.#thread.helpUntil(handle)
  }

  /** True if the job was still in the deque, which it then is no longer. */
  #takeBack(ctx: JobContextImpl, handle: Handle): boolean {
    const { records, handles } = this.#thread
    while (!handle.settled) {
      const job = this.#thread.popOwn(ctx.level)
      if (job === NONE) return false
      if (job === handle.job) {
        handles[records.indexOf(job)] = undefined
        records.give(job)
        return true
      }
      // Spawned by the first side and not waited for.
      this.#thread.run(job, false)
    }
    return false
  }
}

export function refuseJoin(name: string, kernel: AnyKernel): Error {
  const is = kernel.kind === 'job' ? `${kernel.flavor} job` : `kernel of ${kernel.kind}()`
  return typeError(
    'ERR_KERNEL',
    `ctx.join in job "${name}" takes plain jobs; "${kernel.name}" is a ${is}: spawn it and wait for its handle`,
  )
}
