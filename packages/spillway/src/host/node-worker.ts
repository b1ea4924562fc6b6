/** Node 20.19 and later, Bun and Deno, in workers. */
import { store } from '../core/atomics.ts'
import { ENDED, UNNUMBERED } from '../layout/layout.ts'
import type { ToWorker, WorkerPort } from './host.ts'
import { canRequire, loadModules } from './node-modules.ts'
import type { Require } from './node-modules.ts'
import { otherThanNode, systemThread } from './runtime.ts'

/** Set while a worker is constructed, so that the new thread knows synchronously what it is. */
export const MARK = 'spillway.worker'

/** What a starter that is blocked can see of this thread where it cannot ask for its event loop. */
function tellLife(words: Int32Array, at: number): void {
  const end = (): void => store(words, at, ENDED)
  process.on('exit', end)
  // Deno's own exit tells nobody else.
  ;(
    globalThis as { addEventListener?: (type: string, listener: () => void) => void }
  ).addEventListener?.('unload', end)
  store(words, at, systemThread() ?? UNNUMBERED)
}

/**
 * This thread's port to its starter if it was started as a worker of a system, else null. With `require`, the thread runs the
 * library's own entry, and nobody else sends it messages: the first, which came while it booted, is heard at once.
 */
export function nodeWorkerPort(require: Require | null): WorkerPort | null {
  const { isMainThread, parentPort, getEnvironmentData, receiveMessageOnPort, setEnvironmentData } =
    process.getBuiltinModule('node:worker_threads')
  if (isMainThread || parentPort === null || getEnvironmentData(MARK) !== true) return null
  // Threads that this one starts are not ours.
  setEnvironmentData(MARK, undefined)
  const port = parentPort
  const other = otherThanNode()
  return {
    post: (message) => port.postMessage(message),
    listen(receive) {
      // Deno's port to the starter is none that this function takes.
      const first = require === null || other === 'deno' ? undefined : receiveMessageOnPort(port)
      port.on('message', (message: ToWorker) => receive(message))
      if (first !== undefined) receive(first.message as ToWorker)
    },
    load: (urls) => loadModules(urls, require),
    lives: tellLife,
    // Beside the library's own entry, whose `require` this is.
    loader: (file) => (require !== null && canRequire() ? () => require(`./${file}`) : null),
    // Deno's port cannot be closed, and holds the thread no longer once it is let go.
    close: () => (other === 'deno' ? port.unref() : port.close()),
    yieldToEvents,
  }
}

export function yieldToEvents(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
