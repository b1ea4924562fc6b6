/** Async jobs: bodies that may await anything, run in the event loop of a worker of their own, or of the starter if there are no workers. */
import { add, sub } from '../core/atomics.ts'
import { RUNNING, J_STATE, T_ASYNC, jobAt } from '../layout/jobs.ts'
import type { Runnable } from '../kernels/runnable.ts'
import { complete } from './endings.ts'
import { Handle } from './handle.ts'
import type { JobThread } from './thread.ts'

/** Waits for a child. Rejects with its error if nobody asked for it; somebody may have asked and not waited, as in a race. */
async function endOf(child: Handle): Promise<void> {
  const seen = child.observed
  try {
    await child.promise()
  } catch (error) {
    if (!seen && child.cancelReason === null) throw error
  }
}

/** Begins an async job; its end arrives by the event loop. */
export function startAsync(
  thread: JobThread,
  job: number,
  runnable: Runnable,
  args: unknown,
  level: number,
): void {
  const ctx = thread.acquire(job, runnable.name, level, 'async')
  thread.words[jobAt(thread.area, job) + J_STATE] = RUNNING
  add(thread.words, thread.self + T_ASYNC, 1)
  thread.hold()
  const { recorder } = thread
  const number = recorder === null ? 0 : recorder.nextNumber()
  const begin = recorder === null ? 0 : recorder.now()
  const run = async (): Promise<unknown> => {
    const value = await runnable.body(ctx, args)
    for (const loop of ctx.loops) {
      await loop.promise()
      if (!loop.seen) loop.result()
    }
    for (const child of ctx.held) if (child instanceof Handle) await endOf(child)
    return value
  }
  const end = (failed: boolean, outcome: unknown): void => {
    sub(thread.words, thread.self + T_ASYNC, 1)
    thread.letGo()
    if (recorder !== null) recorder.asyncJob(runnable.id, number, begin)
    thread.release(ctx)
    complete(thread, job, failed, outcome)
  }
  run().then(
    (value) => end(false, value),
    async (error: unknown) => {
      // Children that run on would outlive what they were spawned for.
      const children = ctx.held.filter((item) => item instanceof Handle)
      for (const child of children) thread.cancel(child)
      await Promise.allSettled(children.map((child) => child.promise()))
      for (const loop of ctx.loops) await loop.promise()
      end(true, error)
    },
  )
}
