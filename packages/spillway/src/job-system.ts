/** `JobSystem`: the caller's side of everything. */
import { BufferTable } from './binding/buffers.ts'
import { ShapeTable } from './binding/write.ts'
import { cut } from './core/geometry.ts'
import { WorkerLostError, closedError, plainError, typeError } from './errors.ts'
import { CatalogueWriter } from './heap/catalogue.ts'
import { SharedHeap } from './heap/heap.ts'
import { Memory } from './heap/memory.ts'
import { detectHost } from './host/detect.ts'
import type { Host, KeepAlive } from './host/host.ts'
import { globalNames } from './kernels/globals.ts'
import { KernelTable } from './kernels/kernel-table.ts'
import { isSpillwayWorker } from './kernels/registry.ts'
import type { KernelKind, LoopKernel, RangeKernel, ReduceKernel } from './kernels/types.ts'
import {
  MODE_BLOCKS,
  MODE_GUIDED,
  MODE_MERGE,
  MODE_REDUCE,
  initialise,
  schedulerBytes,
} from './layout/layout.ts'
import type { Call } from './loops/call.ts'
import { LoopEngine } from './loops/engine.ts'
import { LoopSlots } from './loops/slots.ts'
import type { SystemDescription, describeSystem } from './observe/describe.ts'
import { Events } from './observe/events.ts'
import { readMetrics } from './observe/metrics.ts'
import type { Metrics } from './observe/metrics.ts'
import { observe } from './observe/observer.ts'
import {
  cutLoop,
  cutReduction,
  positiveInteger,
  readCloseOptions,
  readLoopOptions,
  readRange,
  readStartOptions,
} from './options.ts'
import type { CloseOptions, LoopOptions, Range, ResolvedStart, StartOptions } from './options.ts'
import { WorkerPool } from './pool.ts'
import type { Plan } from './topology/plan.ts'

/** Arguments after the kernel: the record may be left out for kernels that take none. */
type Rest<A, O> = unknown extends A ? [args?: object, options?: O] : [args: A, options?: O]
type Body<A> = (index: number, args: A) => void
type RangeBody<A> = (start: number, end: number, args: A) => void

export interface SystemEvents {
  /** A worker's thread ended. The pool starts another one unless that failed three times in a row. */
  'worker-lost': WorkerLostError
}

const EACH_OR_RANGE: readonly KernelKind[] = ['each', 'range']
const RANGE_ONLY: readonly KernelKind[] = ['range']
const REDUCE_ONLY: readonly KernelKind[] = ['reduce']
/** Workers that do not end by themselves are terminated after this long. */
const CLOSE_MS = 5000

export class JobSystem extends Memory {
  /** Workers of this system; the calling thread takes part in sync calls besides. */
  readonly workers: number
  readonly name: string
  readonly #pool: WorkerPool
  readonly #engine: LoopEngine
  readonly #kernels: KernelTable
  readonly #events = new Events<SystemEvents>(['worker-lost'])
  readonly #mayBlock: boolean
  readonly #keepAlive: KeepAlive
  #describe: typeof describeSystem | null = null
  #state: 'open' | 'closing' | 'closed' = 'open'
  #closed: Promise<void> | null = null

  /**
   * Starts the workers and waits until each knows the program's kernels.
   *
   * @throws TypeError or RangeError on a wrong option. Rejects with a `WorkerStartError` if a worker fails to load the kernels.
   */
  static start(options: StartOptions = {}): Promise<JobSystem> {
    if (isSpillwayWorker()) {
      throw plainError(
        'ERR_START_IN_WORKER',
        'JobSystem.start was called in a module that the workers load too. Move the kernels into a file of their own ' +
          '(kernels(import.meta.url, { … })) and import that file here; a worker imports it without starting a system again',
      )
    }
    const resolved = readStartOptions(options)
    const host = detectHost()
    if (typeof SharedArrayBuffer === 'undefined' || typeof WebAssembly === 'undefined') {
      throw plainError(
        'ERR_NO_SHARED_MEMORY',
        'this runtime has no SharedArrayBuffer; a page needs the headers Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp',
      )
    }
    return JobSystem.#start(resolved, host)
  }

