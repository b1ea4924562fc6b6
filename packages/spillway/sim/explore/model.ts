/** What a model is: a program, its threads, and what must hold. */
import type { Edit } from '../weave/source.ts'
import type { Woven } from '../steps.ts'
import type { Memory } from './word-name.ts'

export interface ThreadSpec {
  readonly name: string
  /** Starts the thread. */
  run(): unknown
  /** May still sleep when everything else has ended. */
  readonly daemon?: boolean
}

/** Preemptions. */
export interface Bound {
  /** In `npm test`, at least 3. Absent: the model is too large for that, and has a smaller sibling there. */
  readonly ci?: number
  readonly deep: number
}

export interface Setup {
  readonly threads: readonly ThreadSpec[]
  /** Called when no thread can go on and all but daemons have ended; throws if a promise is broken. */
  check(): void
}

export interface Model<M = Record<string, never>> {
  readonly name: string
  /** The promise, in one sentence. */
  readonly promise: string
  /** The threads' code, a path below the package. */
  readonly program: string
  readonly constants?: Readonly<Record<string, number>>
  readonly edits?: readonly Edit[]
  readonly workers: number
  /** Job records of each thread, a power of two; absent: no job area. */
  readonly jobs?: number
  /** Words of memory behind the scheduler's own. */
  readonly data: number
  /** Words, as `loop.MODE` or `worker.PARKS`, whose plain accesses may race; each with the reason why that is harmless. */
  readonly mayRace?: Readonly<Record<string, string>>
  /** Words, named alike, that no thread ever looks at: metrics. They do not tell states apart. */
  readonly unread?: readonly string[]
  /** Sleeps in one run that may end without a notify. */
  readonly spurious?: number
  /** Absent: 3, and 4 for `--deep`. */
  readonly bound?: Bound
  /** Prepares shared memory, which is zero, and says which threads run. What threads keep outside memory must be theirs alone. */
  create(program: Woven<M>, memory: Memory): Setup
}

// A list of models has programs of all kinds.
// oxlint-disable-next-line typescript/no-explicit-any
export type AnyModel = Model<any>
