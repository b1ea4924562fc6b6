/** What a woven thread asks for between two stretches of its own code: one access to shared memory, or a moment of time. */

export const LOAD = 0
export const STORE = 1
export const ADD = 2
export const SUB = 3
export const OR = 4
export const AND = 5
export const CAS = 6
export const WAIT = 7
export const NOTIFY = 8
/** A thread that spins says so. */
export const PAUSE = 9
/** A kernel that runs for a while. Takes time in the virtual machine, none in the model checker. */
export const WORK = 10
/** Asks for the thread's clock, in milliseconds. */
export const NOW = 11
/** A sleep that ends without a notify. */
export const SPURIOUS = 12
/** Ends another thread, wherever it stands. */
export const KILL = 13

export const OP_NAMES = [
  'load',
  'store',
  'add',
  'sub',
  'or',
  'and',
  'compareAndSet',
  'wait',
  'notify',
  'pause',
  'work',
  'now',
  'spurious',
  'kill',
] as const

/** Functions of `core/atomics.ts`: the step each becomes. */
export const ATOMICS: Readonly<Record<string, number>> = {
  load: LOAD,
  store: STORE,
  add: ADD,
  sub: SUB,
  or: OR,
  and: AND,
  compareAndSet: CAS,
  wait: WAIT,
  notify: NOTIFY,
}

/** Functions of `seam.ts` here, for programs. */
export const SEAM: Readonly<Record<string, number>> = {
  pause: PAUSE,
  work: WORK,
  now: NOW,
  kill: KILL,
}

/** A step that is asked for. One record per woven program, overwritten by the next request. */
export interface Step {
  op: number
  index: number
  /** Value, bits, or the expected value. */
  a: number
  /** Replacement. */
  b: number
  /** Where in the source it is asked for. */
  site: number
  /** A fingerprint of where the thread stands, callers and variables included. */
  place: number
  place2: number
}

/** A running woven function. */
export type Steps<R = unknown> = Generator<Step, R, number | boolean>

/** A module after weaving: functions that reach an atomic access give `Steps`, others their result. */
export type Woven<M> = {
  readonly [K in keyof M]: M[K] extends (...args: infer A) => infer R
    ? (...args: A) => R | Steps<R>
    : M[K]
}

const generators = Object.getPrototypeOf(function* () {}).prototype as object

export function isSteps(value: unknown): value is Steps {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.prototype.isPrototypeOf.call(generators, value)
  )
}

/** A property that a model promises does not hold. */
export class Violation extends Error {
  override name = 'Violation'
}

export function ensure(condition: boolean, message: string): void {
  if (!condition) throw new Violation(message)
}
