/** A worker's thread: load kernels, answer the handshake, then serve loops until the system closes. */
import { ArgumentReader, MissingBuffer } from './binding/read.ts'
import { buildShape } from './binding/shape.ts'
import type { Shape } from './binding/shape.ts'
import { encode } from './codec.ts'
import { store } from './core/atomics.ts'
import type { Runner } from './core/loop.ts'
import { serve, STOPPED } from './core/worker.ts'
import type { WorkerContext } from './core/worker.ts'
import { WorkerStartError, plainError } from './errors.ts'
import { CatalogueReader } from './heap/catalogue.ts'
import { Outbox } from './heap/outbox.ts'
import { HeapViews } from './heap/views.ts'
import type { BufferMessage, InitMessage, WorkerPort } from './host/host.ts'
import { now } from './host/clock.ts'
import { pause } from './host/pause.ts'
import { registered, registeredKernels } from './kernels/registry.ts'
import { globalNames } from './kernels/globals.ts'
import { kindWord, LoopRunner } from './kernels/loop-runner.ts'
import type { Failure } from './kernels/loop-runner.ts'
import { toRunnable } from './kernels/runnable.ts'
import type { Runnable } from './kernels/runnable.ts'
import { compileSource } from './kernels/source.ts'
import {
  ARGUMENT_WORDS,
  B_IN_USE,
  INLINE_ARGUMENTS,
  LAYOUT_VERSION,
  LINE_BYTES,
  LINE_WORDS,
  L_ARGUMENTS,
  L_BLOCKS_PER_UNIT,
  L_END,
  L_FAILED_UNIT,
  L_INLINE_ARGUMENTS,
  L_KERNEL,
  L_LONGER_UNITS,
  L_MODE,
  L_ORIGIN,
  L_RESULTS,
  L_SERIAL,
  L_SHAPE,
  L_START,
  L_STEP,
  L_UNIT_COUNT,
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
  outboxBytesAt,
  participantAt,
  workerAt,
} from './layout/layout.ts'
import { VERSION } from './version.ts'

/** What only the event loop can bring, before a kernel can run here. */
type Need =
  | { readonly type: 'module'; readonly url: string; readonly kernel: number }
  | { readonly type: 'buffer'; readonly id: number }

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
    worker = new Worker(init)
  } catch (error) {
    port.post({ type: 'spillway:failed', error: describe(error) })
    port.close()
    return
  }
  onMessage((message) => worker.receive(message as BufferMessage))
  port.post({
    type: 'spillway:ready',
    version: VERSION,
    kernels: registeredKernels().map((kernel) => kernel.name),
    globals: globalNames(),
  })
  await worker.run()
  port.close()
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

class Worker implements WorkerContext {
  readonly words: Int32Array
  readonly workers: number
  readonly worker: number
  readonly spinMs: number
  readonly now = now
  readonly pause = pause
  readonly #self: number
  readonly #views: HeapViews
  readonly #catalogue: CatalogueReader
  readonly #outbox: Outbox
  readonly #foreign = new Map<number, SharedArrayBuffer>()
  readonly #runnables: (Runnable | undefined)[] = []
  readonly #shapes: (Shape | undefined)[] = []
  readonly #readers: (ArgumentReader | undefined)[] = []
  readonly #runners: (LoopRunner | undefined)[] = []
  /** The participant line of the loop this thread is in. */
  #line = 0
  #need: Need | null = null
  #arrived: () => void = () => {}

  constructor(init: InitMessage) {
    this.#views = new HeapViews(init.memory)
    // Scheduler state never moves, so these views stay right when the memory grows.
    this.words = this.#views.words
    this.workers = init.workers
    this.worker = init.worker
    this.spinMs = init.spinMs
    this.#self = workerAt(init.worker, init.workers)
    this.#catalogue = new CatalogueReader(this.#views)
    const outbox = outboxBytesAt(init.worker, init.workers)
    this.#outbox = new Outbox(this.#views, outbox, init.again ? outbox : outbox + OUTBOX_BYTES)
    init.foreign.forEach((buffer, index) => this.#foreign.set(index + 1, buffer))
  }

  receive(message: BufferMessage): void {
    this.#foreign.set(message.id, message.buffer)
    this.#arrived()
  }

  async run(): Promise<void> {
    while (serve(this) !== STOPPED) {
      const need = this.#need
      this.#need = null
      if (need !== null) await this.#fetch(need)
    }
  }

  async #fetch(need: Need): Promise<void> {
    if (need.type === 'buffer') {
      while (!this.#foreign.has(need.id)) {
        await new Promise<void>((resolve) => (this.#arrived = resolve))
      }
      return
    }
    const { name } = this.#kernelEntry(need.kernel)
    try {
      await import(/* @vite-ignore */ need.url)
      if (registered(name) === undefined) throw new Error(`it registers no kernel "${name}"`)
    } catch (error) {
      this.#runnables[need.kernel] = broken(
        name,
        plainError(
          'ERR_KERNEL_UNKNOWN',
          `worker ${this.worker} could not load kernel "${name}" from ${need.url}: ${(error as Error).message}`,
          error,
        ),
      )
    }
  }

  prepare(slot: number, loop: number): Runner | null {
    const { words } = this
    const { doubles } = this.#views
    const kernel = words[loop + L_KERNEL]
    const runnable = (this.#runnables[kernel] ??= this.#resolve(kernel))
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

  /** The argument record; null if a buffer has to arrive first; undefined for a loop without arguments. */
  #arguments(slot: number, loop: number): unknown {
    const id = this.words[loop + L_SHAPE]
    if (id < 0) return undefined
    const shape = (this.#shapes[id] ??= this.#readShape(id))
    const reader = (this.#readers[slot] ??= new ArgumentReader(this.#views, this.#foreign))
    const line = this.words[loop + L_ARGUMENTS]
    const at = line === 0 ? loop + L_INLINE_ARGUMENTS : line * LINE_WORDS
    this.#views.cover((at + Math.max(shape.leaves, INLINE_ARGUMENTS) * ARGUMENT_WORDS) * 4)
    try {
      return reader.read(shape, at)
    } catch (error) {
      if (!(error instanceof MissingBuffer)) throw error
      this.#need = { type: 'buffer', id: error.id }
      return null
    }
  }

  #readShape(id: number): Shape {
    const entry = this.#catalogue.get(id)
    if (entry.type !== 'shape') throw new Error(`catalogue: entry ${id} is no shape`)
    return buildShape(id, entry.tree)
  }

  #kernelEntry(id: number) {
    const entry = this.#catalogue.get(id)
    if (entry.type !== 'kernel') throw new Error(`catalogue: entry ${id} is no kernel`)
    return entry
  }

  #resolve(id: number): Runnable | undefined {
    const { name, url, source } = this.#kernelEntry(id)
    if (source !== undefined) {
      try {
        return compileSource(name, source)
      } catch (error) {
        return broken(name, error)
      }
    }
    const kernel = registered(name)
    if (kernel !== undefined) return toRunnable(kernel)
    if (url === undefined)
      return broken(name, plainError('ERR_KERNEL_UNKNOWN', `no kernel "${name}"`))
    this.#need = { type: 'module', url, kernel: id }
    return undefined
  }

  #createRunner(): LoopRunner {
    return new LoopRunner(this.#views, {
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
    })
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

/** A kernel that could not be made ready fails where it would have run. */
function broken(name: string, error: unknown): Runnable {
  const fail = (): never => {
    throw error
  }
  return { kind: 'each', name, run: fail, fold: fail, identity: fail, combine: fail }
}
