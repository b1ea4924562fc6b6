/** When loops are loaded: while the workers boot, which they are not needed for. */
import type { Host } from '../host/host.ts'

type Loops = typeof import('./loops.ts')

/**
 * Within this call where the host can: two cores are busy with the workers then, and an `import()` takes a tenth of a start's cpu time
 * more (docs/decisions/0006-start-up.md).
 */
export async function loadLoops(host: Host): Promise<Loops> {
  const load = host.loader('loops.js') as (() => Loops) | null
  return load === null ? import('./loops.ts') : load()
}
