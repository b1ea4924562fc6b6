/**
 * Every interleaving up to a number of preemptions (Musuvathi and Qadeer, "Iterative context bounding", 2007), each run again from
 * the start. Three reductions, none of which loses a behaviour:
 *
 * - No choice is made before a step on a word that only one thread ever uses, or that no atomic access ever changes. Which words
 *   those are is learned: exploration starts over when one turns out not to be of them.
 * - A state that was reached before with as many preemptions left is not explored again. `states.ts` tells states apart, by what is
 *   or by how it came to be ("happens-before caching", Musuvathi and Qadeer, "Partial-order reduction for context-bounded state
 *   exploration", 2007).
 * - A thread that was preempted before a turn goes on only after somebody's turn met that one: otherwise the same happens if it takes
 *   its turn first and is preempted then, which was explored before and takes no more preemptions. These are the sleep sets of
 *   Godefroid ("Partial-order methods for the verification of concurrent systems", 1996), for the preempted thread alone. At other
 *   choices the equal order may take more preemptions, and leaving it out would lose behaviours within the bound (Coons, Musuvathi and
 *   McKinley, "Bounded partial-order reduction", 2013). A known state counts as explored only for those that slept there then.
 */
import { PAUSE } from '../steps.ts'
import type { Execution, Failure } from './execution.ts'
import type { Footprint } from './footprint.ts'

export interface DepthFirstOptions {
  /** Times a thread that could go on is interrupted; Infinity explores everything. */
  readonly preemptions: number
  /** How states are told apart, see `states.ts`. */
  readonly by?: 'snapshots' | 'histories'
  /** False: without sleep sets. */
  readonly reduce?: boolean
  /** Told at the end of each run that was not cut short. */
  readonly ended?: () => void
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
  /** The first of them is interrupted if another one is chosen. */
  readonly interrupts: boolean
  /** What its turn touched. */
  footprint: Footprint | null
  at: number
}

/** A state that was explored: preemptions spent on the way, and a bit for each thread that was asleep. */
interface Visit {
  readonly spent: number
  readonly asleep: number
}

export function exploreDepthFirst(execution: Execution, options: DepthFirstOptions): Exploration {
  const { mostRuns = Infinity, progress } = options
  execution.sharedWords = new Uint8Array(execution.words.length)
  execution.states = options.by === 'histories' ? execution.histories() : execution.snapshots()
  const search = new Search(options.preemptions, options.reduce ?? true)
  let runs = 0
  let ended = 0
  let steps = 0
  for (;;) {
    const failure = search.run(execution)
    runs++
    steps += execution.steps
    if (!search.cut) {
      ended++
      options.ended?.()
    }
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
  readonly #reduce: boolean
  readonly #seen = new Map<number, Visit[]>()
  readonly #path: Choice[] = []
  #depth = 0
  #spent = 0
  /** By thread: the turn before which it was preempted, if nobody's has met that since. */
  readonly #asleep: (Footprint | undefined)[] = []
  /** The choice that led to the turn taken last. */
  #last: Choice | null = null

  constructor(bound: number, reduce: boolean) {
    this.#bound = bound
    this.#reduce = reduce
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
    this.#asleep.length = 0
    this.#last = null
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
    this.#afterTurn(execution)
    let choice = this.#path[this.#depth]
    if (choice === undefined) {
      choice = this.#options(execution)
      const { length } = choice.threads
      if (length === 0 || (length > 1 && this.#isKnown(execution))) {
        this.cut = true
        return -1
      }
      this.#path.push(choice)
    }
    this.#depth++
    this.#spent += choice.preemptions[choice.at]!
    this.#last = choice
    const thread = choice.threads[choice.at]!
    this.#asleep[thread] = undefined
    if (choice.interrupts && choice.at > 0 && this.#reduce) {
      this.#asleep[choice.threads[0]!] = choice.footprint!
    }
    return thread
  }

  /** Wakes who slept before a turn that the last one has met. */
  #afterTurn({ footprint }: Execution): void {
    const last = this.#last
    if (last === null || !this.#reduce) return
    if (last.interrupts && last.at === 0) last.footprint ??= footprint.copy()
    for (let thread = 0; thread < this.#asleep.length; thread++) {
      if (this.#asleep[thread]?.meets(footprint) === true) this.#asleep[thread] = undefined
    }
  }

  /** Whether all that can come of this state was explored, for no fewer preemptions and with nobody asleep who is awake now. */
  #isKnown(execution: Execution): boolean {
    const spent = this.#spent
    let asleep = 0
    for (let thread = 0; thread < this.#asleep.length; thread++) {
      if (this.#asleep[thread] !== undefined) asleep |= 1 << thread
    }
    const key = execution.states.key(execution.situation)
    const visits = this.#seen.get(key) ?? []
    if (visits.some((visit) => visit.spent <= spent && (visit.asleep & ~asleep) === 0)) return true
    const left = visits.filter((visit) => visit.spent < spent || (asleep & ~visit.asleep) !== 0)
    this.#seen.set(key, [...left, { spent, asleep }])
    return false
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
        if (!execution.mayRun(thread) || this.#asleep[thread] !== undefined) continue
        list.push(thread)
        preemptions.push(price)
      }
    }
    return { threads: list, preemptions, interrupts: price === 1, footprint: null, at: 0 }
  }
}
