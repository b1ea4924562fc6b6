/** The loops and reductions of a `JobSystem`. */
import { plainError } from '../errors.ts'
import { Memory } from '../heap/memory.ts'
import type { LoopKernel, RangeKernel, ReduceKernel } from '../kernels/types.ts'
import type { LoopOptions, Range } from './loop-options.ts'
import type { LoopCalls } from './calls.ts'
import type { LoopEngine } from './engine.ts'

/** Arguments after the kernel: the record may be left out for kernels that take none. */
type Rest<A, O> = unknown extends A ? [args?: object, options?: O] : [args: A, options?: O]
type Body<A> = (index: number, args: A) => void
type RangeBody<A> = (start: number, end: number, args: A) => void

export abstract class LoopMethods extends Memory {
  protected abstract engine: LoopEngine
  /** Whether this thread may wait without its event loop. */
  protected abstract readonly mayBlock: boolean
  /** Makes checked calls; throws once the system is closed. */
  protected abstract readonly calls: LoopCalls

  /**
   * Runs a kernel for every index of a range and resolves when all have run. The calling thread does not take part, unless the loop
   * is too small to share.
   *
   * @throws TypeError or RangeError, at once, on a wrong argument. Rejects with the error of the lowest failing index, the signal's
   * reason, a TimeoutError, or a WorkerLostError; chunks that were running have ended by then.
   */
  parallelFor<A>(
    range: Range,
    kernel: LoopKernel<A>,
    ...rest: Rest<NoInfer<A>, LoopOptions>
  ): Promise<void>
  parallelFor<A extends object>(
    range: Range,
    body: Body<A>,
    args: A,
    options?: LoopOptions,
  ): Promise<void>
  parallelFor(
    range: Range,
    body: (index: number) => void,
    args?: undefined,
    options?: LoopOptions,
  ): Promise<void>
  parallelFor(range: Range, kernel: unknown, args?: unknown, options?: LoopOptions): Promise<void> {
    return this.engine.runAsync(this.calls.loop(range, kernel, args, options)) as Promise<void>
  }

  /** `parallelFor` that blocks until the loop has ended; the calling thread takes part. Throws where a thread may not block. */
  parallelForSync<A>(
    range: Range,
    kernel: LoopKernel<A>,
    ...rest: Rest<NoInfer<A>, LoopOptions>
  ): void
  parallelForSync<A extends object>(
    range: Range,
    body: Body<A>,
    args: A,
    options?: LoopOptions,
  ): void
  parallelForSync(
    range: Range,
    body: (index: number) => void,
    args?: undefined,
    options?: LoopOptions,
  ): void
  parallelForSync(range: Range, kernel: unknown, args?: unknown, options?: LoopOptions): void {
    this.checkMayBlock('parallelForSync', 'parallelFor')
    this.engine.runSync(this.calls.loop(range, kernel, args, options))
  }

  /** `parallelFor` in a few chunks per worker: 2, 4, 8 or 16 by `hint`, 4 (`'light'`) by default. */
  parallelForAuto<A>(
    range: Range,
    kernel: LoopKernel<A>,
    ...rest: Rest<NoInfer<A>, LoopOptions>
  ): Promise<void>
  parallelForAuto<A extends object>(
    range: Range,
    body: Body<A>,
    args: A,
    options?: LoopOptions,
  ): Promise<void>
  parallelForAuto(
    range: Range,
    body: (index: number) => void,
    args?: undefined,
    options?: LoopOptions,
  ): Promise<void>
  parallelForAuto(
    range: Range,
    kernel: unknown,
    args?: unknown,
    options?: LoopOptions,
  ): Promise<void> {
    return this.engine.runAsync(
      this.calls.loop(range, kernel, args, options, true),
    ) as Promise<void>
  }

