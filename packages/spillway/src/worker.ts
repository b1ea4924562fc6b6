/** A worker's thread: load kernels, answer the handshake, then serve loops until the system closes. */
import { ArrivedBuffers } from './binding/buffers.ts'
import { ArgumentReader, MissingBuffer } from './binding/read.ts'
import { ShapeReader } from './binding/shape-reader.ts'
import { encode } from './codec.ts'
import { load, store } from './core/atomics.ts'
import type { Runner } from './core/loop.ts'
import { serve, STOPPED } from './core/worker.ts'
import type { ThreadContext } from './core/worker.ts'
import { WorkerStartError } from './errors.ts'
import { Catalogue } from './heap/catalogue.ts'
import { Outbox } from './heap/outbox.ts'
import { ThreadMemory } from './heap/thread-memory.ts'
import { HeapViews } from './heap/views.ts'
import type { BufferMessage, InitMessage, WorkerPort } from './host/host.ts'
import { now } from './host/clock.ts'
import { pause } from './host/pause.ts'
import type { Counter } from './jobs/counter.ts'
import type { JobThread } from './jobs/thread.ts'
import { prepareInWorker } from './kernels/analyser.ts'
import { registeredKernels } from './kernels/registry.ts'
import { globalNames } from './kernels/globals.ts'
import { kindWord, LoopRunner } from './kernels/loop-runner.ts'
import type { Failure, RunnerHooks } from './kernels/loop-runner.ts'
import { KernelResolver } from './kernels/resolver.ts'
import { LEVELS, jobAt } from './layout/jobs.ts'
import {
  ARGUMENT_WORDS,
  B_IN_USE,
  INLINE_ARGUMENTS,
  LAYOUT_VERSION,
  LINE_BYTES,
  LINE_WORDS,
  LOOP_SLOTS,
  L_ARGUMENTS,
  L_BLOCKS_PER_UNIT,
  L_END,
  L_FAILED_UNIT,
  L_INLINE_ARGUMENTS,
  L_KERNEL,
  L_LONGER_UNITS,
  L_MODE,
  L_NUMBER,
  L_ORIGIN,
  L_RESULTS,
  L_SERIAL,
  L_SHAPE,
  L_START,
  L_STEP,
  L_UNIT_COUNT,
  H_JOBS,
  H_TRACE,
  H_VERSION,
  MAGIC,
  H_MAGIC,
  NO_FAILURE,
  OUTBOX_BYTES,
  P_ERROR_BLOCK,
  P_ERROR_UNIT,
  P_ITEMS,
  P_NANOSECONDS,
  RESULT_BLOCK,
  RESULT_WORDS,
  R_BLOCK,
  R_KIND,
  W_CLAIMS,
  W_LIFE,
  outboxBytesAt,
  participantAt,
  workerAt,
} from './layout/layout.ts'
import type { Recorder } from './observe/recorder.ts'
import { VERSION } from './version.ts'

/** Thrown where a counter is met before the jobs that know it are loaded. */
const MISSING_JOBS = new Error('jobs are not loaded')

/** Runs this thread as worker `init.worker` until the system closes. `onMessage` delivers buffers sent after the first message. */
export async function runWorker(
  init: InitMessage,
  port: WorkerPort,
  onMessage: (handler: (message: unknown) => void) => void,
): Promise<void> {
  let worker: Worker
  try {
    checkVersion(init)
    await port.load(init.modules)
    worker = new Worker(init, port, await prepareRecorder(init))
  } catch (error) {
    port.post({ type: 'spillway:failed', error: describe(error) })
    port.close()
    return
  }
  onMessage((message) => worker.receive(message as BufferMessage))
  // Before the starter hears of it: what joins its calls while it is blocked can be seen to die.
  port.lives(worker.words, workerAt(init.worker, init.workers) + W_LIFE)
  port.post({
    type: 'spillway:ready',
    version: VERSION,
    kernels: registeredKernels().map((kernel) => kernel.name),
    globals: globalNames(),
  })
  await worker.run()
  port.close()
}

/** What this thread records its time with; null unless the system is traced. */
async function prepareRecorder({ memory, worker }: InitMessage): Promise<Recorder | null> {
  const views = new HeapViews(memory)
  if (views.words[H_TRACE] === 0) return null
  const { Recorder } = await import('./observe/recorder.ts')
  return new Recorder(views, worker)
}

function checkVersion(init: InitMessage): void {
  const words = new Int32Array(init.memory.buffer)
  const same = words[H_MAGIC] === MAGIC && words[H_VERSION] === LAYOUT_VERSION
  if (same && init.version === VERSION) return
  throw new WorkerStartError(
    `the program runs spillway ${init.version}, its worker loaded spillway ${VERSION}; install one version of the package`,
    'ERR_VERSION',
  )
}

/** Errors cross as data: a class that `postMessage` cannot clone must not hide why the start failed. */
function describe(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const { name, message, stack } = error
  return { name, message, stack, code: (error as { code?: unknown }).code }
}

