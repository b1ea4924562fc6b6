/**
 * Every interleaving up to a number of preemptions (Musuvathi and Qadeer, "Iterative context bounding", 2007), each run again from
 * the start. Two reductions, neither of which loses a behaviour:
 *
 * - No choice is made before a step on a word that only one thread ever uses, or that no atomic access ever changes. Which words
 *   those are is learned: exploration starts over when one turns out not to be of them.
 * - A state that was reached before with as many preemptions left is not explored again. `states.ts` tells states apart, by what is
 *   or by how it came to be ("happens-before caching", Musuvathi and Qadeer, "Partial-order reduction for context-bounded state
 *   exploration", 2007).
 */
import { PAUSE } from '../steps.ts'
import type { Execution, Failure } from './execution.ts'

export interface DepthFirstOptions {
  /** Times a thread that could go on is interrupted; Infinity explores everything. */
  readonly preemptions: number
  /** How states are told apart, see `states.ts`. */
  readonly by?: 'snapshots' | 'histories'
  readonly mostRuns?: number
  readonly progress?: (runs: number) => void
}

export interface Exploration {
  readonly failure: Failure | null
  /** Runs from the start. */
  readonly runs: number
  /** Runs that reached an end, rather than a state known already. */
  readonly ended: number
  readonly steps: number
  readonly states: number
  /** Nothing is left within the bound. */
  readonly complete: boolean
}

interface Choice {
  /** Threads to choose from, the one that costs nothing first. */
  readonly threads: readonly number[]
  readonly preemptions: readonly number[]
  at: number
}

export function exploreDepthFirst(execution: Execution, options: DepthFirstOptions): Exploration {
  const { mostRuns = Infinity, progress } = options
  execution.sharedWords = new Uint8Array(execution.words.length)
  execution.states = options.by === 'histories' ? execution.histories() : execution.snapshots()
  const search = new Search(options.preemptions)
  let runs = 0
  let ended = 0
  let steps = 0
  for (;;) {
    const failure = search.run(execution)
    runs++
    steps += execution.steps
    if (!search.cut) ended++
    if (failure !== null || runs >= mostRuns) {
      return { failure, runs, ended, steps, states: search.states, complete: false }
    }
    if (runs % 1000 === 0) progress?.(runs)
    if (execution.foundShared) search.restart()
    else if (!search.next()) {
      return { failure: null, runs, ended, steps, states: search.states, complete: true }
    }
  }
}

class Search {
  /** This run ended in a state known already. */
  cut = false
  readonly #bound: number
  /** States met, with the fewest preemptions spent on the way. */
  readonly #seen = new Map<number, number>()
  readonly #path: Choice[] = []
  #depth = 0
  #spent = 0

  constructor(bound: number) {
    this.#bound = bound
  }

  get states(): number {
    return this.#seen.size
  }

  restart(): void {
    this.#seen.clear()
    this.#path.length = 0
  }

  run(execution: Execution): Failure | null {
    this.#depth = 0
    this.#spent = 0
    this.cut = false
    return execution.run((state) => this.#choose(state))
  }

  /** Moves to the next path; false if there is none. */
  next(): boolean {
    for (let last = this.#path.at(-1); last !== undefined; last = this.#path.at(-1)) {
      last.at++
      if (last.at < last.threads.length) return true
      this.#path.pop()
    }
    return false
  }

  #choose(execution: Execution): number {
    let choice = this.#path[this.#depth]
    if (choice === undefined) {
      choice = this.#options(execution)
      if (choice.threads.length > 1) {
        const key = execution.states.key(execution.situation)
        const before = this.#seen.get(key)
        if (before !== undefined && before <= this.#spent) {
          this.cut = true
          return -1
        }
        this.#seen.set(key, this.#spent)
      }
      this.#path.push(choice)
    }
    this.#depth++
    this.#spent += choice.preemptions[choice.at]!
    return choice.threads[choice.at]!
  }

  #options(execution: Execution): Choice {
    const { current, threads } = execution
    const goesOn = current >= 0 && execution.isReady(current)
    // Who says that it spins gives way for free.
    const price = goesOn && threads[current]!.op !== PAUSE ? 1 : 0
    const list: number[] = goesOn ? [current] : []
    const preemptions: number[] = goesOn ? [0] : []
    if (this.#spent + price <= this.#bound) {
      for (let thread = 0; thread < threads.length; thread++) {
        if (thread === current && goesOn) continue
        if (!execution.mayRun(thread)) continue
        list.push(thread)
        preemptions.push(price)
      }
    }
    return { threads: list, preemptions, at: 0 }
  }
}
