/** Jobs as the thread that started the system sees them: it sends them out and hears by its event loop how they ended. */
import { compareAndSet, load, notify, store } from '../core/atomics.ts'
import { openDetached } from '../core/detached.ts'
import { wakeAll } from '../core/sleep/park.ts'
import { RAN, step } from '../core/worker.ts'
import { DeadlockError, TimeoutError, plainError } from '../errors.ts'
import { Outbox } from '../heap/outbox.ts'
import type { SharedHeap } from '../heap/heap.ts'
import { ThreadMemory } from '../heap/thread-memory.ts'
import { now } from '../host/clock.ts'
import { requireRoom, requireRoomForBody } from '../host/room.ts'
import type { Host, KeepAlive } from '../host/host.ts'
import { importModule } from '../host/import-module.ts'
import type { BufferTable } from '../binding/buffers.ts'
import { ShapeReader } from '../binding/shape-reader.ts'
import type { Catalogue } from '../heap/catalogue.ts'
import type { KernelTable } from '../kernels/kernel-table.ts'
import { KernelResolver } from '../kernels/resolver.ts'
import { T_INBOX, threadAt } from '../layout/jobs.ts'
import type { JobArea } from '../layout/jobs.ts'
import { AWAKE, H_LIMIT, LINE_BYTES, LISTENING, W_PARK, workerAt } from '../layout/layout.ts'
import type { Recorder } from '../observe/recorder.ts'
import { readRunOptions } from './run-options.ts'
import type { RunOptions } from './run-options.ts'
import { helpUntil } from './helping.ts'
import { JobArguments } from './arguments.ts'
import { cancelDetached } from './cancel.ts'
import { checkCount } from './counter.ts'
import type { Counter } from './counter.ts'
import { openReplies } from './endings.ts'
import { nextNews } from './event-loop.ts'
import { Handle } from './handle.ts'
import { loseWorker } from './lost.ts'
import { Orders } from './orders.ts'
import { takeRecord } from './spawning.ts'
import { JobThread } from './thread.ts'
import { StarterContext, knownBuffers, makeArea } from './starter-context.ts'
import { isQuiet, waitingJobs } from './watchdog.ts'

/** How long the event loop waits at most while it runs jobs itself. */
const SLICE_MS = 4
/** A blocked starter looks this often whether its workers still live. */
const PROBE_MS = 50

export interface StarterSetup {
  readonly host: Host
  readonly heap: SharedHeap
  readonly workers: number
  /** Workers that a sync call engages besides its own thread. */
  readonly syncWorkers: number
  readonly spinMs: number
  readonly capacity: number | undefined
  readonly stallMs: number
  readonly keepAlive: KeepAlive
  readonly kernels: KernelTable
  readonly catalogue: Catalogue
  readonly buffers: BufferTable
  /** Null unless the system is traced. */
  readonly recorder: Recorder | null
  readonly probe: () => void
  readonly startAsyncWorker: () => void
  /** A detached job failed. */
  readonly failed: (error: unknown) => void
  /** Jobs wait for something that nobody is left to bring. */
  readonly stalled: (waiting: readonly string[]) => void
}

export class StarterJobs {
  readonly thread: JobThread
  readonly orders: Orders
  readonly #setup: StarterSetup
  readonly #words: Int32Array
  readonly #area: JobArea
  readonly #park: number
  /** Jobs and counters that the event loop waits for. */
  #awaited = 0
  #listening = false
  #stopWatchdog: (() => void) | null = null
  #draining = false
  /** The sync call that blocks this thread, and since when nothing has moved. */
  #blocked: { readonly handle: Handle; ended: number; since: number } | null = null
  /** Why nothing can be waited for any more. */
  #closed: { readonly reason: unknown } | null = null

