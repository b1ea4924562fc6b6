/** Turns a thread into a worker when its starter says so. */
import { isSpillwayWorker, markAsWorker } from '../kernels/registry.ts'
import type { runWorker } from '../worker.ts'
import { startInWorkerError } from '../errors.ts'
import { browserWorkerPort, hasStarted } from './browser-worker.ts'
import type { InitMessage } from './host.ts'
import type { Require } from './node-modules.ts'
import { nodeWorkerPort } from './node-worker.ts'
import { isNode } from './runtime.ts'

/** All that a worker does once it has been told to start. */
export interface WorkerRuntime {
  readonly runWorker: typeof runWorker
}

let asked = false
/** Another copy of this package may hear the same message. */
const STARTED = Symbol.for('spillway.started')

function isFirst(): boolean {
  const holder = globalThis as { [STARTED]?: true }
  if (holder[STARTED] === true) return false
  holder[STARTED] = true
  markAsWorker()
  return true
}

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
  const inBrowser = !isNode()
  const port = inBrowser ? browserWorkerPort() : nodeWorkerPort(require)
  // A browser's worker learns only by its first message whether it is one of ours.
  if (port === null || isSpillwayWorker()) return
  if (!inBrowser) markAsWorker()
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
    if (inBrowser && !isFirst()) return
    if (inBrowser && hasStarted()) {
      const { name, message: text, code } = startInWorkerError()
      port.post({ type: 'spillway:failed', error: { name, message: text, code } })
      return port.close()
    }
    if (message.unpinned === undefined) return begin(message)
    void import('./pinned-worker.ts').then(({ preparePinned }) => {
      preparePinned(message.unpinned!, port)
      begin(message)
    })
  })
}
