/** Calls of a loop one after the other, from a system at rest: what waking workers costs, and tiers of them that spill over. */
import { setTiers, takersOf } from '../../src/core/sleep/spill.ts'
import { H_GROWN_LOADED, H_GROWN_STARVED } from '../../src/layout/layout.ts'
import { createMemory } from '../explore/word-name.ts'
import { Machine } from '../machine/machine.ts'
import { amountOf } from './kernel.ts'
import { SPIN, chunkSizes, claimSize, createModel, loadPrograms } from './run.ts'
import type { CallSetup } from './run.ts'

export interface SeriesSetup extends CallSetup {
  readonly calls: number
  /** One past the last worker of each tier, the caller not counted, as `setTiers` gets them; null: all workers may take from the start. */
  readonly tiers: readonly number[] | null
}

export interface SeriesResult {
  /** Nanoseconds of each call. */
  readonly ns: readonly number[]
  /** Workers that might take shared work before the first call and after the last. */
  readonly activeBefore: number
  readonly activeAfter: number
  /** Tiers that were woken, by reason. */
  readonly grownLoaded: number
  readonly grownStarved: number
}

/** Longer than all spin windows. */
const REST_MS = 1
/** Defaults of `pinning.spill`. */
const SPILL = { thresholds: [0.8, 0.9], windowMs: 50, dwellMs: 100 }

/** The same setup gives the same result. */
export async function simulateSeries(setup: SeriesSetup): Promise<SeriesResult> {
  const { seats, calls, tiers } = setup
  const [program, layout] = await loadPrograms()
  const workers = seats.length - 1
  const { words, area } = createMemory(layout, workers, 1, 0)
  layout.initialise(words, workers)
  if (tiers !== null) setTiers(words, { ends: tiers, ...SPILL }, 0)
  const activeBefore = takersOf(words)
  const sizes = chunkSizes(setup)
  const loop = { chunks: sizes.map(amountOf), claim: claimSize(setup, sizes.length), gap: 0 }
  const loops = Array.from({ length: calls }, () => loop)
  const machine = new Machine({ program, words, cost: createModel(setup, 0).cost })
  const { workerThread, restedCaller } = program.exports
  const spans: number[] = []
  for (let self = 0; self < workers; self++) {
    machine.start(() => workerThread(words, area!, self, SPIN, loops, 0), false)
  }
  machine.start(() => restedCaller(words, workers, SPIN, loops, spans, REST_MS), true)
  machine.run()
  return {
    ns: spans.map((milliseconds) => milliseconds * 1e6),
    activeBefore,
    activeAfter: takersOf(words),
    grownLoaded: words[H_GROWN_LOADED]!,
    grownStarved: words[H_GROWN_STARVED]!,
  }
}
