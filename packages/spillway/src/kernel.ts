/**
 * `spillway/kernel`: how code that workers run is declared. Import it from kernel modules; it starts nothing and loads little.
 */
import { show, typeError } from './errors.ts'
import { listenForStart } from './host/worker-start.ts'
import { requiredFields } from './kernels/argument-fields.ts'
import { register } from './kernels/registry.ts'
import type { Fiber, JobContext } from './jobs/types.ts'
import { flavorOf, isKernel } from './kernels/types.ts'
import type {
  AnyKernel,
  EachKernel,
  JobKernel,
  RangeKernel,
  ReduceKernel,
} from './kernels/types.ts'

export type { Counter } from './jobs/counter.ts'
export type { Fiber, JobContext, JobHandle, Priority, Waiting } from './jobs/types.ts'
export type {
  EachKernel,
  JobKernel,
  LoopKernel,
  RangeKernel,
  ReduceKernel,
} from './kernels/types.ts'

export interface KernelsOptions {
  /** Put before every name, with a slash: tells equal names of different modules apart. */
  readonly namespace?: string
}

/**
 * Registers the kernels of a module and returns them. Call it at the top level of a module that every worker loads too.
 *
 * @param url `import.meta.url` of that module: workers import it. Names, not the URL, identify kernels.
 * @throws TypeError if a name is taken by another module, or a value is no kernel.
 */
export function kernels<K extends Record<string, AnyKernel>>(
  url: string,
  table: K,
  options: KernelsOptions = {},
): K {
  if (typeof url !== 'string' || !/^[a-z][a-z\d+.-]*:/i.test(url)) {
    throw typeError(
      'ERR_ARGUMENT',
      `url must be import.meta.url of the kernels module; got ${show(url)}`,
    )
  }
  for (const key of Object.keys(options)) {
    if (key !== 'namespace')
      throw typeError('ERR_OPTION', `unknown option ${show(key)} of kernels(); known: namespace`)
  }
  const prefix = options.namespace === undefined ? '' : `${options.namespace}/`
  const named = Object.entries(table).map(([key, kernel]) => {
    if (!isKernel(kernel)) {
      throw typeError(
        'ERR_KERNEL',
        `kernels(): ${show(key)} must be made by each(), range(), reduce() or job(); got ${show(kernel)}`,
      )
    }
    const direct = kernel.kind === 'job' && kernel.flavor === 'plain' ? directOf(kernel) : {}
    return [key, { ...kernel, ...direct, name: prefix + key, url } as AnyKernel] as const
  })
  for (const [, kernel] of named) register(kernel)
  listenForStart(() => import('./worker.ts'))
  return Object.fromEntries(named) as K
}

/** What `ctx.join` needs. The text of a body may say that its argument is a record. */
function directOf({ body }: JobKernel): Pick<JobKernel, 'direct' | 'takesNumber'> {
  const takesNumber = requiredFields(Function.prototype.toString.call(body), 1).length === 0
  return { direct: body, takesNumber }
}

/** A kernel whose body is called for every index: `body(index, args)`. */
export function each<A>(body: (index: number, args: A) => void): EachKernel<A> {
  checkBody('each', 'body', body)
  return { kind: 'each', name: body.name || 'inline', url: null, body }
}

/** A kernel whose body is called with index ranges: `body(start, end, args)`, for indexes start <= i < end. */
export function range<A>(body: (start: number, end: number, args: A) => void): RangeKernel<A> {
  checkBody('range', 'body', body)
  return { kind: 'range', name: body.name || 'inline', url: null, body }
}

export interface Reduction<A, R> {
  /** Neutral element of `combine`: a value, or a function that makes one (required when it can be changed in place). */
  readonly identity: R | (() => R)
  /** Takes one index into the accumulator and returns the accumulator. Give this or `foldRange`. */
  readonly fold?: (accumulator: R, index: number, args: A) => R
  /** Takes the indexes start <= i < end into the accumulator and returns it. */
  readonly foldRange?: (accumulator: R, start: number, end: number, args: A) => R
  /** Merges two accumulators, left before right. Associative; need not be commutative. */
  readonly combine: (left: R, right: R) => R
}

