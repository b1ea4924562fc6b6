/** Node 20.19 and later, in workers. */
import type { ToWorker, WorkerPort } from './host.ts'
import { loadModules } from './node-modules.ts'
import type { Require } from './node-modules.ts'

/** Set while a worker is constructed, so that the new thread knows synchronously what it is. */
export const MARK = 'spillway.worker'

export function isNode(): boolean {
  return typeof process === 'object' && typeof process.getBuiltinModule === 'function'
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
  return {
    post: (message) => port.postMessage(message),
    listen(receive) {
      const first = require === null ? undefined : receiveMessageOnPort(port)
      port.on('message', (message: ToWorker) => receive(message))
      if (first !== undefined) receive(first.message as ToWorker)
    },
    load: (urls) => loadModules(urls, require),
    close: () => port.close(),
    yieldToEvents,
  }
}

export function yieldToEvents(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
