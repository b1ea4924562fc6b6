/** When the source analyser is loaded: it holds a parser, whose loading takes a quarter of the cpu that a worker's boot takes. */
import type { Host, WorkerPort } from '../host/host.ts'
import { registeredKernels } from './registry.ts'
import type { SourceAnalyser } from './source.ts'

const FILE = 'free-variables.js'

/**
 * A program with kernels modules may never pass a plain function, so there the analyser is loaded by the first one, if the host can do
 * that within a call. Other programs will need it, and load it while their workers boot.
 */
export async function prepareAnalyser(host: Host): Promise<() => SourceAnalyser> {
  const later = registeredKernels().length > 0 ? host.loader(FILE) : null
  return (later as (() => SourceAnalyser) | null) ?? load()
}

/**
 * The same in a worker, for plain functions inside jobs. A job cannot wait for a file: where none can be loaded within a call, the
 * worker loads it with its first job.
 */
export async function prepareInWorker(port: WorkerPort): Promise<() => SourceAnalyser> {
  return (port.loader(FILE) as (() => SourceAnalyser) | null) ?? load()
}

async function load(): Promise<() => SourceAnalyser> {
  const analyser = await import('./free-variables.ts')
  return () => analyser
}