/**
 * A reduction. Chunks fold into accumulators of their own, which the caller combines in chunk order, so the result does not depend
 * on the number of workers, not even in the last bit of a float.
 */
export function reduce<A, R>(reduction: Reduction<A, R>): ReduceKernel<A, R> {
  if (typeof reduction !== 'object' || reduction === null) {
    throw typeError(
      'ERR_KERNEL',
      `reduce() needs { identity, fold or foldRange, combine }; got ${show(reduction)}`,
    )
  }
  const { identity, fold, foldRange, combine } = reduction
  for (const key of Object.keys(reduction)) {
    if (!['identity', 'fold', 'foldRange', 'combine'].includes(key)) {
      throw typeError(
        'ERR_KERNEL',
        `reduce(): unknown part ${show(key)}; known: identity, fold, foldRange, combine`,
      )
    }
  }
  if (!('identity' in reduction)) throw typeError('ERR_KERNEL', 'reduce(): identity is missing')
  if ((fold === undefined) === (foldRange === undefined)) {
    throw typeError('ERR_KERNEL', 'reduce(): give one of fold and foldRange')
  }
  if (typeof identity === 'object' && identity !== null) {
    throw typeError(
      'ERR_KERNEL',
      `reduce(): an identity that can be changed must be made anew for every chunk: identity: () => (…); got ${show(identity)}`,
    )
  }
  if (fold !== undefined) checkBody('reduce', 'fold', fold)
  if (foldRange !== undefined) checkBody('reduce', 'foldRange', foldRange)
  checkBody('reduce', 'combine', combine)
  return { kind: 'reduce', name: 'inline', url: null, identity, fold, foldRange, combine }
}

/**
 * A job: `body(ctx, args)` runs once per `jobs.run` or `ctx.spawn`. A plain function waits by running other work, a generator
 * function suspends at `yield* ctx.wait(…)`, an async function may await I/O and runs on a worker of its own.
 */
export function job<A, R>(body: (ctx: JobContext, args: A) => Fiber<R>): JobKernel<A, R>
export function job<A, R>(body: (ctx: JobContext, args: A) => Promise<R>): JobKernel<A, R>
export function job<A, R>(body: (ctx: JobContext, args: A) => R): JobKernel<A, R>
export function job<A>(body: (ctx: JobContext, args: A) => unknown): JobKernel<A> {
  if (typeof body !== 'function') {
    throw typeError('ERR_KERNEL', `job(): body must be a function; got ${show(body)}`)
  }
  if (Object.getPrototypeOf(body)?.constructor?.name === 'AsyncGeneratorFunction') {
    throw typeError(
      'ERR_KERNEL',
      `job(): body must be a plain, generator or async function; got ${show(body)}, which is an async generator`,
    )
  }
  return { kind: 'job', name: body.name || 'inline', url: null, flavor: flavorOf(body), body }
}

/** Marks a plain function as a kernel that travels as source text: it may use its parameters and globals, nothing captured. */
export function inline<A>(body: (index: number, args: A) => void): EachKernel<A> {
  return each(body)
}

function checkBody(maker: string, part: string, body: unknown): void {
  if (typeof body !== 'function') {
    throw typeError('ERR_KERNEL', `${maker}(): ${part} must be a function; got ${show(body)}`)
  }
  const kind = Object.getPrototypeOf(body)?.constructor?.name as string | undefined
  if (kind !== 'Function') {
    throw typeError(
      'ERR_KERNEL',
      `${maker}(): ${part} must be a plain function: a loop cannot wait for ${show(body)}, which is a ${kind}`,
    )
  }
}
