/** Chooses the adapter for the runtime underneath, in the thread that starts workers. */
import { noteStart } from './browser-worker.ts'
import type { Host } from './host.ts'
import { isNode } from './runtime.ts'
import { createNodeHost } from './node.ts'

/** At once where Node's modules are; what browsers and threads without shared memory need is a file that only they load. */
export function detectHost(): Host | Promise<Host> {
  const hasShared = typeof SharedArrayBuffer !== 'undefined' && typeof WebAssembly !== 'undefined'
  if (isNode() && hasShared) return createNodeHost()
  noteStart()
  return import('./browser.ts').then(({ findHost }) => findHost(isNode() ? createNodeHost() : null))
}
