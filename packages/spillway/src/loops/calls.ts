/** Makes a checked call out of what the caller wrote: range, kernel, arguments, options. Nothing has run when it throws. */
import { cut } from '../core/geometry.ts'
import { typeError } from '../errors.ts'
import type { KernelTable } from '../kernels/kernel-table.ts'
import type { KernelKind } from '../kernels/types.ts'
import { MODE_BLOCKS, MODE_GUIDED, MODE_MERGE, MODE_REDUCE } from '../layout/layout.ts'
import { positiveInteger } from '../options.ts'
import type { Call } from './call.ts'
import { cutLoop, cutReduction, readLoopOptions, readRange } from './loop-options.ts'
import type { LoopOptions, Range } from './loop-options.ts'

const EACH_OR_RANGE: readonly KernelKind[] = ['each', 'range']
const RANGE_ONLY: readonly KernelKind[] = ['range']
const REDUCE_ONLY: readonly KernelKind[] = ['reduce']

/** Where call records come from. */
export interface CallPool {
  acquire(): Call
  release(call: Call): void
}

export class LoopCalls {
  readonly #pool: CallPool
  readonly #kernels: KernelTable
  readonly #workers: number

  constructor(pool: CallPool, kernels: KernelTable, workers: number) {
    this.#pool = pool
    this.#kernels = kernels
    this.#workers = workers
  }

  /** `auto` cuts into a few chunks per worker. */
  loop(
    range: Range,
    kernel: unknown,
    args: unknown,
    options: LoopOptions | undefined,
    auto = false,
  ): Call {
    const call = this.#call(range, kernel, EACH_OR_RANGE, 'each', args, options)
    if (auto) call.hint ??= 'light'
    const { runner } = call
    cutLoop(runner, call, args, this.#workers)
    // Chunks of an explicit size are what the caller asked for; otherwise neighbours may be run as one.
    const merge = call.hint === undefined && call.schedule !== 'static'
    runner.mode = (merge ? MODE_MERGE : 0) | this.#guided(call)
    return call
  }

  chunks(
    range: Range,
    size: number,
    kernel: unknown,
    args: unknown,
    options: LoopOptions | undefined,
  ): Call {
    positiveInteger('size', size)
    const call = this.#call(range, kernel, RANGE_ONLY, 'range', args, options)
    const { runner } = call
    if (call.grain !== 1 || call.hint !== undefined || call.align !== undefined) {
      this.#pool.release(call)
      throw typeError(
        'ERR_OPTION',
        'parallelForChunks takes its chunks from size; grain, hint and align do not apply',
      )
    }
    const wanted = call.schedule === 'static' ? Math.max(1, this.#workers) : Infinity
    cut(runner, runner.start, runner.end, runner.start, size, wanted)
    runner.mode = MODE_BLOCKS | this.#guided(call)
    return call
  }

  reduction(range: Range, kernel: unknown, args: unknown, options: LoopOptions | undefined): Call {
    const call = this.#call(range, kernel, REDUCE_ONLY, 'reduce', args, options)
    cutReduction(call.runner, call, args)
    call.runner.mode = MODE_REDUCE | this.#guided(call)
    return call
  }

  #guided(call: Call): number {
    return call.schedule === 'guided' && this.#workers > 0 ? MODE_GUIDED : 0
  }

  #call(
    range: Range,
    kernel: unknown,
    allowed: readonly KernelKind[],
    plain: KernelKind,
    args: unknown,
    options: LoopOptions | undefined,
  ): Call {
    const call = this.#pool.acquire()
    try {
      readRange(range, call.runner)
      readLoopOptions(options, call)
      call.kernel = this.#kernels.stateOf(kernel, allowed, plain)
      call.shape = call.kernel.checker.check(args)
      call.args = args
      call.runner.reset(call.kernel.runnable, args)
      return call
    } catch (error) {
      this.#pool.release(call)
      throw error
    }
  }
}
