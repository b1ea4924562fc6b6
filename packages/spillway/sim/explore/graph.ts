/**
 * What turns lead to, as far as runs have shown. A state determines what each thread does next, so a turn that was taken once need not be
 * run again: searches walk in here, and run only what is new.
 */
import { PAUSE } from '../steps.ts'
import type { Execution } from './execution.ts'
import type { Footprint } from './footprint.ts'

/** Where a turn leads that nobody has taken yet. */
export const UNKNOWN = -1
/** Nobody can go on. */
export const END = 0

/** A state in which somebody can take a turn. Who took the last one does not matter to what can come. */
interface Stand {
  /** Threads that can, a bit each. */
  readonly ready: number
  /** Of those, who sleeps and would wake by itself. */
  readonly sleeping: number
  /** Of those, who says that it spins. */
  readonly pausing: number
  /** By thread: the state after its turn, and what the turn touched. */
  readonly next: number[]
  readonly footprints: (Footprint | undefined)[]
}

export class Graph {
  readonly #known = new Map<number, number>()
  readonly #stands: Stand[] = []
  /** Footprints by what they hold: there are few, and many turns that leave them. */
  readonly #footprints = new Map<string, Footprint>()

  clear(): void {
    this.#known.clear()
    this.#stands.length = 0
    this.#footprints.clear()
  }

  get size(): number {
    return this.#stands.length
  }

  /** The number of the state that an execution is in, from 1. */
  stateOf(execution: Execution): number {
    const key = execution.states.key(execution.situation)
    let state = this.#known.get(key)
    if (state === undefined) {
      state = this.#stands.push(standOf(execution))
      this.#known.set(key, state)
    }
    return state
  }

  /** Threads that can take a turn, a bit each. */
  ready(state: number): number {
    return this.#stands[state - 1]!.ready
  }

  /** True if the thread goes on unless it is interrupted. */
  goesOn(state: number, thread: number): boolean {
    const { ready, sleeping } = this.#stands[state - 1]!
    return (ready & ~sleeping & (1 << thread)) !== 0
  }

  /** True if the thread says that it spins. */
  pauses(state: number, thread: number): boolean {
    return (this.#stands[state - 1]!.pausing & (1 << thread)) !== 0
  }

  next(state: number, thread: number): number {
    return this.#stands[state - 1]!.next[thread]!
  }

  footprint(state: number, thread: number): Footprint {
    return this.#stands[state - 1]!.footprints[thread]!
  }

  learn(state: number, thread: number, next: number, footprint: Footprint): void {
    const { text } = footprint
    let known = this.#footprints.get(text)
    if (known === undefined) {
      known = footprint.copy()
      this.#footprints.set(text, known)
    }
    const stand = this.#stands[state - 1]!
    stand.next[thread] = next
    stand.footprints[thread] = known
  }
}

function standOf(execution: Execution): Stand {
  const { threads } = execution
  let [ready, sleeping, pausing] = [0, 0, 0]
  for (let thread = 0; thread < threads.length; thread++) {
    const bit = 1 << thread
    if (execution.mayRun(thread)) ready |= bit
    if (!execution.isReady(thread)) sleeping |= bit
    else if (threads[thread]!.op === PAUSE) pausing |= bit
  }
  return {
    ready,
    sleeping,
    pausing,
    next: threads.map(() => UNKNOWN),
    footprints: threads.map(() => undefined),
  }
}
