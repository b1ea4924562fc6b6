/** Turns a thread into a worker when its starter says so. Loads the rest of the worker only then. */
import { markAsWorker } from '../kernels/registry.ts'
import { detectWorkerPort } from './detect.ts'
import type { InitMessage } from './host.ts'

let asked = false

/** Called by every kernels module; does nothing in threads that are no workers of a system. */
export function listenForStart(): void {
  if (asked) return
  asked = true
  const port = detectWorkerPort()
  if (port === null) return
  markAsWorker()
  const early: unknown[] = []
  let receive = (message: unknown): void => void early.push(message)
  port.listen((message) => {
    if (message.type !== 'spillway:init') return receive(message)
    if (message.unpinned === undefined) return begin(message)
    void import('./pinned-worker.ts').then(({ preparePinned }) => {
      preparePinned(message.unpinned!, port)
      begin(message)
    })
  })
  const begin = (message: InitMessage): void => {
    // Asked for together: the runtime's files and the kernels' arrive at the same time. Failures show when the worker imports.
    for (const url of message.modules) void import(/* @vite-ignore */ url).catch(() => {})
    void import('../worker.ts').then(({ runWorker }) =>
      runWorker(message, port, (handler) => {
        receive = handler
        for (const waiting of early.splice(0)) handler(waiting)
      }),
    )
  }
}
