/** Counters of a system, read from shared memory without stopping anybody. */
import { GREW_LOADED, GREW_STARVED, SHRANK, takersOf } from '../core/sleep/spill.ts'
import {
  H_GROWN_LOADED,
  H_GROWN_STARVED,
  H_LAST_CHANGE,
  H_LOAD,
  H_SHRUNK,
  W_LOOPS,
  W_PARKS,
  W_STEALS,
  W_CLAIMS,
  workerAt,
} from '../layout/layout.ts'
import type { EngineStats } from '../loops/setup.ts'

export interface WorkerMetrics {
  /** Loops joined. */
  readonly loops: number
  /** Times it took chunks to run. */
  readonly claims: number
  /** Ranges taken from the caller or from other workers. */
  readonly steals: number
  /** Times it went to sleep. */
  readonly parks: number
}

/** Which workers may take shared work, and how often that changed, by reason. */
export interface SpillMetrics {
  /** Workers that may take shared work now. */
  readonly active: number
  /** How many workers were awake, on average over the last window that was measured, which happens while there is a tier to give up. */
  readonly load: number
  /** Tiers woken because enough of the workers before them were awake. */
  readonly grownLoaded: number
  /** Tiers woken because all workers before them were. */
  readonly grownStarved: number
  /** Tiers put to sleep because the load fitted into the others. */
  readonly shrunk: number
  /** Why `active` last changed, null if it never did. */
  readonly lastChange: 'loaded' | 'starved' | 'idle' | null
}

export interface Metrics {
  readonly calls: EngineStats
  readonly spill: SpillMetrics
  readonly workers: readonly WorkerMetrics[]
}

const REASONS: ReadonlyMap<number, SpillMetrics['lastChange']> = new Map([
  [GREW_LOADED, 'loaded'],
  [GREW_STARVED, 'starved'],
  [SHRANK, 'idle'],
])

export function readMetrics(words: Int32Array, workers: number, calls: EngineStats): Metrics {
  return {
    calls: { ...calls },
    spill: {
      active: takersOf(words),
      load: words[H_LOAD] / 1000,
      grownLoaded: words[H_GROWN_LOADED],
      grownStarved: words[H_GROWN_STARVED],
      shrunk: words[H_SHRUNK],
      lastChange: REASONS.get(words[H_LAST_CHANGE]) ?? null,
    },
    workers: Array.from({ length: workers }, (_, worker) => {
      const at = workerAt(worker, workers)
      return {
        loops: words[at + W_LOOPS],
        claims: words[at + W_CLAIMS],
        steals: words[at + W_STEALS],
        parks: words[at + W_PARKS],
      }
    }),
  }
}
