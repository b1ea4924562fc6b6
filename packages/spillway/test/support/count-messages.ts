/** Counts messages between this thread and workers. Import it before anything that starts a worker. */
import { EventEmitter } from 'node:events'
import { MessagePort, Worker } from 'node:worker_threads'

export const messages = { sent: 0, received: 0 }

type Post = (this: unknown, ...args: unknown[]) => unknown

for (const prototype of [Worker.prototype, MessagePort.prototype] as unknown as {
  postMessage: Post
}[]) {
  const post = prototype.postMessage
  prototype.postMessage = function (...args) {
    messages.sent++
    return post.apply(this, args)
  }
}

const { emit } = EventEmitter.prototype
Worker.prototype.emit = function (event: string | symbol, ...args: unknown[]) {
  if (event === 'message' || event === 'messageerror') messages.received++
  return emit.call(this, event, ...args)
}