  /** `parallelForAuto` that blocks; the calling thread takes part. */
  parallelForAutoSync<A>(
    range: Range,
    kernel: LoopKernel<A>,
    ...rest: Rest<NoInfer<A>, LoopOptions>
  ): void
  parallelForAutoSync<A extends object>(
    range: Range,
    body: Body<A>,
    args: A,
    options?: LoopOptions,
  ): void
  parallelForAutoSync(
    range: Range,
    body: (index: number) => void,
    args?: undefined,
    options?: LoopOptions,
  ): void
  parallelForAutoSync(range: Range, kernel: unknown, args?: unknown, options?: LoopOptions): void {
    this.checkMayBlock('parallelForAutoSync', 'parallelForAuto')
    this.engine.runSync(this.calls.loop(range, kernel, args, options, true))
  }

  /**
   * Calls a range kernel, or a plain `(start, end, args)` function, once for every chunk of exactly `size` indexes; the last chunk may
   * be shorter. Chunk k covers `start + k * size` up to the next.
   */
  parallelForChunks<A>(
    range: Range,
    size: number,
    kernel: RangeKernel<A>,
    ...rest: Rest<NoInfer<A>, LoopOptions>
  ): Promise<void>
  parallelForChunks<A extends object>(
    range: Range,
    size: number,
    body: RangeBody<A>,
    args: A,
    options?: LoopOptions,
  ): Promise<void>
  parallelForChunks(
    range: Range,
    size: number,
    body: (start: number, end: number) => void,
    args?: undefined,
    options?: LoopOptions,
  ): Promise<void>
  parallelForChunks(
    range: Range,
    size: number,
    kernel: unknown,
    args?: unknown,
    options?: LoopOptions,
  ): Promise<void> {
    return this.engine.runAsync(
      this.calls.chunks(range, size, kernel, args, options),
    ) as Promise<void>
  }

  /** `parallelForChunks` that blocks; the calling thread takes part. */
  parallelForChunksSync<A>(
    range: Range,
    size: number,
    kernel: RangeKernel<A>,
    ...rest: Rest<NoInfer<A>, LoopOptions>
  ): void
  parallelForChunksSync<A extends object>(
    range: Range,
    size: number,
    body: RangeBody<A>,
    args: A,
    options?: LoopOptions,
  ): void
  parallelForChunksSync(
    range: Range,
    size: number,
    body: (start: number, end: number) => void,
    args?: undefined,
    options?: LoopOptions,
  ): void
  parallelForChunksSync(
    range: Range,
    size: number,
    kernel: unknown,
    args?: unknown,
    options?: LoopOptions,
  ): void {
    this.checkMayBlock('parallelForChunksSync', 'parallelForChunks')
    this.engine.runSync(this.calls.chunks(range, size, kernel, args, options))
  }

  /**
   * Folds every chunk of a range into an accumulator of its own and combines these in chunk order. Chunks depend on the range, grain,
   * hint and align only, so the result is the same to the last bit on any number of workers, sync or async.
   *
   * An empty range gives the identity. Numbers cross through shared memory; other accumulators are encoded, one copy per chunk.
   */
  parallelReduce<A, R>(
    range: Range,
    kernel: ReduceKernel<A, R>,
    ...rest: Rest<NoInfer<A>, LoopOptions>
  ): Promise<R>
  parallelReduce(
    range: Range,
    kernel: unknown,
    args?: unknown,
    options?: LoopOptions,
  ): Promise<unknown> {
    return this.engine.runAsync(this.calls.reduction(range, kernel, args, options))
  }

  /** `parallelReduce` that blocks; the calling thread takes part. */
  parallelReduceSync<A, R>(
    range: Range,
    kernel: ReduceKernel<A, R>,
    ...rest: Rest<NoInfer<A>, LoopOptions>
  ): R
  parallelReduceSync(
    range: Range,
    kernel: unknown,
    args?: unknown,
    options?: LoopOptions,
  ): unknown {
    this.checkMayBlock('parallelReduceSync', 'parallelReduce')
    return this.engine.runSync(this.calls.reduction(range, kernel, args, options))
  }

  protected checkMayBlock(sync: string, async: string): void {
    if (this.mayBlock) return
    throw plainError(
      'ERR_WOULD_BLOCK',
      `${sync} would block this thread, which the runtime forbids (a page's main thread may not wait); await ${async} instead, or call it in a worker`,
    )
  }
}
