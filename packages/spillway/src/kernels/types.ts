/** What a kernel is: a value with a kind and the functions that are called. */
import type { JobContext } from '../jobs/types.ts'

export type KernelKind = 'each' | 'range' | 'reduce' | 'job'

interface KernelBase {
  /** `namespace/name` once registered by `kernels()`; the function's own name, or "inline", before. */
  readonly name: string
  /** Module that registered it, or null for a kernel shipped as source. */
  readonly url: string | null
}

/** Body called for every index. */
export interface EachKernel<A = unknown> extends KernelBase {
  readonly kind: 'each'
  readonly body: (index: number, args: A) => void
}

/** Body called with ranges [start, end) of indexes. */
export interface RangeKernel<A = unknown> extends KernelBase {
  readonly kind: 'range'
  readonly body: (start: number, end: number, args: A) => void
}

/** A reduction: every chunk folds into an accumulator of its own, accumulators are combined in chunk order. */
export interface ReduceKernel<A = unknown, R = unknown> extends KernelBase {
  readonly kind: 'reduce'
  readonly identity: R | (() => R)
  readonly fold: ((accumulator: R, index: number, args: A) => R) | undefined
  readonly foldRange: ((accumulator: R, start: number, end: number, args: A) => R) | undefined
  readonly combine: (left: R, right: R) => R
}

/** How a job's body waits: not at all or by helping, by suspending, or in an event loop. */
export type JobFlavor = 'plain' | 'generator' | 'async'

/** Body run once per job; `R` is what it returns in the end. */
export interface JobKernel<A = unknown, R = unknown> extends KernelBase {
  readonly kind: 'job'
  readonly flavor: JobFlavor
  readonly body: (ctx: JobContext, args: A) => unknown
  /** The body of a registered plain job, which `ctx.join` calls without a look at anything else. */
  readonly direct?: ((ctx: JobContext, args: A) => unknown) | undefined
  /** True for a registered plain job that a number is a right argument for. */
  readonly takesNumber?: boolean | undefined
  /** Never there at run time: ties the result's type to the kernel. */
  readonly result?: R
}

export type LoopKernel<A = unknown> = EachKernel<A> | RangeKernel<A>
// `any` because a table of kernels mixes argument types that no common supertype can hold (parameters are contravariant).
/* oxlint-disable typescript/no-explicit-any */
export type AnyKernel =
  | EachKernel<any>
  | RangeKernel<any>
  | ReduceKernel<any, any>
  | JobKernel<any, any>
/* oxlint-enable typescript/no-explicit-any */

const KINDS: readonly unknown[] = ['each', 'range', 'reduce', 'job']

export function isKernel(value: unknown): value is AnyKernel {
  const kind = (value as { kind?: unknown } | null)?.kind
  return typeof value === 'object' && KINDS.includes(kind)
}

/** The flavor of a job's body, by what kind of function it is. */
export function flavorOf(body: unknown): JobFlavor {
  const kind = Object.getPrototypeOf(body)?.constructor?.name as string | undefined
  if (kind === 'GeneratorFunction') return 'generator'
  return kind === 'AsyncFunction' ? 'async' : 'plain'
}
