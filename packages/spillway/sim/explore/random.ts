/** Interleavings by chance, from a seed: uniformly at each step, or by priorities that change at few points. */
import type { Choose, Execution, Failure } from './execution.ts'

/** A sequence of numbers in [0, 1) that a seed determines (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b_79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

export interface RandomExploration {
  readonly failure: Failure | null
  readonly runs: number
  readonly steps: number
}

/** Each step by any thread that can take one. */
export function exploreRandomly(
  execution: Execution,
  runs: number,
  seed: number,
): RandomExploration {
  const random = randomFrom(seed)
  const choose: Choose = ({ threads }) => {
    const ready = threads.map((_, thread) => thread).filter((thread) => execution.mayRun(thread))
    return ready[Math.floor(random() * ready.length)]!
  }
  return repeat(execution, runs, () => choose)
}

/**
 * Probabilistic concurrency testing (Burckhardt, Kothari, Musuvathi, Nagarakatte, 2010): threads have priorities by chance, and the
 * highest that is ready runs; at `depth` - 1 steps by chance it drops below all others. Finds a bug that needs `depth` steps in
 * order with a probability of at least 1 / (threads * steps ^ (depth - 1)) in each run.
 */
export function explorePct(
  execution: Execution,
  runs: number,
  seed: number,
  depth: number,
): RandomExploration {
  const random = randomFrom(seed)
  let longest = 0
  return repeat(execution, runs, (run) => {
    longest = run === 1 ? 1 : Math.max(longest, execution.steps)
    const changes = Array.from({ length: depth - 1 }, () => Math.floor(random() * longest))
    const priorities: number[] = []
    let lowest = 0
    return ({ threads, steps, current }) => {
      while (priorities.length < threads.length) priorities.push(1 + random())
      if (current >= 0 && changes.includes(steps)) priorities[current] = --lowest
      let best = -1
      for (let thread = 0; thread < threads.length; thread++) {
        if (!execution.mayRun(thread)) continue
        if (best < 0 || priorities[thread]! > priorities[best]!) best = thread
      }
      return best
    }
  })
}

function repeat(
  execution: Execution,
  most: number,
  begin: (run: number) => Choose,
): RandomExploration {
  execution.sharedWords = null
  let steps = 0
  for (let runs = 1; runs <= most; runs++) {
    const failure = execution.run(begin(runs))
    steps += execution.steps
    if (failure !== null) return { failure, runs, steps }
  }
  return { failure: null, runs: most, steps }
}
