/** Node 20.19 and later, in workers. */
import type { ToWorker, WorkerPort } from './host.ts'
import { loadModules } from './node-modules.ts'

/** Set while a worker is constructed, so that the new thread knows synchronously what it is. */
export const MARK = 'spillway.worker'

export function isNode(): boolean {
  return typeof process === 'object' && typeof process.getBuiltinModule === 'function'
}

/** This thread's port to its starter if it was started as a worker of a system, else null. */
export function nodeWorkerPort(): WorkerPort | null {
  const { isMainThread, parentPort, getEnvironmentData, receiveMessageOnPort, setEnvironmentData } =
    process.getBuiltinModule('node:worker_threads')
  if (isMainThread || parentPort === null || getEnvironmentData(MARK) !== true) return null
  // Threads that this one starts are not ours.
  setEnvironmentData(MARK, undefined)
  const port = parentPort
  return {
    post: (message) => port.postMessage(message),
    listen(receive, alone) {
      const first = alone ? receiveMessageOnPort(port) : undefined
      port.on('message', (message: ToWorker) => receive(message))
      if (first !== undefined) receive(first.message as ToWorker)
    },
    load: loadModules,
    close: () => port.close(),
  }
}
