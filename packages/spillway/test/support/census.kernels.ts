/** What a thread keeps in its own JavaScript for jobs, told by a job that runs in it: nothing, once all jobs have ended. */
import { job, kernels } from 'spillway/kernel'
import type { JobContext } from 'spillway/kernel'
import type { JobContextImpl } from '../../src/jobs/context.ts'
import type { Handle } from '../../src/jobs/handle.ts'
import { ownerOf } from '../../src/layout/jobs.ts'
import { waitForWord } from './jobs.kernels.ts'
import type { Cells } from './jobs.kernels.ts'

export interface Census {
  readonly worker: number
  /** Byte offsets of the blocks of shared memory that the thread has handed out. */
  readonly blocks: readonly number[]
  readonly scratchBytes: number
  readonly handles: number
  readonly fibers: number
  readonly privates: number
}

function take(ctx: JobContext): Census {
  const { thread, job: self } = ctx as unknown as JobContextImpl
  return {
    worker: ctx.workerIndex,
    blocks: thread.memory.inUse,
    scratchBytes: thread.scratch.heldBytes,
    // Its own is not left over.
    handles: thread.handles.filter((handle) => handle !== undefined && handle.job !== self).length,
    fibers: thread.fibers.size + thread.yielded.length,
    privates: thread.privates.count,
  }
}

interface Wide extends Cells {
  readonly a: number
  readonly b: number
  readonly c: number
  readonly d: number
  readonly e: number
}

export const census = kernels(import.meta.url, {
  here: job((ctx: JobContext) => take(ctx)),
  /** One in each of `workers` threads: none ends before all have come. */
  everywhere: job((ctx: JobContext, { x, workers }: Cells & { readonly workers: number }) => {
    if (Atomics.add(x, 0, 1) === workers - 1) {
      Atomics.store(x, 1, 1)
      Atomics.notify(x, 1)
    } else waitForWord(x, 1)
    return take(ctx)
  }),
  /** Where a child with a long record of arguments has its memory: the first has told this thread its kernel, the second is looked at. */
  nested: job((ctx: JobContext, { x }: Cells) => {
    const { thread } = ctx as unknown as JobContextImpl
    const args = { x, a: 1, b: 2, c: 3, d: 4, e: 5 }
    ctx.wait(ctx.spawn(census.wide, args))
    const before = thread.memory.inUse.length
    const child = ctx.spawn(census.wide, args) as unknown as Handle
    const owner = ownerOf(thread.area, child.job)
    return { worker: ctx.workerIndex, owner, before, after: thread.memory.inUse.length }
  }),
  wide: job((_ctx: JobContext, { x, a, b, c, d, e }: Wide) => {
    Atomics.add(x, 0, a + b + c + d + e)
  }),
  async: job(async (ctx: JobContext) => take(ctx)),
})
