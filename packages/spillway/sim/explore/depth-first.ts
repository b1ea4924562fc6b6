/**
 * Every interleaving up to a number of preemptions (Musuvathi and Qadeer, "Iterative context bounding", 2007). A turn that was
 * taken once is known (`graph.ts`): runs, each from the start, only lead to turns that nobody has taken in the state before them. Three
 * reductions, none of which loses a behaviour:
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
import type { Execution, Failure } from './execution.ts'
import { MOST_STEPS } from './execution.ts'
import type { Footprint } from './footprint.ts'
import { END, Graph, UNKNOWN } from './graph.ts'

const MOST_THREADS = 32

export interface DepthFirstOptions {
  /** Times a thread that could go on is interrupted; Infinity explores everything. */
  readonly preemptions: number
  /** How states are told apart, see `states.ts`. */
  readonly by?: 'snapshots' | 'histories'
  /** False: without sleep sets. */
  readonly reduce?: boolean
  /** Told at the end of each run that was not cut short: every state without a next one is there once. */
  readonly ended?: () => void
  readonly progress?: (runs: number) => void
}

export interface Exploration {
  readonly failure: Failure | null
  /** Interleavings, each up to an end or to a state known already. */
  readonly runs: number
  /** Steps taken: turns that are known are not run again. */
  readonly steps: number
  readonly states: number
  /** Nothing is left within the bound. */
  readonly complete: boolean
}

/** What threads sleep before, by thread. Never changed. */
type Asleep = readonly (Footprint | undefined)[]

/** A turn of the interleaving that is explored now. */
interface Turn {
  /** The state before it. */
  readonly state: number
  /** Threads to choose from, the one that costs nothing first. */
  readonly threads: readonly number[]
  /** What any other than the first costs. */
  readonly price: number
  readonly spent: number
  readonly asleep: Asleep
  at: number
}

/** A state that was explored: preemptions spent on the way, and a bit for each thread that was asleep. */
interface Visit {
  readonly spent: number
  readonly asleep: number
}

export function exploreDepthFirst(execution: Execution, options: DepthFirstOptions): Exploration {
  const { progress, ended } = options
  execution.sharedWords = new Uint8Array(execution.words.length)
  execution.states = options.by === 'histories' ? execution.histories() : execution.snapshots()
  const search = new Search(options.preemptions, options.reduce ?? true)
  let steps = 0
  let failure: Failure | null = null
  for (let runs = 1; failure === null && search.findUnknown(); runs++) {
    failure = search.run(execution, ended)
    steps += execution.steps
    if (execution.foundShared) search.restart()
    if (runs % 1000 === 0) progress?.(search.runs)
  }
  return { failure, runs: search.runs, steps, states: search.states, complete: failure === null }
}

class Search {
  /** Interleavings that have come to an end. */
  runs = 0
  readonly #bound: number
  readonly #reduce: boolean
  readonly #graph = new Graph()
  readonly #seen = new Map<number, Visit[]>()
  readonly #path: Turn[] = []
  #begun = false

  constructor(bound: number, reduce: boolean) {
    this.#bound = bound
    this.#reduce = reduce
  }

  get states(): number {
    return this.#graph.size
  }

  restart(): void {
    this.#seen.clear()
    this.#path.length = 0
    this.#graph.clear()
    this.#begun = false
  }