  static async #start(options: ResolvedStart, host: Host): Promise<JobSystem> {
    const { loading, plan } = await observe(options)
    const system = new JobSystem(options, host, plan)
    // Workers and timers keep no process alive by themselves: hold it while somebody waits here.
    system.#keepAlive.hold()
    try {
      // The parser is large: it loads while the workers boot.
      const [analyser, { describeSystem }] = await Promise.all([
        import('./kernels/free-variables.ts'),
        loading,
        system.#pool.start(),
      ])
      system.#describe = describeSystem
      const globals = system.workers === 0 ? new Set(globalNames()) : system.#pool.globals
      system.#kernels.analyseWith(analyser, globals)
    } finally {
      system.#keepAlive.release()
    }
    return system
  }

  private constructor(options: ResolvedStart, host: Host, plan: Plan | null) {
    const cores = host.cores()
    const auto = plan?.workers ?? cores.usable
    const workers = options.workers === 'auto' ? auto : options.workers
    const buffers: { table?: BufferTable } = {}
    const heap = new SharedHeap(
      schedulerBytes(workers),
      options.initialBytes,
      options.maximumBytes,
      () => buffers.table?.noteHeapBuffer(),
    )
    super(heap)
    this.workers = workers
    this.name = options.name
    this.#mayBlock = host.canBlock()
    this.#keepAlive = host.keepAlive()
    initialise(heap.views.words, workers)
    const table = new BufferTable(heap.memory, (id, buffer) => this.#pool.announce(id, buffer))
    buffers.table = table
    const catalogue = new CatalogueWriter(heap.views, (bytes) => heap.allocate(bytes))
    this.#kernels = new KernelTable(catalogue, new ShapeTable(catalogue))
    const spinMs = options.spinMicroseconds / 1000
    this.#pool = new WorkerPool({
      host,
      heap,
      workers,
      spinMs,
      name: options.name,
      factory: options.worker,
      foreign: table.foreign,
      plan,
      lost: (worker, cause, replaced) => this.#workerLost(worker, cause, replaced),
    })
    this.#engine = new LoopEngine({
      host,
      heap,
      slots: new LoopSlots(heap, table, workers),
      workers,
      syncWorkers: Math.min(workers, cores.usable - 1),
      spinMs,
      keepAlive: this.#keepAlive,
      probe: () => this.#pool.probe(),
    })
  }

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
    return this.#engine.runAsync(this.#loop(range, kernel, args, options)) as Promise<void>
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
    this.#checkMayBlock('parallelForSync', 'parallelFor')
    this.#engine.runSync(this.#loop(range, kernel, args, options))
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
    return this.#engine.runAsync(this.#loop(range, kernel, args, options, true)) as Promise<void>
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
    this.#checkMayBlock('parallelForAutoSync', 'parallelForAuto')
    this.#engine.runSync(this.#loop(range, kernel, args, options, true))
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
    return this.#engine.runAsync(this.#chunks(range, size, kernel, args, options)) as Promise<void>
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
    this.#checkMayBlock('parallelForChunksSync', 'parallelForChunks')
    this.#engine.runSync(this.#chunks(range, size, kernel, args, options))
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
  ): Promise<R> {
    return this.#engine.runAsync(this.#reduction(range, kernel, rest[0], rest[1])) as Promise<R>
  }

  /** `parallelReduce` that blocks; the calling thread takes part. */
  parallelReduceSync<A, R>(
    range: Range,
    kernel: ReduceKernel<A, R>,
    ...rest: Rest<NoInfer<A>, LoopOptions>
  ): R {
    this.#checkMayBlock('parallelReduceSync', 'parallelReduce')
    return this.#engine.runSync(this.#reduction(range, kernel, rest[0], rest[1])) as R
  }

  #loop(
    range: Range,
    kernel: unknown,
    args: unknown,
    options: LoopOptions | undefined,
    auto = false,
  ): Call {
    const call = this.#call(range, kernel, EACH_OR_RANGE, 'each', args, options)
    if (auto) call.hint ??= 'light'
    const { runner } = call
    cutLoop(runner, call, args, this.workers)
    // Chunks of an explicit size are what the caller asked for; otherwise neighbours may be run as one.
    const merge = call.hint === undefined && call.schedule !== 'static'
    runner.mode = (merge ? MODE_MERGE : 0) | this.#guided(call)
    return call
  }

  #chunks(
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
      this.#engine.release(call)
      throw typeError(
        'ERR_OPTION',
        'parallelForChunks takes its chunks from size; grain, hint and align do not apply',
      )
    }
    const wanted = call.schedule === 'static' ? Math.max(1, this.workers) : Infinity
    cut(runner, runner.start, runner.end, runner.start, size, wanted)
    runner.mode = MODE_BLOCKS | this.#guided(call)
    return call
  }

  #reduction(range: Range, kernel: unknown, args: unknown, options: LoopOptions | undefined): Call {
    const call = this.#call(range, kernel, REDUCE_ONLY, 'reduce', args, options)
    cutReduction(call.runner, call, args)
    call.runner.mode = MODE_REDUCE | this.#guided(call)
    return call
  }

  #guided(call: Call): number {
    return call.schedule === 'guided' && this.workers > 0 ? MODE_GUIDED : 0
  }

  /** A call with everything checked. Throws before anything has run. */
  #call(
    range: Range,
    kernel: unknown,
    allowed: readonly KernelKind[],
    plain: KernelKind,
    args: unknown,
    options: LoopOptions | undefined,
  ): Call {
    if (this.#state !== 'open') throw closedError(`JobSystem "${this.name}"`)
    const call = this.#engine.acquire()
    try {
      readRange(range, call.runner)
      readLoopOptions(options, call)
      call.kernel = this.#kernels.stateOf(kernel, allowed, plain)
      call.shape = call.kernel.checker.check(args)
      call.args = args
      call.runner.reset(call.kernel.runnable, args)
      return call
    } catch (error) {
      this.#engine.release(call)
      throw error
    }
  }

  #checkMayBlock(sync: string, async: string): void {
    if (this.#mayBlock) return
    throw plainError(
      'ERR_WOULD_BLOCK',
      `${sync} would block this thread, which the runtime forbids (a page's main thread may not wait); await ${async} instead, or call it in a worker`,
    )
  }

  /** Registers a listener and returns a function that removes it. */
  on<K extends keyof SystemEvents>(
    event: K,
    listener: (value: SystemEvents[K]) => void,
  ): () => void {
    return this.#events.on(event, listener)
  }

  /** What this system is: runtime, cores, machine, workers and where they run, heap. A plain record; `String()` of it is a text for people. */
  describe(): SystemDescription {
    return this.#describe!(this.#pool)
  }

  /** Counters since the start: calls that ran inline and shared, and what each worker did. Cheap; values may be a moment old. */
  metrics(): Metrics {
    return readMetrics(this.heap.views.words, this.workers, this.#engine.stats)
  }

  /**
   * Ends the system: waits for awaited calls in flight (or cancels them), then for the workers. Later calls throw; arrays stay readable.
   * Calling it again returns the same promise.
   */
  close(options: CloseOptions = {}): Promise<void> {
    const { drain, timeout } = readCloseOptions(options)
    return (this.#closed ??= this.#close(drain, timeout))
  }

  async #close(drain: boolean, timeout: number | undefined): Promise<void> {
    this.#state = 'closing'
    this.#keepAlive.hold()
    const closed = closedError(`JobSystem "${this.name}"`)
    if (!drain) this.#engine.cancelAll(closed)
    // Draining takes as long as the loops do, unless the caller set a limit; cancelled loops end with their running chunks.
    const limit = timeout ?? (drain ? Infinity : CLOSE_MS)
    if (!(await this.#engine.drained(limit))) {
      await this.#pool.terminate()
      this.#engine.abandonAll(closed)
    }
    await this.#pool.close(Math.min(limit, CLOSE_MS))
    this.#state = 'closed'
    this.endMemory()
    this.#keepAlive.release()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #workerLost(worker: number, cause: unknown, replaced: boolean): void {
    const error = new WorkerLostError(worker, undefined, cause)
    this.#engine.workerLost(worker, cause)
    if (!replaced && this.#pool.isGivenUp) this.#engine.giveUp(error)
    this.#events.emit('worker-lost', error)
  }
}