class Worker implements ThreadContext {
  /** Scheduler state; taken anew once the records of jobs, which may lie beyond the memory of the beginning, belong to it. */
  words: Int32Array
  readonly workers: number
  readonly worker: number
  readonly spinMs: number
  readonly victims: readonly number[] | null
  readonly recorder: Recorder | null
  readonly now = now
  readonly pause = pause
  readonly emptied = new Int32Array(LEVELS)
  turn = 0
  nested = 0
  refused = false
  /** Set once the program has used a job. */
  jobs: JobThread | null = null
  readonly #port: WorkerPort
  readonly #self: number
  readonly #views: HeapViews
  readonly #catalogue: Catalogue
  readonly #resolver: KernelResolver
  readonly #shapes: ShapeReader
  readonly #memory: ThreadMemory
  readonly #outbox: Outbox
  readonly #buffers: ArrivedBuffers
  readonly #readers: (ArgumentReader | undefined)[] = []
  readonly #runners: (LoopRunner | undefined)[] = []
  /** Jobs that wait for the event loop. */
  readonly #aside: number[] = []
  /** The participant line of the loop this thread is in. */
  #line = 0
  /** The foreign buffer without which a loop cannot be joined; 0 for none. */
  #missing = 0
  #arrived: () => void = () => {}

  constructor(init: InitMessage, port: WorkerPort, recorder: Recorder | null) {
    this.#port = port
    this.#views = new HeapViews(init.memory)
    // Scheduler state never moves, so this view stays right when the memory grows.
    this.words = this.#views.words
    this.workers = init.workers
    this.worker = init.worker
    this.spinMs = init.spinMs
    this.victims = init.victims ?? null
    this.recorder = recorder
    this.#self = workerAt(init.worker, init.workers)
    this.#memory = new ThreadMemory(this.#views)
    this.#catalogue = new Catalogue(this.#views, (bytes) => this.#memory.allocate(bytes))
    this.#resolver = new KernelResolver(this.#catalogue, (url) => port.load([url]))
    this.#shapes = new ShapeReader(this.#catalogue)
    this.#buffers = new ArrivedBuffers(this.#views)
    const outbox = outboxBytesAt(init.worker, init.workers)
    // The worker of async jobs has none of its own, and a second thread on a seat must leave that of the first alone.
    const fresh = init.worker < init.workers && !init.again
    this.#outbox = new Outbox(this.#views, outbox, fresh ? outbox + OUTBOX_BYTES : outbox)
    init.foreign.forEach((buffer, index) => this.#buffers.arrived(index + 1, buffer))
  }

  receive(message: BufferMessage): void {
    this.#buffers.arrived(message.id, message.buffer)
    this.#arrived()
  }

  async run(): Promise<void> {
    if (this.worker > this.workers) {
      const { serveEvents } = await this.#loadJobs()
      await serveEvents(this.jobs!)
      return
    }
    while (serve(this) !== STOPPED) await this.#fetch()
  }

  /** Brings what `serve` stopped for. */
  async #fetch(): Promise<void> {
    if (this.jobs === null && load(this.words, H_JOBS) !== 0) await this.#loadJobs()
    const { need } = this.#resolver
    this.#resolver.need = null
    if (need !== null) await this.#resolver.fetch(need, `worker ${this.worker}`)
    const missing = this.#missing
    this.#missing = 0
    if (missing !== 0) await this.#buffer(missing)
    for (const job of this.#aside.splice(0)) {
      const at = jobAt(this.jobs!.area, job)
      const buffer = this.jobs!.setup.arguments.missing(at)
      if (buffer !== 0) await this.#buffer(buffer)
      this.jobs!.run(job, false)
    }
  }

