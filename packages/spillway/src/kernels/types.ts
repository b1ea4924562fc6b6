/** What a kernel is: a value with a kind and the functions a loop calls. */

/** Anything a kernel may receive in its record, checked again at run time. */
export type KernelKind = 'each' | 'range' | 'reduce'

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

export type LoopKernel<A = unknown> = EachKernel<A> | RangeKernel<A>
// `any` because a table of kernels mixes argument types that no common supertype can hold (parameters are contravariant).
// oxlint-disable-next-line typescript/no-explicit-any
export type AnyKernel = EachKernel<any> | RangeKernel<any> | ReduceKernel<any, any>

export function isKernel(value: unknown): value is AnyKernel {
  const kind = (value as { kind?: unknown } | null)?.kind
  return typeof value === 'object' && (kind === 'each' || kind === 'range' || kind === 'reduce')
}
