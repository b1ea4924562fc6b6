/** `JobSystem`: the caller's side of everything. */
import { BufferTable } from './binding/buffers.ts'
import { readCloseOptions } from './close-options.ts'
import type { CloseOptions } from './close-options.ts'
import { setTiers } from './core/sleep/spill.ts'
import { DeadlockError, WorkerLostError, closedError, startInWorkerError } from './errors.ts'
import { Catalogue } from './heap/catalogue.ts'
import { SharedHeap } from './heap/heap.ts'
import { detectHost } from './host/detect.ts'
import { now } from './host/clock.ts'
import type { Host, KeepAlive } from './host/host.ts'
import { prepareAnalyser } from './kernels/analyser.ts'
import { globalNames } from './kernels/globals.ts'
import { isSpillwayWorker } from './kernels/registry.ts'
import type { Counter } from './jobs/counter.ts'
import { prepareJobs } from './jobs/loading.ts'
import type { RunOptions } from './jobs/run-options.ts'
import type { StarterJobs, StarterSetup } from './jobs/starter.ts'
import type { Fiber, JobContext, JobHandle, JobRest } from './jobs/types.ts'
import type { JobKernel } from './kernels/types.ts'
import { MAX_WORKERS, initialise, schedulerBytes } from './layout/layout.ts'
import type { LoopCalls } from './loops/calls.ts'
import type { LoopEngine } from './loops/engine.ts'
import { loadLoops } from './loops/loading.ts'
import { LoopMethods } from './loops/loop-methods.ts'
import type { Loops, LoopsSetup } from './loops/loops.ts'
import type * as Describe from './observe/describe.ts'
import type { SystemDescription } from './observe/describe.ts'
import { Events } from './observe/events.ts'
import { readMetrics } from './observe/metrics.ts'
import type { Metrics } from './observe/metrics.ts'
import { observe } from './observe/observer.ts'
import type { Trace } from './observe/trace-types.ts'
import type * as Tracers from './observe/tracer.ts'
import { WorkerPool } from './pool.ts'
import { readStartOptions } from './start-options.ts'
import type { ResolvedStart, StartOptions } from './start-options.ts'
import type { Plan } from './topology/plan.ts'

export interface SystemEvents {
  /** A worker's thread ended. The pool starts another one unless that failed three times in a row. */
  'worker-lost': WorkerLostError
  /** A detached job failed. Without a listener this is an unhandled rejection. */
  error: unknown
  /** Jobs have waited for `jobs.stallTimeout` though nothing runs that could end their wait. Without a listener it goes to the console. */
  stall: DeadlockError
}

/** Workers that do not end by themselves are terminated after this long. */
const CLOSE_MS = 5000

export class JobSystem extends LoopMethods {
  /** Workers of this system; the calling thread takes part in sync calls besides. */
  readonly workers: number
  readonly name: string
  readonly #pool: WorkerPool
  readonly #setup: LoopsSetup
  // Set before `start` gives the system out: loops are loaded while the workers boot. Declared only, so that they are written once:
  // V8 takes a field that held `undefined` first for one that changes, and inlines nothing behind it.
  declare protected engine: LoopEngine
  declare private loopCalls: LoopCalls
  #makeJobs!: () => StarterJobs
  /** Made when the program uses its first job. */
  #jobs: StarterJobs | null = null
  readonly #events = new Events<SystemEvents>(['worker-lost', 'error', 'stall'])
  protected readonly mayBlock: boolean
  readonly #keepAlive: KeepAlive
  /** Null unless the system is traced. */
  readonly #tracer: Tracers.Tracer | null
  #describe!: () => typeof Describe
  #state: 'starting' | 'open' | 'closing' | 'closed' = 'starting'
  /** Set if every worker was lost, again and again, before the system was open. */
  #lostAtStart: WorkerLostError | null = null
  #closed: Promise<void> | null = null

  /**
   * Starts the workers and waits until each knows the program's kernels.
   *
   * @throws TypeError or RangeError on a wrong option. Rejects with a `WorkerStartError` if a worker fails to load the kernels.
   */
  static start(options: StartOptions = {}): Promise<JobSystem> {
    refuseInWorker()
    const resolved = readStartOptions(options)
    return JobSystem.#start(resolved, detectHost())
  }

