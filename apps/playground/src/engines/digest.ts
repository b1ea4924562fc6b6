import type { NumberArray } from '../programs/program.ts'

/** A number that tells results apart to the last bit (FNV-1a over their bytes). */
export function digest(result: NumberArray | number): number {
  const array = typeof result === 'number' ? Float64Array.of(result) : result
  const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength)
  let hash = 0x811c9dc5
  for (let at = 0; at < bytes.length; at++) hash = Math.imul(hash ^ bytes[at]!, 0x01000193)
  return hash >>> 0
}