  async #buffer(id: number): Promise<void> {
    while (!this.#buffers.byId.has(id)) {
      await new Promise<void>((resolve) => (this.#arrived = resolve))
    }
  }

  async #loadJobs(): Promise<typeof import('./jobs/worker-jobs.ts')> {
    const [loaded, analyser] = await Promise.all([
      import('./jobs/worker-jobs.ts'),
      prepareInWorker(this.#port),
    ])
    const isEventLoop = this.worker > this.workers
    this.jobs = loaded.makeWorkerJobs({
      context: this,
      views: this.#views,
      memory: this.#memory,
      outbox: this.#outbox,
      catalogue: this.#catalogue,
      resolver: this.#resolver,
      shapes: this.#shapes,
      buffers: this.#buffers,
      recorder: this.recorder,
      putAside: (job) => {
        this.#aside.push(job)
        if (isEventLoop) void this.#fetch()
      },
      wantAsyncWorker: () => this.#port.post({ type: 'spillway:async' }),
      yieldToEvents: () => this.#port.yieldToEvents(),
      analyser,
      ...(isEventLoop && { listen: () => {}, collect: () => loaded.collectReplies(this.jobs!) }),
    })
    this.words = this.#views.words
    return loaded
  }

  prepare(slot: number, loop: number): Runner | null {
    const { words } = this
    const { doubles } = this.#views
    const runnable = this.#resolver.resolve(words[loop + L_KERNEL])
    if (runnable === undefined) return null
    const runner = (this.#runners[slot] ??= this.#createRunner())
    runner.start = doubles[(loop + L_START) / 2]!
    runner.end = doubles[(loop + L_END) / 2]!
    runner.origin = doubles[(loop + L_ORIGIN) / 2]!
    runner.step = doubles[(loop + L_STEP) / 2]!
    runner.units = words[loop + L_UNIT_COUNT]!
    runner.blocksPerUnit = doubles[(loop + L_BLOCKS_PER_UNIT) / 2]!
    runner.longerUnits = words[loop + L_LONGER_UNITS]!
    runner.mode = words[loop + L_MODE]!
    runner.serial = words[loop + L_SERIAL]!
    runner.number = words[loop + L_NUMBER]!
    runner.opener = this.#openerOf(slot)
    runner.results = words[loop + L_RESULTS] * LINE_WORDS
    this.#views.cover((runner.results + runner.units * RESULT_WORDS) * 4)
    const args = this.#arguments(slot, loop)
    if (args === null) return null
    runner.reset(runnable, args)
    runner.failedAt = loop + L_FAILED_UNIT
    this.#line = participantAt(loop, this.worker + 1)
    runner.startTiming()
    return runner
  }

  /** The thread whose loop lies in a slot. */
  #openerOf(slot: number): number {
    const { workers, jobs } = this
    if (slot < LOOP_SLOTS || jobs === null) return workers
    return Math.floor((slot - LOOP_SLOTS) / jobs.area.nestedLoops)
  }

  /** The argument record; null if a buffer has to arrive first; undefined for a loop without arguments. */
  #arguments(slot: number, loop: number): unknown {
    const id = this.words[loop + L_SHAPE]
    if (id < 0) return undefined
    const shape = this.#shapes.get(id)
    const reader = (this.#readers[slot] ??= new ArgumentReader(
      this.#views,
      this.#buffers.byId,
      (word) => this.#counterAt(word),
    ))
    const line = this.words[loop + L_ARGUMENTS]
    const at = line === 0 ? loop + L_INLINE_ARGUMENTS : line * LINE_WORDS
    this.#views.cover((at + Math.max(shape.leaves, INLINE_ARGUMENTS) * ARGUMENT_WORDS) * 4)
    try {
      return reader.read(shape, at)
    } catch (error) {
      if (error instanceof MissingBuffer) this.#missing = error.id
      else if (error !== MISSING_JOBS) throw error
      return null
    }
  }

  #counterAt(word: number): Counter {
    // Counters are part of jobs, which have to be loaded first.
    if (this.jobs === null) throw MISSING_JOBS
    return this.jobs.counters.at(word)
  }

  #createRunner(): LoopRunner {
    const hooks: RunnerHooks = {
      keep: (runner, unit, accumulator) => {
        const at = runner.results + unit * RESULT_WORDS
        const line = this.#outbox.write(encode(accumulator))
        this.#views.words[at + R_BLOCK] = line
        this.#views.words[at + R_KIND] = kindWord(RESULT_BLOCK, runner.serial)
      },
      failed: (_runner, failure) => this.#report(failure),
      ran: () => {
        this.words[this.#self + W_CLAIMS]++
        return true
      },
      measured: (runner) => {
        this.#views.doubles[(this.#line + P_ITEMS) / 2] = runner.items
        this.#views.doubles[(this.#line + P_NANOSECONDS) / 2] = runner.milliseconds * 1e6
      },
    }
    return new LoopRunner(this.#views, hooks, this.recorder)
  }

  /** Leaves an error in this participant's line; the account that follows in `participate` orders it before the caller's look. */
  #report(failure: Failure): void {
    const known = this.words[this.#line + P_ERROR_UNIT]
    if (failure.unit >= known) return
    if (known !== NO_FAILURE) {
      const block = this.words[this.#line + P_ERROR_BLOCK]
      this.#views.cover((block + 1) * LINE_BYTES)
      store(this.#views.words, block * LINE_WORDS + B_IN_USE, 0)
    }
    const { error, start, end, index } = failure
    const about = { start, end, index, worker: this.worker }
    this.words[this.#line + P_ERROR_BLOCK] = this.#outbox.write(encodeError(error, about))
  }
}

/** An error that cannot be encoded is replaced by one that says so and keeps its text. */
function encodeError(error: unknown, about: object): Uint8Array {
  try {
    return encode({ ...about, error })
  } catch (reason) {
    const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
    const plain = new Error(
      `${text} (the value thrown could not cross threads: ${(reason as Error).message})`,
    )
    if (error instanceof Error && error.stack !== undefined) plain.stack = error.stack
    return encode({ ...about, error: plain })
  }
}
