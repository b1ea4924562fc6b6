/** Counters of a system, read from shared memory without stopping anybody. */
import { W_LOOPS, W_PARKS, W_STEALS, W_CLAIMS, workerAt } from '../layout/layout.ts'
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

export interface Metrics {
  readonly calls: EngineStats
  readonly workers: readonly WorkerMetrics[]
}

export function readMetrics(words: Int32Array, workers: number, calls: EngineStats): Metrics {
  return {
    calls: { ...calls },
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
