/**
 * How a range of indexes is cut: indexes -> blocks of `step` indexes -> chunks ("units") of neighbouring blocks.
 *
 * Balanced: the first `longer` chunks hold one block more than the others, so `chunks` comes out exactly as asked for and no chunk
 * is more than one block longer than another. Pure arithmetic on doubles: exact up to 2^53 - 1 because every product here is at
 * most the range's length plus one step.
 */
import { MAX_UNITS } from '../layout/layout.ts'

export interface Geometry {
  start: number
  end: number
  /** Index where block 0 would begin; up to `step - 1` before `start` when blocks are aligned to something outside. */
  origin: number
  /** Indexes in a block. */
  step: number
  /** Chunks, 0 for an empty range. */
  units: number
  /** Blocks in a chunk, rounded down. */
  blocksPerUnit: number
  longerUnits: number
}

/** Chunks of a loop over `length` indexes on `workers` workers at `chunksPerWorker` each: never more than indexes. */
export function chunkCount(length: number, workers: number, chunksPerWorker: number): number {
  return Math.min(length, workers * chunksPerWorker, MAX_UNITS)
}

/** Fills `geometry`, cutting [start, end) at multiples of `step` from `origin` into at most `chunks` chunks. */
export function cut(
  geometry: Geometry,
  start: number,
  end: number,
  origin: number,
  step: number,
  chunks: number,
): void {
  const blocks = start === end ? 0 : Math.ceil((end - origin) / step)
  const units = Math.min(blocks, Math.max(1, chunks), MAX_UNITS)
  geometry.start = start
  geometry.end = end
  geometry.origin = origin
  geometry.step = step
  geometry.units = units
  geometry.blocksPerUnit = units === 0 ? 0 : Math.floor(blocks / units)
  geometry.longerUnits = units === 0 ? 0 : blocks - geometry.blocksPerUnit * units
}

/** First block of chunk `unit`; of the chunk after the last: the number of blocks. */
export function blockOfUnit(geometry: Geometry, unit: number): number {
  return unit * geometry.blocksPerUnit + Math.min(unit, geometry.longerUnits)
}

/** First index of block `block`, kept inside the range. */
export function indexOfBlock(geometry: Geometry, block: number): number {
  const index = geometry.origin + block * geometry.step
  return Math.min(Math.max(index, geometry.start), geometry.end)
}

/** First index of chunk `unit`; of the chunk after the last: the range's end. */
export function indexOfUnit(geometry: Geometry, unit: number): number {
  return unit >= geometry.units ? geometry.end : indexOfBlock(geometry, blockOfUnit(geometry, unit))
}

/** The chunk that holds `index`, which must lie in [start, end). */
export function unitOfIndex(geometry: Geometry, index: number): number {
  let low = 0
  let high = geometry.units - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (indexOfUnit(geometry, middle) <= index) low = middle
    else high = middle - 1
  }
  return low
}
