/** Chooses the adapter for the runtime underneath, in the thread that starts workers. */
import { plainError } from '../errors.ts'
import type { Host } from './host.ts'
import { isNode } from './node-worker.ts'
import { createNodeHost } from './node.ts'

export function detectHost(): Host {
  if (isNode()) return createNodeHost()
  throw plainError(
    'ERR_WORKER_START',
    'this runtime is not supported yet: spillway 0.1 runs on Node 20.19 and later',
  )
}
