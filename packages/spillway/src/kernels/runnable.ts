/** A kernel made ready to run in this thread: its functions joined with a loop of its own. */
import { eachLoops, foldLoops, smallEachLoops } from './generated/loop-copies.ts'
import type { LoopFailure } from './generated/loop-copies.ts'
import type { JobContext } from '../jobs/types.ts'
import type { AnyKernel, JobFlavor, KernelKind } from './types.ts'

export type { LoopFailure } from './generated/loop-copies.ts'

export interface Runnable {
  readonly kind: KernelKind
  readonly name: string
  /** Its entry in the catalogue, set by whoever knows it. */
  id: number
  /** Runs indexes [start, end) of an `each` or `range` kernel. On a throw from `each`, `failure.index` is the index. */
  run(start: number, end: number, args: unknown, failure: LoopFailure): void
  /** Folds indexes [start, end) into `accumulator`. */
  fold(
    accumulator: unknown,
    start: number,
    end: number,
    args: unknown,
    failure: LoopFailure,
  ): unknown
  identity(): unknown
  combine(left: unknown, right: unknown): unknown
  /** Jobs: how the body waits, and the body. */
  readonly flavor: JobFlavor
  body(ctx: JobContext, args: unknown): unknown
  /** Jobs: what one takes in this thread, in milliseconds, by so many samples; runs since the last sample. */
  costMs: number
  samples: number
  unsampled: number
}

let nextCopy = 0

/** Gives out the textual loop copies in turn; past the last one kernels begin to share, which costs speed only. */
function takeCopy(): number {
  return nextCopy++ % eachLoops.length
}

/** Text longer than this may compile to more than V8 inlines four times. */
const SMALL_BODY = 200

function isSmall(body: unknown): boolean {
  return Function.prototype.toString.call(body).length <= SMALL_BODY
}

function none(): never {
  throw new Error('this kind of kernel has no such part')
}

/** The parts that a kind of kernel does not have. */
export const NO_PARTS = {
  id: -1,
  run: none,
  fold: none,
  identity: none,
  combine: none,
  flavor: 'plain' as JobFlavor,
  body: none,
  costMs: 0,
  samples: 0,
  unsampled: 0,
}

/**
 * Joins a kernel of this thread with a textual loop copy. Each kind has a literal of its own, written at once: V8 then knows which
 * functions are in it and inlines them.
 */
export function toRunnable(kernel: AnyKernel): Runnable {
  const { kind, name } = kernel
  if (kernel.kind === 'job') {
    return { ...NO_PARTS, kind, name, flavor: kernel.flavor, body: kernel.body }
  }
  if (kernel.kind === 'each') {
    const { body } = kernel
    const loops = isSmall(body) ? smallEachLoops : eachLoops
    const loop = loops[takeCopy()]
    return {
      kind,
      name,
      id: -1,
      run: (start, end, args, failure) => loop(body, start, end, args, failure),
      fold: none,
      identity: none,
      combine: none,
      flavor: 'plain',
      body: none,
      costMs: 0,
      samples: 0,
      unsampled: 0,
    }
  }
  if (kernel.kind === 'range') {
    const body = kernel.body
    return {
      kind,
      name,
      id: -1,
      run: (start, end, args) => body(start, end, args),
      fold: none,
      identity: none,
      combine: none,
      flavor: 'plain',
      body: none,
      costMs: 0,
      samples: 0,
      unsampled: 0,
    }
  }
  return toReduction(kernel)
}

function toReduction(kernel: Extract<AnyKernel, { kind: 'reduce' }>): Runnable {
  const { kind, name, identity, fold, foldRange, combine } = kernel
  const makeIdentity: () => unknown = typeof identity === 'function' ? identity : () => identity
  if (foldRange !== undefined) {
    return {
      kind,
      name,
      id: -1,
      run: none,
      fold: (accumulator, start, end, args) => foldRange(accumulator, start, end, args),
      identity: makeIdentity,
      combine,
      flavor: 'plain',
      body: none,
      costMs: 0,
      samples: 0,
      unsampled: 0,
    }
  }
  const loop = foldLoops[takeCopy()]
  return {
    kind,
    name,
    id: -1,
    run: none,
    fold: (accumulator, start, end, args, failure) =>
      loop(fold!, accumulator, start, end, args, failure),
    identity: makeIdentity,
    combine,
    flavor: 'plain',
    body: none,
    costMs: 0,
    samples: 0,
    unsampled: 0,
  }
}
