/** Turns a thread into a worker when its starter says so. */
import { markAsWorker } from '../kernels/registry.ts'
import type { runWorker } from '../worker.ts'
import type { InitMessage } from './host.ts'
import type { Require } from './node-modules.ts'
import { isNode, nodeWorkerPort } from './node-worker.ts'

/** All that a worker does once it has been told to start. */
export interface WorkerRuntime {
  readonly runWorker: typeof runWorker
}

let asked = false

/**
 * Called by every kernels module; does nothing in threads that are no workers of a system. `load` is asked in workers only. The
 * library's own entry gives its `require`.
 */
export function listenForStart(
  load: () => Promise<WorkerRuntime>,
  require: Require | null = null,
): void {
  if (asked) return
  asked = true
  const port = isNode() ? nodeWorkerPort(require) : null
  if (port === null) return
  markAsWorker()
  const early: unknown[] = []
  let receive = (message: unknown): void => void early.push(message)
  const begin = (message: InitMessage): void => {
    void load().then(({ runWorker }) =>
      runWorker(message, port, (handler) => {
        receive = handler
        for (const waiting of early.splice(0)) handler(waiting)
      }),
    )
  }
  port.listen((message) => {
    if (message.type !== 'spillway:init') return receive(message)
    if (message.unpinned === undefined) return begin(message)
    void import('./pinned-worker.ts').then(({ preparePinned }) => {
      preparePinned(message.unpinned!, port)
      begin(message)
    })
  })
}
