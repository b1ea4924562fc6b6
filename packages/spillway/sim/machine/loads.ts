/** What the virtual machine is given to do. All times in nanoseconds. */
import { randomFrom } from '../explore/random.ts'
import type { LoopLoad } from '../programs/machine.ts'

export const LOADS = ['flat', 'skewed', 'recursive', 'bursty'] as const
export type LoadName = (typeof LOADS)[number]

export interface Load {
  /** Loops, one after the other; empty for a tree of forks. */
  readonly loops: readonly LoopLoad[]
  /** Levels of the tree, and what a leaf takes. */
  readonly depth: number
  readonly leaf: number
  /** Kernel time of it all. */
  readonly work: number
  /** What the best schedule takes on that many threads, at least. */
  readonly ideal: number
}

/** Kernel time that a claim holds, as in `loops/estimate.ts`. */
const CLAIM_NS = 50_000
const CHUNK_NS = 20_000
const CHUNKS_PER_THREAD = 16
const LEAF_NS = 10_000
const BURSTS = 8
/** Between bursts everybody falls asleep. */
const GAP_NS = 500_000
const MOST_CHUNKS = 4096

export function createLoad(name: LoadName, threads: number, seed: number): Load {
  const random = randomFrom(seed)
  const count = Math.min(MOST_CHUNKS, CHUNKS_PER_THREAD * threads)
  if (name === 'recursive') {
    const depth = Math.ceil(Math.log2(count))
    const work = 2 ** depth * LEAF_NS
    return { loops: [], depth, leaf: LEAF_NS, work, ideal: Math.max(work / threads, LEAF_NS) }
  }
  if (name === 'bursty') {
    const chunks = Array.from({ length: 4 * threads }, () => CHUNK_NS)
    return ofLoops(
      Array.from({ length: BURSTS }, () => loopOf(chunks, GAP_NS)),
      threads,
    )
  }
  // One chunk in ten takes a hundred times as long, at places that the seed decides.
  const skewed = (): number => (random() < 0.1 ? 100 * CHUNK_NS : CHUNK_NS)
  const chunks = Array.from({ length: count }, () => (name === 'skewed' ? skewed() : CHUNK_NS))
  return ofLoops([loopOf(chunks, 0)], threads)
}

function loopOf(chunks: readonly number[], gap: number): LoopLoad {
  const mean = sum(chunks) / chunks.length
  return { chunks, claim: Math.max(1, Math.floor(CLAIM_NS / mean)), gap }
}

function ofLoops(loops: readonly LoopLoad[], threads: number): Load {
  const ideals = loops.map(({ chunks }) => Math.max(sum(chunks) / threads, ...chunks))
  const work = sum(loops.map(({ chunks }) => sum(chunks)))
  return { loops, depth: 0, leaf: 0, work, ideal: sum(ideals) }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0)
}
