/** Chooses the adapter for the runtime underneath. */
import { plainError } from '../errors.ts'
import type { Host, WorkerPort } from './host.ts'
import { createNodeHost, isNode, nodeWorkerPort } from './node.ts'

export function detectHost(): Host {
  if (isNode()) return createNodeHost()
  throw plainError(
    'ERR_WORKER_START',
    'this runtime is not supported yet: spillway 0.1 runs on Node 20.19 and later',
  )
}

/** This thread's port to its starter, null if it is no worker of a system. */
export function detectWorkerPort(): WorkerPort | null {
  return isNode() ? nodeWorkerPort() : null
}
