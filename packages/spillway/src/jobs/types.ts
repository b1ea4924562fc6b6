/** What the body of a job sees, and what holds a job: the types of the public surface. */
import type { TypedArray } from '../binding/elements.ts'
import type { JobKernel, LoopKernel, RangeKernel, ReduceKernel } from '../kernels/types.ts'
import type { LoopOptions, Range } from '../loops/loop-options.ts'
import type { Counter } from './counter.ts'

/** `high` runs before `normal`, `normal` before `low`; jobs that already run are not interrupted. */
export type Priority = 'high' | 'normal' | 'low'

export type JobState = 'queued' | 'running' | 'suspended' | 'done' | 'failed' | 'cancelled'

/** What a generator job returns; annotate kernels that name themselves, TypeScript cannot infer those. */
export type Fiber<R> = Generator<unknown, R, unknown>

/**
 * Something to wait for. `yield*` it in a generator job, `await` it in an async job; in a plain job the wait has already happened
 * when you get it.
 */
export interface Waiting<T> extends PromiseLike<T> {
  [Symbol.iterator](): Iterator<unknown, T, unknown>
}

/** A job that was spawned. Belongs to the thread, and to the job, that spawned it. */
export interface JobHandle<R = unknown> extends PromiseLike<R> {
  /** Name of its kernel. */
  readonly name: string
  readonly state: JobState
  /** What the job returned. Throws its error if it failed, and an Error before it has ended. */
  readonly value: R
  /** Asks the job and its descendants to end early: what has not begun never runs, fibers end at their next wait. */
  cancel(reason?: unknown): void
}

export interface SpawnOptions {
  /** Default: the priority of the job that spawns. */
  readonly priority?: Priority
}

/** Arguments after a kernel: a record or a number, left out for kernels that take none. */
export type JobRest<A, O> = unknown extends A
  ? [args?: object | number, options?: O]
  : [args: A, options?: O]

/**
 * A job's view of the system, passed to its body. Valid while the job runs, in the thread that runs it; use nothing of it afterwards.
 */
export interface JobContext {
  /** Worker that runs the job: 0 to workers - 1; `workers` in the thread that started the system; -1 in an async job. */
  readonly workerIndex: number
  /** Workers of the system. */
  readonly workers: number
  /** True once the job, or one that it descends from, was cancelled. Look at it in long computations. */
  readonly aborted: boolean
  readonly priority: Priority

  /** Starts a child. The job ends after its children; a child whose failure nobody waits for fails the job. Never blocks. */
  spawn<A, R>(kernel: JobKernel<A, R>, ...rest: JobRest<NoInfer<A>, SpawnOptions>): JobHandle<R>
  /** Starts a job that nobody waits for. Its failure goes to `jobs.on('error')`; `close` waits for it. */
  spawnDetached<A>(kernel: JobKernel<A>, ...rest: JobRest<NoInfer<A>, SpawnOptions>): void

  /**
   * Waits for children, counters (until zero) or loops of this job. Generator jobs suspend (`yield*`), async jobs `await`; plain jobs
   * run other work until it is over, and may wait only for what they spawned. Gives the value, or the array of values, and throws
   * the error of the first that failed.
   */
  wait<R>(handle: JobHandle<R>): Waiting<R>
  wait(target: Counter | Waiting<unknown>): Waiting<void>
  wait(...targets: readonly (JobHandle | Counter | Waiting<unknown>)[]): Waiting<unknown[]>

  /** Runs two plain jobs, perhaps in parallel, and combines their results. The second is published only if somebody is hungry. */
  join<A, B, R, S, T>(
    first: JobKernel<A, R>,
    firstArgs: NoInfer<A>,
    second: JobKernel<B, S>,
    secondArgs: NoInfer<B>,
    combine: (first: R, second: S) => T,
  ): T

  /** Lets everything that is ready have a turn. `yield*` it in a generator job; a plain job runs one other piece of work. */
  yieldNow(): Waiting<void>
  /** Runs `body` and then waits, by helping, for all it spawned. Plain jobs only. */
  scope<T>(body: () => T): T

  /** A zeroed array on the shared heap that lives until this job ends. May be passed to children and nested loops. */
  scratch<T extends TypedArray>(
    type: {
      readonly BYTES_PER_ELEMENT: number
      new (buffer: ArrayBufferLike, byteOffset: number, length: number): T
    },
    length: number,
  ): T
  /** A counter that this job's children can change and wait for; it lives until this job ends. */
  counter(value: number): Counter

  /** A nested loop: give what it returns to `ctx.wait`. The job's thread takes part. */
  parallelFor<A>(
    range: Range,
    kernel: LoopKernel<A>,
    ...rest: JobRest<NoInfer<A>, LoopOptions>
  ): Waiting<void>
  parallelFor<A>(
    range: Range,
    body: (index: number, args: A) => void,
    args: A,
    options?: LoopOptions,
  ): Waiting<void>
  parallelForAuto<A>(
    range: Range,
    kernel: LoopKernel<A>,
    ...rest: JobRest<NoInfer<A>, LoopOptions>
  ): Waiting<void>
  parallelForChunks<A>(
    range: Range,
    size: number,
    kernel: RangeKernel<A>,
    ...rest: JobRest<NoInfer<A>, LoopOptions>
  ): Waiting<void>
  parallelReduce<A, R>(
    range: Range,
    kernel: ReduceKernel<A, R>,
    ...rest: JobRest<NoInfer<A>, LoopOptions>
  ): Waiting<R>
  /** `parallelFor` that runs other work until the loop has ended. */
  parallelForSync<A>(
    range: Range,
    kernel: LoopKernel<A>,
    ...rest: JobRest<NoInfer<A>, LoopOptions>
  ): void
  parallelForSync<A>(
    range: Range,
    body: (index: number, args: A) => void,
    args: A,
    options?: LoopOptions,
  ): void
  parallelForAutoSync<A>(
    range: Range,
    kernel: LoopKernel<A>,
    ...rest: JobRest<NoInfer<A>, LoopOptions>
  ): void
  parallelForChunksSync<A>(
    range: Range,
    size: number,
    kernel: RangeKernel<A>,
    ...rest: JobRest<NoInfer<A>, LoopOptions>
  ): void
  parallelReduceSync<A, R>(
    range: Range,
    kernel: ReduceKernel<A, R>,
    ...rest: JobRest<NoInfer<A>, LoopOptions>
  ): R
}
