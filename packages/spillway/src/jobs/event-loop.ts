/** How a thread with an event loop hears of what other threads have for it: without blocking, by `Atomics.waitAsync`. */
import { compareAndSet, load, store } from '../core/atomics.ts'
import { AWAKE, H_STOP, LISTENING, W_PARK, workerAt } from '../layout/layout.ts'
import { T_INBOX, T_REPLIES, threadAt } from '../layout/jobs.ts'
import { openReplies } from './endings.ts'
import { isShared } from '../heap/views.ts'
import type { JobThread } from './thread.ts'

/** Resolves once there may be news: at once if there are. Senders add to a list first and look at PARK then. */
export async function nextNews(thread: JobThread): Promise<void> {
  const { words, area, context } = thread
  const park = workerAt(context.worker, area.workers) + W_PARK
  store(words, park, LISTENING)
  if (!hasNews(thread)) {
    if (isShared(words.buffer)) {
      const waited = Atomics.waitAsync(words, park, LISTENING)
      if (waited.async) await waited.value
    } else await poll(words, park)
  }
  compareAndSet(words, park, LISTENING, AWAKE)
}

/** The same on memory that is not shared, where `Atomics.waitAsync` is refused. */
async function poll(words: Int32Array, park: number): Promise<void> {
  while (load(words, park) === LISTENING) await new Promise((resolve) => setTimeout(resolve, 1))
}

function hasNews(thread: JobThread): boolean {
  const { words, area, context } = thread
  if (thread.hasReady() || load(words, H_STOP) !== 0) return true
  if (load(words, threadAt(area, context.worker) + T_INBOX) !== 0) return true
  for (let sender = 0; sender < area.threads; sender++) {
    const list = threadAt(area, sender) + T_REPLIES + context.worker - area.workers
    if (load(words, list) !== 0) return true
  }
  return false
}

/** What the worker of async jobs does until the system stops. */
export async function serveEvents(thread: JobThread): Promise<void> {
  while (load(thread.words, H_STOP) === 0) {
    // Failures of detached jobs go to the starter.
    openReplies(thread, () => {})
    while (thread.resume(true));
    await nextNews(thread)
  }
}