  /** Goes on along turns that are known, up to one that has to be run. False if nothing is left. */
  findUnknown(): boolean {
    for (;;) {
      const turn = this.#path.at(-1)
      if (turn === undefined) return !this.#begun
      const next = this.#graph.next(turn.state, turn.threads[turn.at]!)
      // Who goes round in a circle of known turns does so when it is run, too, and fails.
      if (next === UNKNOWN || this.#path.length > MOST_STEPS) return true
      if (next === END || !this.#enter(next)) this.#leave()
    }
  }

  /** Runs the interleaving, from the start, as far as it leads to what is not known. */
  run(execution: Execution, ended: (() => void) | undefined): Failure | null {
    const path = this.#path
    let turns = 0
    let stopped = false
    const failure = execution.run(() => {
      if (turns === path.length && !this.#arrive(execution)) {
        stopped = true
        return -1
      }
      const turn = path[turns++]!
      return turn.threads[turn.at]!
    })
    if (failure !== null) this.runs++
    else if (!stopped) {
      this.#learn(execution, END)
      ended?.()
      this.#leave()
    }
    return failure
  }

  /** Takes in the state that the path's last turn has led to. False if nothing new would come of going on. */
  #arrive(execution: Execution): boolean {
    const state = this.#graph.stateOf(execution)
    this.#learn(execution, state)
    if (!this.#enter(state)) {
      this.#leave()
      return false
    }
    const { threads, at } = this.#path.at(-1)!
    return this.#graph.next(state, threads[at]!) === UNKNOWN
  }

  #learn({ footprint }: Execution, next: number): void {
    const turn = this.#path.at(-1)
    this.#begun = true
    if (turn === undefined) return
    this.#graph.learn(turn.state, turn.threads[turn.at]!, next, footprint)
  }

  /** An interleaving has come to an end: moves to the next one. */
  #leave(): void {
    this.runs++
    for (let last = this.#path.at(-1); last !== undefined; last = this.#path.at(-1)) {
      last.at++
      if (last.at < last.threads.length) return
      this.#path.pop()
    }
  }

  /** Adds a turn from `state` to the path. False if there is none to take, or all that can come of it was explored. */
  #enter(state: number): boolean {
    const last = this.#path.at(-1)
    const spent = last === undefined ? 0 : last.spent + (last.at === 0 ? 0 : last.price)
    const asleep = last === undefined ? [] : this.#asleepAfter(last)
    const graph = this.#graph
    const current = last === undefined ? -1 : last.threads[last.at]!
    const lead = current >= 0 && graph.goesOn(state, current) ? current : -1
    // Who says that it spins gives way for free.
    const price = lead >= 0 && !graph.pauses(state, lead) ? 1 : 0
    const threads = lead < 0 ? [] : [lead]
    if (spent + price <= this.#bound) this.#addOthers(threads, graph.ready(state), lead, asleep)
    if (threads.length === 0) return false
    if (threads.length > 1 && this.#isKnown(state, current, spent, asleep)) return false
    this.#path.push({ state, threads, price, spent, asleep, at: 0 })
    return true
  }

  /** Puts a thread to sleep that a turn interrupts, and wakes who slept before a turn that this one has met. */
  #asleepAfter({ state, threads, price, asleep, at }: Turn): Asleep {
    if (!this.#reduce) return asleep
    const graph = this.#graph
    const thread = threads[at]!
    const interrupts = price === 1 && at > 0
    if (!interrupts && asleep.length === 0) return asleep
    const footprint = graph.footprint(state, thread)
    const after = asleep.slice()
    if (interrupts) after[threads[0]!] = graph.footprint(state, threads[0]!)
    after[thread] = undefined
    for (let other = 0; other < after.length; other++) {
      if (after[other]?.meets(footprint) === true) after[other] = undefined
    }
    while (after.length > 0 && after.at(-1) === undefined) after.pop()
    return after
  }

  /** Whether all that can come of this state was explored, for no fewer preemptions and with nobody asleep who is awake now. */
  #isKnown(state: number, current: number, spent: number, sleepers: Asleep): boolean {
    let asleep = 0
    for (let thread = 0; thread < sleepers.length; thread++) {
      if (sleepers[thread] !== undefined) asleep |= 1 << thread
    }
    const key = state * MOST_THREADS + current + 1
    const visits = this.#seen.get(key) ?? []
    if (visits.some((visit) => visit.spent <= spent && (visit.asleep & ~asleep) === 0)) return true
    const left = visits.filter((visit) => visit.spent < spent || (asleep & ~visit.asleep) !== 0)
    this.#seen.set(key, [...left, { spent, asleep }])
    return false
  }

  #addOthers(threads: number[], ready: number, lead: number, asleep: Asleep): void {
    for (let left = ready, thread = 0; left !== 0; left >>>= 1, thread++) {
      if ((left & 1) !== 0 && thread !== lead && asleep[thread] === undefined) threads.push(thread)
    }
  }
}
