/** When the source analyser is loaded: it holds a parser, whose loading takes a quarter of the cpu that a worker's boot takes. */
import type { Host } from '../host/host.ts'
import { registeredKernels } from './registry.ts'
import type { SourceAnalyser } from './source.ts'

/**
 * A program with kernels modules may never pass a plain function, so there the analyser is loaded by the first one, if the host can do
 * that within a call. Other programs will need it, and load it while their workers boot.
 */
export async function prepareAnalyser(host: Host): Promise<() => SourceAnalyser> {
  const later = registeredKernels().length > 0 ? host.loader('free-variables.js') : null
  if (later !== null) return later as () => SourceAnalyser
  const analyser = await import('./free-variables.ts')
  return () => analyser
}
