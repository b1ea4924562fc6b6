/** What checking a model means: every interleaving up to a bound, every race up to a smaller one, then chance. */
import { exploreDepthFirst } from './explore/depth-first.ts'
import type { Failure } from './explore/execution.ts'
import type { Prepared } from './explore/explore.ts'
import type { AnyModel, Bound } from './explore/model.ts'
import { explorePct, exploreRandomly } from './explore/random.ts'
import type { RandomExploration } from './explore/random.ts'

export interface CheckOptions {
  readonly preemptions: number
  /** Preemptions of the search that misses no race, see `explore/states.ts`. */
  readonly racePreemptions: number
  /** Runs by chance, and again as many by priorities. */
  readonly randomRuns: number
  readonly seed: number
  readonly progress?: (runs: number) => void
}

export interface CheckResult {
  readonly failure: Failure | null
  readonly runs: number
  readonly steps: number
  readonly states: number
}

/** Steps that an ordering bug needs, for the search by priorities. */
const PCT_DEPTH = 4

/** Null for a model that only `--deep` explores. */
export function ciOptions(model: AnyModel): CheckOptions | null {
  const { ci } = boundOf(model)
  return ci === undefined ? null : { preemptions: ci, racePreemptions: 1, randomRuns: 30, seed: 1 }
}

export function deepOptions(model: AnyModel): CheckOptions {
  return { preemptions: boundOf(model).deep, racePreemptions: 2, randomRuns: 20_000, seed: 1 }
}

function boundOf({ bound }: AnyModel): Bound {
  return bound ?? { ci: 3, deep: 4 }
}

export function check({ execution }: Prepared, options: CheckOptions): CheckResult {
  const { preemptions, racePreemptions, randomRuns, seed, progress } = options
  let runs = 0
  let steps = 0
  let states = 0
  const told = progress === undefined ? {} : { progress: (more: number) => progress(runs + more) }
  const searches: readonly (() => RandomExploration & { readonly states?: number })[] = [
    () => exploreDepthFirst(execution, { preemptions, ...told }),
    () => exploreDepthFirst(execution, { preemptions: racePreemptions, by: 'histories', ...told }),
    () => exploreRandomly(execution, randomRuns, seed),
    () => explorePct(execution, randomRuns, seed, PCT_DEPTH),
  ]
  for (const search of searches) {
    const found = search()
    runs += found.runs
    steps += found.steps
    states += found.states ?? 0
    if (found.failure !== null) return { failure: found.failure, runs, steps, states }
  }
  return { failure: null, runs, steps, states }
}
