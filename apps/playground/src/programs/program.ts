/**
 * What a program of the page is: data, steps over it, and a check of the result. Engines decide which threads run it; the same
 * program runs serially, over messages and on Spillway.
 */
export type NumberArray = Float64Array | Float32Array | Int32Array | Uint16Array | Uint8Array

export type Args = Readonly<Record<string, number | NumberArray>>

/** Where arrays come from: a scope of a job system, or `ownMemory` in a thread that shares nothing. */
export interface ArrayMemory {
  float64(length: number): Float64Array
  float32(length: number): Float32Array
  int32(length: number): Int32Array
  uint16(length: number): Uint16Array
}

export const ownMemory: ArrayMemory = {
  float64: (length) => new Float64Array(length),
  float32: (length) => new Float32Array(length),
  int32: (length) => new Int32Array(length),
  uint16: (length) => new Uint16Array(length),
}

/** Elements `from` up to `to` of the array that a program calls `array`. */
export interface Slice {
  readonly array: string
  readonly from: number
  readonly to: number
}

/** A part of a step for one worker that shares no memory: what has to be sent to it, and what comes back. */
export interface MessageTask {
  readonly start: number
  readonly end: number
  readonly reads: readonly Slice[]
  readonly writes: readonly Slice[]
  /** Set where two neighbouring parts, `start` to `middle` and `middle` to `end`, are to be put together. */
  readonly middle?: number
}

export interface Verdict {
  readonly ok: boolean
  readonly text: string
}

/** One run's data. Made anew for each run, and for each thread that shares no memory. */
export interface Work {
  /** Calls, one after the other; each sees what the one before has written. */
  readonly steps: number
  /** Indexes of one step. */
  readonly length: number
  /** Indexes per chunk, for kernels that take ranges. */
  readonly chunk: number
  /** Every array, by a name that stays the same from step to step. */
  readonly arrays: Readonly<Record<string, NumberArray>>
  args(step: number): Args
  /** The tasks of each step for `parts` workers that share nothing. */
  messages(step: number, parts: number): readonly MessageTask[]
  /** Steps that messages need; more than `steps` where parts have to be put together. */
  messageSteps(parts: number): number
  /** Puts two sorted neighbours together, for tasks with a `middle`. */
  merge?(start: number, middle: number, end: number): void
  /** Takes a value that a call returned, or that a worker found in its own memory. */
  accept?(value: number): void
  /** What a task left in this thread's own memory, for `accept` elsewhere; leaves nothing behind. */
  partial?(items: number): number
  /** What engines must agree on, after the last step. */
  result(): NumberArray | number
  check(): Verdict
}

export type Form = 'each' | 'range' | 'reduce' | 'job'

export interface Size {
  readonly name: 'small' | 'medium' | 'large'
  readonly value: number
  readonly label: string
}

export interface Program {
  /** Also the name of its kernel. */
  readonly id: string
  /** Programs of one family are variants of each other. */
  readonly family: string
  readonly title: string
  /** What makes this variant different; null for a family of one. */
  readonly variant: string | null
  /** One or two sentences for people. */
  readonly summary: string
  readonly form: Form
  /** What one index is, in the plural. */
  readonly items: string
  readonly sizes: readonly Size[]
  /** `cells` is the number of threads that may write at a time. */
  create(memory: ArrayMemory, size: number, cells: number): Work
}

/** Cuts 0 to `length` into `parts` neighbours of almost equal length; drops empty ones. */
export function cutEvenly(length: number, parts: number): readonly [start: number, end: number][] {
  const edges = Array.from({ length: parts + 1 }, (_, at) => Math.round((length * at) / parts))
  return edges
    .slice(1)
    .map((end, at): [number, number] => [edges[at]!, end])
    .filter(([start, end]) => end > start)
}