  constructor(setup: StarterSetup) {
    const { heap, workers, catalogue, kernels, buffers } = setup
    this.#setup = setup
    this.#words = heap.views.words
    this.#area = makeArea(heap, workers, setup.capacity)
    this.#park = workerAt(workers, workers) + W_PARK
    const { views } = heap
    const memory = new ThreadMemory(views)
    const shapes = new ShapeReader(catalogue)
    this.thread = new JobThread({
      context: new StarterContext(views.words, workers, setup, () => this.thread),
      area: this.#area,
      views,
      memory,
      outbox: new Outbox(views, 0, 0),
      recorder: setup.recorder,
      kernels,
      resolver: new KernelResolver(catalogue, importModule),
      buffers,
      arguments: new JobArguments(views, shapes, knownBuffers(buffers), (word) =>
        this.thread.counters.at(word),
      ),
      putAside: (job) => this.#putAside(job),
      nudge: () => this.#wake(),
      wantAsyncWorker: () => (workers === 0 ? this.#wake() : setup.startAsyncWorker()),
      probe: { look: () => this.#probe(), everyMs: PROBE_MS },
      collect: () => openReplies(this.thread, setup.failed),
      listen: (change) => this.#await(change),
      yieldToEvents: () => setup.host.yieldToEvents(),
    })
    this.orders = new Orders(this.thread, setup.host, (change) => this.#await(change))
  }

  // Sync

  /** What a blocked thread has to look after. */
  #probe(): void {
    this.#setup.probe()
    // The message by which a worker asks for it waits in the event loop.
    const inbox = threadAt(this.#area, this.#area.workers + 1) + T_INBOX
    if (load(this.#words, inbox) !== 0) this.#setup.startAsyncWorker()
    this.#lookBlocked()
  }

  /** Runs a job to its end; this thread takes part. May block. */
  runSync(kernel: unknown, args: unknown, options: RunOptions = {}): unknown {
    const { level, signal, timeout, after } = readRunOptions(options)
    const state = this.thread.stateOfKernel(kernel)
    const shape = state.checker.checkJob(args)
    const { name, flavor } = state.runnable
    if (flavor === 'async' || after.length > 0) {
      throw plainError(
        'ERR_WOULD_BLOCK',
        `jobs.runSync blocks the event loop that ${flavor === 'async' ? `async job "${name}"` : 'the jobs in after'} may need; await jobs.run instead`,
      )
    }
    if (signal?.aborted === true) throw signal.reason
    if (timeout === 0) throw new TimeoutError(0, 'job')
    const { thread } = this
    requireRoomForBody('jobs.runSync')
    const job = takeRecord(thread)
    thread.records.write(job, state.id, shape, args, level, 0)
    const handle = new Handle(thread, name, null, job, null)
    thread.handles[thread.records.indexOf(job)] = handle
    this.#block(handle, job, timeout, signal)
    return handle.value
  }

  /** Runs a job of a sync call, and others until it has ended. */
  #block(handle: Handle, job: number, timeout: number, signal: AbortSignal | undefined): void {
    const { thread } = this
    const words = this.#words
    const removeDeadline = thread.deadlines.add(handle, timeout, signal)
    this.#blocked = { handle, ended: -1, since: 0 }
    store(words, H_LIMIT, this.#setup.syncWorkers)
    try {
      thread.run(job, false)
      helpUntil(thread, {
        isOver: () => {
          thread.deadlines.look()
          return handle.isOver()
        },
        announce: () => handle.announce(),
      })
    } catch (error) {
      this.#leave(handle, error)
      throw error
    } finally {
      removeDeadline()
      this.#blocked = null
      store(words, H_LIMIT, this.#area.workers)
      this.#afterBlocking()
    }
  }

  /** Cancels a sync call's job that only the event loop can end; it ends there. */
  #leave(handle: Handle, reason: unknown): void {
    handle.cancel(reason)
    if (handle.isOver()) return
    this.#await(1)
    handle.outside = {
      cancel: null,
      stopWatching: null,
      settled: () => this.#await(-1),
    }
  }

  /** While this thread is blocked no watchdog runs, and nobody but the workers can end what the call waits for. */
  #lookBlocked(): void {
    const blocked = this.#blocked
    if (blocked === null) return
    const ended = isQuiet(this.thread)
    if (ended < 0 || ended !== blocked.ended) {
      blocked.ended = ended
      blocked.since = now()
    } else if (now() - blocked.since >= this.#setup.stallMs) {
      const waiting = waitingJobs(this.thread)
      if (waiting.length > 0) blocked.handle.cancel(new DeadlockError(waiting))
    }
  }

  /** What the event loop was told while it stood still. */
  #afterBlocking(): void {
    wakeAll(this.#words, this.#area.workers)
    if (this.#listening) notify(this.#words, this.#park)
    else if (this.detached > 0) void this.#listen()
  }

  counter(value: number): Counter {
    const first = checkCount(value)
    requireRoom('jobs.counter')
    const { heap } = this.#setup
    const offset = heap.allocate(LINE_BYTES)
    return this.thread.counters.create(offset, first, () => heap.release(offset))
  }

  // Listening

  #await(change: number): void {
    if (this.#awaited === 0 && change > 0) this.#setup.keepAlive.hold()
    this.#awaited += change
    if (this.#awaited === 0 && change < 0) this.#setup.keepAlive.release()
    if (this.#awaited === 0) return
    if (this.#listening) this.#watch()
    else void this.#listen()
  }

  /** Ends the wait of the event loop. */
  #wake(): void {
    if (compareAndSet(this.#words, this.#park, LISTENING, AWAKE)) notify(this.#words, this.#park)
  }

  async #listen(): Promise<void> {
    this.#listening = true
    this.#watch()
    // What is ordered in one go is sent before anybody listens.
    await Promise.resolve()
    // Detached jobs hold no process alive, but run here if there are no workers, and report their failures.
    while (this.#awaited > 0 || (this.detached > 0 && this.#closed === null)) {
      if (await this.#serveOnce()) continue
      await nextNews(this.thread)
    }
    this.#listening = false
    this.#stopWatchdog?.()
    this.#stopWatchdog = null
    // What ended the last wait may be a detached job that failed. Listeners may start jobs, so this comes last.
    openReplies(this.thread, this.#setup.failed)
  }

  /** Takes in what others sent, and without workers runs jobs for a few milliseconds. True if there may be more. */
  async #serveOnce(): Promise<boolean> {
    const { thread } = this
    openReplies(thread, this.#setup.failed)
    this.orders.flush()
    if (this.#area.workers > 0) {
      while (thread.resume(true));
      return false
    }
    const end = now() + SLICE_MS
    let found = step(thread.context)
    while (found === RAN && now() < end) found = step(thread.context)
    if (found !== RAN) return this.orders.waits && thread.records.inUse === 0
    await this.#setup.host.yieldToEvents()
    return true
  }

  #putAside(job: number): void {
    const { resolver } = this.thread.setup
    const { need } = resolver
    resolver.need = null
    if (need === null) return
    this.#await(1)
    void resolver.fetch(need, 'the starter').then(() => {
      this.#await(-1)
      this.thread.run(job, false)
    })
  }

  // The end

  /** Detached jobs that have not ended. */
  get detached(): number {
    return openDetached(this.#words, this.#area)
  }

  get isDrained(): boolean {
    return this.#awaited === 0 && this.detached === 0
  }

  /** Resolves true once every job has ended, detached ones too; false after `milliseconds`. */
  async drained(milliseconds: number): Promise<boolean> {
    const end = now() + milliseconds
    this.#draining = true
    // Replies of detached jobs that failed arrive only where somebody listens.
    this.#await(1)
    try {
      while (this.#awaited > 1 || this.detached > 0) {
        if (now() >= end) return false
        await new Promise<void>((resolve) => void this.#setup.host.after(1, resolve))
        if (this.#area.workers === 0) this.#wake()
      }
      openReplies(this.thread, this.#setup.failed)
      return true
    } finally {
      this.#await(-1)
    }
  }

  /** Cancels everything that this thread sent out, detached jobs, and what the program waits for. */
  cancelAll(reason: unknown): void {
    this.orders.cancelAll(reason)
    cancelDetached(this.thread)
    this.thread.counters.giveUp(reason)
  }

  /** The system has ended: whatever is waited for from now on never comes. */
  end(reason: unknown): void {
    this.#closed = { reason }
    this.thread.counters.end(reason)
    this.#wake()
  }

  /** Settles everything, because no worker is left that would. */
  abandonAll(reason: unknown): void {
    this.orders.abandonAll(reason)
    this.end(reason)
  }

  /** A worker's thread has ended: whatever it held fails. */
  workerLost(worker: number, cause: unknown, replaced: boolean): void {
    loseWorker(this.thread, worker, cause, replaced)
    this.#wake()
  }

  // Watchdog

  #watch(): void {
    const { host, stallMs, stalled } = this.#setup
    if (stallMs === Infinity || this.#stopWatchdog !== null) return
    // Quiet twice in a row with nothing ended in between: nothing moves. Said once, until something does.
    let quiet = -1
    let said = -1
    const look = (): void => {
      if (this.isDrained) {
        // An idle pool has no timer.
        this.#stopWatchdog = null
        return
      }
      const ended = isQuiet(this.thread)
      // While the system drains, what was said before is not over.
      if (ended >= 0 && ended === quiet && (ended !== said || this.#draining)) {
        const waiting = waitingJobs(this.thread)
        if (waiting.length > 0) {
          // Nobody holds a handle of detached jobs that could say so.
          if (ended !== said && (!this.#draining || this.detached > 0)) stalled(waiting)
          said = ended
          if (this.#draining) this.cancelAll(new DeadlockError(waiting))
        }
      }
      quiet = ended
      this.#stopWatchdog = host.after(stallMs / 2, look)
    }
    this.#stopWatchdog = host.after(stallMs / 2, look)
  }
}
