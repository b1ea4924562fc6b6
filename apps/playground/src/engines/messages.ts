/** What the page and a plain worker say to each other. */
import type { NumberArray } from '../programs/program.ts'

export interface Assignment {
  readonly program: string
  /** Null for the kernel as it comes. */
  readonly text: string | null
  readonly size: number
  readonly cells: number
}

export interface Piece {
  readonly array: string
  readonly at: number
  readonly data: NumberArray
}

export type ToWorker =
  /** Makes the program's data in the worker's own memory; answered with `ready`. */
  | { readonly type: 'prepare'; readonly assignment: Assignment }
  /** Runs every step; answered with `ran`. */
  | { readonly type: 'run' }
  /** Runs a part of a step on the data sent; answered with `done`. */
  | {
      readonly type: 'task'
      readonly step: number
      readonly start: number
      readonly end: number
      readonly middle: number | undefined
      readonly reads: readonly Piece[]
      readonly writes: readonly { array: string; from: number; to: number }[]
    }

export type FromWorker =
  | { readonly type: 'ready' }
  | { readonly type: 'ran'; readonly ms: number; readonly digest: number }
  | { readonly type: 'done'; readonly writes: readonly Piece[]; readonly partial: number | null }
  | { readonly type: 'failed'; readonly message: string }