  static async #start(options: ResolvedStart, found: Host | Promise<Host>): Promise<JobSystem> {
    const host = await found
    // A browser's worker may have learned only now whose it is.
    refuseInWorker()
    const { describing, plan, tracers } = await observe(options, host)
    const system = new JobSystem(options, host, plan, tracers)
    // Workers and timers keep no process alive by themselves: hold it while somebody waits here.
    system.#keepAlive.hold()
    try {
      // The workers come first: what this thread loads meanwhile costs no time of theirs.
      const started = system.#pool.start()
      const loading = loadLoops(host)
      const [{ makeLoops }, analyser, describe, jobs] = await Promise.all([
        loading,
        prepareAnalyser(host),
        describing,
        // One after the other, as they share files: Jest's loader fails if two imports that it links at a time meet in one.
        loading.then(() => prepareJobs(host)),
        started,
      ])
      if (system.#lostAtStart !== null) throw system.#lostAtStart
      const loops = makeLoops(system.#setup)
      const globals = system.workers === 0 ? new Set(globalNames()) : system.#pool.globals
      loops.kernels.analyseWith(analyser, globals)
      system.engine = loops.engine
      system.loopCalls = loops.calls
      system.#describe = describe
      system.#makeJobs = () => new (jobs().StarterJobs)(system.#jobsSetup(loops, options))
      system.#state = 'open'
    } catch (error) {
      await system.#pool.terminate()
      throw error
    } finally {
      system.#keepAlive.release()
    }
    return system
  }

  private constructor(
    options: ResolvedStart,
    host: Host,
    plan: Plan | null,
    tracers: typeof Tracers | null,
  ) {
    const cores = host.cores()
    const usable = Math.min(MAX_WORKERS, cores.usable)
    const workers = workersOf(options, host, plan?.workers ?? usable)
    const heap = new SharedHeap(
      schedulerBytes(workers),
      options.initialBytes,
      options.maximumBytes,
      host.serial?.memory ?? undefined,
    )
    super(heap)
    this.workers = workers
    this.name = options.name
    // Without workers a sync call waits for nobody.
    this.mayBlock = workers === 0 || host.canBlock()
    this.#keepAlive = host.keepAlive()
    initialise(heap.views.words, workers)
    if (plan !== null && plan.tiers.length > 1) letSpill(heap.views.words, plan)
    const table = new BufferTable(heap.views, (id, buffer) => this.#pool.announce(id, buffer))
    const catalogue = new Catalogue(heap.views, (bytes) => heap.allocate(bytes))
    this.#tracer = tracers?.makeTracer(heap, catalogue, workers, options) ?? null
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
      wantAsync: () => this.#pool.startAsync(),
    })
    this.#setup = {
      host,
      heap,
      workers,
      syncWorkers: Math.min(workers, cores.usable - 1),
      spinMs,
      keepAlive: this.#keepAlive,
      recorder: this.#tracer?.recorder ?? null,
      catalogue,
      buffers: table,
      probe: () => this.#pool.probe(),
    }
  }

  #jobsSetup({ kernels }: Loops, { jobCapacity, stallMs }: ResolvedStart): StarterSetup {
    return {
      ...this.#setup,
      kernels,
      capacity: jobCapacity,
      stallMs,
      startAsyncWorker: () => this.#pool.startAsync(),
      failed: (error) => this.#jobFailed(error),
      stalled: (waiting) => this.#jobsStalled(waiting),
    }
  }

  /** Checks a loop's call. Throws before anything has run. */
  protected get calls(): LoopCalls {
    if (this.#state !== 'open') throw closedError(`JobSystem "${this.name}"`)
    return this.loopCalls
  }

  // Jobs

  /**
   * Runs a job and returns its handle, which is awaited for the result. The calling thread does not take part, unless there are no
   * workers.
   *
   * @throws TypeError or RangeError, at once, on a wrong argument. The handle rejects with the job's error, a CancelledError, the
   * signal's reason, a TimeoutError, or a WorkerLostError, once the job and its children have ended.
   */
  run<A, R>(kernel: JobKernel<A, R>, ...rest: JobRest<NoInfer<A>, RunOptions>): JobHandle<R>
  run<A, R>(
    body: (ctx: JobContext, args: A) => Fiber<R>,
    args: A,
    options?: RunOptions,
  ): JobHandle<R>
  run<A, R>(
    body: (ctx: JobContext, args: A) => Promise<R>,
    args: A,
    options?: RunOptions,
  ): JobHandle<R>
  run<A, R>(body: (ctx: JobContext, args: A) => R, args: A, options?: RunOptions): JobHandle<R>
  run<R>(body: (ctx: JobContext) => R, args?: undefined, options?: RunOptions): JobHandle<R>
  run(kernel: unknown, args?: unknown, options?: RunOptions): JobHandle<never> {
    return this.#openJobs.orders.run(kernel, args, options) as unknown as JobHandle<never>
  }

  /** `run` that blocks until the job has ended, and returns its result; the calling thread takes part. Plain and generator jobs. */
  runSync<A, R>(kernel: JobKernel<A, R>, ...rest: JobRest<NoInfer<A>, RunOptions>): R
  runSync<A, R>(body: (ctx: JobContext, args: A) => Fiber<R>, args: A, options?: RunOptions): R
  runSync<A, R>(body: (ctx: JobContext, args: A) => R, args: A, options?: RunOptions): R
  runSync<R>(body: (ctx: JobContext) => R, args?: undefined, options?: RunOptions): R
  runSync(kernel: unknown, args?: unknown, options?: RunOptions): unknown {
    this.checkMayBlock('runSync', 'run')
    return this.#openJobs.runSync(kernel, args, options)
  }

  /**
   * Runs one job per element of a list of arguments, or `count` jobs with the numbers 0 to count - 1, under one handle. It gives the
   * results in order. All of them run, whatever fails; it then rejects with the error of the first in order that failed.
   */
  runMany<A, R>(
    kernel: JobKernel<A, R>,
    list: readonly NoInfer<A>[] | number,
    options?: RunOptions,
  ): JobHandle<R[]>
  runMany<A, R>(
    body: (ctx: JobContext, args: A) => R,
    list: readonly A[] | number,
    options?: RunOptions,
  ): JobHandle<R[]>
  runMany(kernel: unknown, list: unknown, options?: RunOptions): JobHandle<never> {
    return this.#openJobs.orders.runMany(kernel, list, options) as unknown as JobHandle<never>
  }

  counter(value: number): Counter {
    return this.#openJobs.counter(value)
  }

  get #openJobs(): StarterJobs {
    if (this.#state !== 'open') throw closedError(`JobSystem "${this.name}"`)
    return (this.#jobs ??= this.#makeJobs())
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
    return this.#describe().describeSystem(this.#pool)
  }

  /** Counters since the start: calls that ran inline and shared, and what each worker did. Cheap; values may be a moment old. */
  metrics(): Metrics {
    return readMetrics(this.heap.views.words, this.workers, this.engine.stats)
  }

  /**
   * What every thread did and when, if the system was started with `trace`; else a trace without threads. Callable at any time, also
   * after `close`: it stops nobody. A trace is frozen plain data; `spillway/trace` makes a file of it that Perfetto opens.
   */
  trace(): Trace {
    return this.#tracer?.read() ?? { origin: 0, until: 0, lost: 0, threads: [] }
  }

  /** Lets later traces begin now. */
  clearTrace(): void {
    this.#tracer?.clear()
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
    if (!drain) {
      this.engine.cancelAll(closed)
      this.#jobs?.cancelAll(closed)
    }
    // Draining takes as long as the loops do, unless the caller set a limit; cancelled loops end with their running chunks.
    const limit = timeout ?? (drain ? Infinity : CLOSE_MS)
    const drained = await Promise.all([
      this.engine.drained(limit),
      this.#jobs?.drained(limit) ?? true,
    ])
    if (drained.includes(false)) {
      await this.#pool.terminate()
      this.engine.abandonAll(closed)
      this.#jobs?.abandonAll(closed)
    }
    this.#jobs?.end(closed)
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
    const givenUp = !replaced && this.#pool.isGivenUp
    if (this.#state === 'starting') {
      if (givenUp) this.#lostAtStart = error
      return
    }
    // Jobs first: the loop that it was in may be a job's, which the engine does not know.
    this.#jobs?.workerLost(worker, cause, replaced)
    this.engine.workerLost(worker, cause)
    if (givenUp) this.engine.giveUp(error)
    this.#events.emit('worker-lost', error)
  }

  #jobFailed(error: unknown): void {
    if (this.#events.has('error')) this.#events.emit('error', error)
    else void Promise.reject(error)
  }

  #jobsStalled(waiting: readonly string[]): void {
    const error = new DeadlockError(waiting)
    if (this.#events.has('stall')) this.#events.emit('stall', error)
    else console.warn(`JobSystem "${this.name}": ${error.message}`)
  }
}

function workersOf(options: ResolvedStart, { serial }: Host, usable: number): number {
  const auto = serial === null ? usable : 0
  return options.workers === 'auto' || serial?.memory ? auto : options.workers
}

function letSpill(words: Int32Array, { tiers: ends, spill }: Plan): void {
  const { thresholds, window: windowMs, dwell: dwellMs } = spill
  setTiers(words, { ends, thresholds, windowMs, dwellMs }, now())
}

function refuseInWorker(): void {
  if (isSpillwayWorker()) throw startInWorkerError()
}
