// Echo, and the tiny task of the `tasks` benchmark: one message in, one message out.
import { parentPort } from 'node:worker_threads'
import { tinyTask } from './pool-tasks.ts'

parentPort?.on('message', (item: number) => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port, not a window
  parentPort?.postMessage(tinyTask(item))
})
