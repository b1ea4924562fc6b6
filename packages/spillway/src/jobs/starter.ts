/** Jobs as the thread that started the system sees them: it sends them out and hears by its event loop how they ended. */
import { compareAndSet, load, notify, store } from '../core/atomics.ts'
import { wakeAll } from '../core/sleep/park.ts'
import { RAN, step } from '../core/worker.ts'
import { DeadlockError, TimeoutError, plainError, show, typeError } from '../errors.ts'
import { Outbox } from '../heap/outbox.ts'
import type { SharedHeap } from '../heap/heap.ts'
import { ThreadMemory } from '../heap/thread-memory.ts'
import { now } from '../host/clock.ts'
import type { Host, KeepAlive } from '../host/host.ts'
import type { BufferTable } from '../binding/buffers.ts'
import { ShapeReader } from '../binding/shape-reader.ts'
import { copyArguments } from '../binding/write.ts'
import type { Catalogue } from '../heap/catalogue.ts'
import type { KernelState, KernelTable } from '../kernels/kernel-table.ts'
import { KernelResolver } from '../kernels/resolver.ts'
import {
  JOB_BATCH,
  JOB_REPLY,
  LEVEL_MASK,
  T_DETACHED,
  T_DETACHED_ENDED,
  T_INBOX,
  threadAt,
} from '../layout/jobs.ts'
import type { JobArea } from '../layout/jobs.ts'
import { AWAKE, H_TAKERS, LINE_BYTES, LISTENING, W_PARK, workerAt } from '../layout/layout.ts'
import { readRunOptions } from '../options.ts'
import type { RunOptions } from '../options.ts'
import { JobArguments } from './arguments.ts'
import { cancelDetached } from './cancel.ts'
import { checkCount } from './counter.ts'
import type { Counter } from './counter.ts'
import { openReplies } from './endings.ts'
import { nextNews } from './event-loop.ts'
import { Handle } from './handle.ts'
import { loseWorker } from './lost.ts'
import { sendAsync, takeRecord } from './spawning.ts'
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
  readonly probe: () => void
  readonly startAsyncWorker: () => void
  /** A detached job failed. */
  readonly failed: (error: unknown) => void
  /** Jobs wait for something that nobody is left to bring. */
  readonly stalled: (waiting: readonly string[]) => void
}

/** What a job is made from, while it waits for others or for a record. */
interface Order {
  readonly handle: Handle
  readonly state: KernelState
  readonly args: unknown
  readonly flags: number
  readonly batch: number
}

export class StarterJobs {
  readonly thread: JobThread
  readonly #setup: StarterSetup
  readonly #words: Int32Array
  readonly #area: JobArea
  readonly #park: number
  /** Jobs that were ordered while all records were in use, and which no record stands for yet. */
  readonly #backlog: Order[] = []
  readonly #open = new Set<Handle>()
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
      kernels,
      resolver: new KernelResolver(catalogue),
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
  }

  // Sending out

  run(kernel: unknown, args: unknown, options: RunOptions = {}): Handle {
    const { level, signal, timeout, after } = readRunOptions(options)
    const state = this.thread.stateOfKernel(kernel)
    state.checker.checkJob(args)
    const dependencies = after.map((handle) => this.#dependency(handle))
    if (signal?.aborted === true) return this.#refused(state.name, signal.reason)
    const handle = this.#handle(state.name)
    this.#watchEnds(handle, signal, timeout)
    const order = { handle, state, args: copyArguments(args), flags: level | JOB_REPLY, batch: -1 }
    if (dependencies.length === 0) this.#send(order)
    else void this.#sendAfter(order, dependencies)
    return handle
  }

  /** One job per index below `list`, or per element of it. */
  runMany(kernel: unknown, list: unknown, options: RunOptions = {}): Handle {
    const { level, signal, timeout, after } = readRunOptions(options)
    const state = this.thread.stateOfKernel(kernel)
    if (typeof list !== 'number' && !Array.isArray(list)) {
      throw typeError(
        'ERR_ARGUMENT',
        `runMany takes a number of jobs, or an array with the arguments of each; got ${show(list)}`,
      )
    }
    if (typeof list === 'number') checkCount(list)
    else for (const args of list as unknown[]) state.checker.checkJob(args)
    const dependencies = after.map((handle) => this.#dependency(handle))
    if (signal?.aborted === true) return this.#refused(state.name, signal.reason)
    const handle = this.#handle(state.name)
    this.#watchEnds(handle, signal, timeout)
    const count = typeof list === 'number' ? list : list.length
    const start = (): void => {
      if (count === 0) handle.settle(false, [])
      else if (typeof list === 'number' && state.runnable.flavor !== 'async') {
        this.#send({ handle, state, args: 0, flags: level | JOB_REPLY | JOB_BATCH, batch: count })
      } else {
        const each = typeof list === 'number' ? Array.from({ length: list }, (_, i) => i) : list
        this.#gather(handle, each as unknown[], state, level)
      }
    }
    if (dependencies.length === 0) start()
    else void this.#afterAll(handle, dependencies, start)
    return handle
  }

  /** One job per element; the handle gets their results in order. */
  #gather(handle: Handle, list: readonly unknown[], state: KernelState, level: number): void {
    const members = list.map((args) => {
      const member = this.#handle(state.name)
      this.#send({
        handle: member,
        state,
        args: copyArguments(args),
        flags: level | JOB_REPLY,
        batch: -1,
      })
      return member
    })
    handle.outside!.cancel = (reason) => {
      for (const member of members) member.cancel(reason)
    }
    Promise.all(members.map((member) => member.promise())).then(
      (values) => handle.settled || handle.settle(false, values),
      async (error: unknown) => {
        await Promise.allSettled(members.map((member) => member.promise()))
        if (!handle.settled) handle.settle(true, error)
      },
    )
  }

  #handle(name: string): Handle {
    const handle = new Handle(this.thread, name, 0, null)
    this.#open.add(handle)
    this.#await(1)
    handle.outside = {
      cancel: null,
      stopWatching: null,
      settled: () => {
        this.#open.delete(handle)
        handle.outside!.stopWatching?.()
        this.#await(-1)
        // Nobody asked: as with a promise that nobody handles.
        if (handle.failed && !handle.observed) void handle.promise()
      },
    }
    return handle
  }

  #refused(name: string, reason: unknown): Handle {
    const handle = this.#handle(name)
    handle.settle(true, reason)
    return handle
  }

  #dependency(handle: unknown): Handle {
    if (handle instanceof Handle && handle.thread === this.thread) return handle
    throw typeError(
      'ERR_HANDLE',
      `after takes handles that jobs.run or jobs.runMany of this system returned; got ${show(handle)}`,
    )
  }

  async #sendAfter(order: Order, dependencies: readonly Handle[]): Promise<void> {
    await this.#afterAll(order.handle, dependencies, () => this.#send(order))
  }

  async #afterAll(
    handle: Handle,
    dependencies: readonly Handle[],
    start: () => void,
  ): Promise<void> {
    try {
      await Promise.all(dependencies.map((dependency) => dependency.promise()))
    } catch (error) {
      if (!handle.settled) handle.settle(true, error)
      return
    }
    if (!handle.settled) start()
  }

  #send(order: Order): void {
    if (this.#backlog.length > 0 || !this.#sendNow(order)) this.#backlog.push(order)
  }

  #sendNow({ handle, state, args, flags, batch }: Order): boolean {
    if (handle.settled) return true
    const { records, handles } = this.thread
    let job = records.take()
    if (job === 0) {
      records.collectReturned()
      job = records.take()
    }
    if (job === 0) return false
    try {
      records.write(job, state.id, state.checker.checkJob(args), args, flags, 0)
    } catch (error) {
      // The heap is full: long argument records need room.
      records.give(job)
      handle.settle(true, error)
      return true
    }
    if (batch >= 0) records.writeBatch(job, 0, batch)
    handle.job = job
    handles[records.indexOf(job)] = handle
    if (state.runnable.flavor === 'async') sendAsync(this.thread, job)
    else {
      this.thread.publish(job, flags & LEVEL_MASK)
    }
    return true
  }

  #watchEnds(handle: Handle, signal: AbortSignal | undefined, timeout: number): void {
    if (signal === undefined && timeout === Infinity) return
    const abort = (): void => handle.cancel(signal!.reason)
    signal?.addEventListener('abort', abort, { once: true })
    const stopTimer =
      timeout === Infinity
        ? undefined
        : this.#setup.host.after(timeout, () => handle.cancel(new TimeoutError(timeout, 'job')))
    handle.outside!.stopWatching = () => {
      signal?.removeEventListener('abort', abort)
      stopTimer?.()
    }
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
    const job = takeRecord(thread, false)
    thread.records.write(job, state.id, shape, args, level, 0)
    const handle = new Handle(thread, name, job, null)
    thread.handles[thread.records.indexOf(job)] = handle
    this.#block(handle, job, timeout, signal)
    return handle.value
  }

  /** Runs a job of a sync call, and others until it has ended. */
  #block(handle: Handle, job: number, timeout: number, signal: AbortSignal | undefined): void {
    const { thread } = this
    const words = this.#words
    const end = now() + timeout
    const outer = thread.expire
    const expire = (): void => {
      if (now() > end) handle.cancel(new TimeoutError(timeout, 'job'))
      else if (signal?.aborted === true) handle.cancel(signal.reason)
    }
    if (timeout !== Infinity || signal !== undefined) thread.expire = expire
    this.#blocked = { handle, ended: -1, since: 0 }
    store(words, H_TAKERS, this.#setup.syncWorkers)
    try {
      thread.run(job, false)
      thread.helpUntil({
        isOver: () => {
          thread.expire?.()
          return handle.isOver()
        },
        announce: () => handle.announce(),
      })
    } catch (error) {
      this.#leave(handle, error)
      throw error
    } finally {
      thread.expire = outer
      this.#blocked = null
      store(words, H_TAKERS, this.#area.workers)
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
    return this.thread.counters.create(this.#setup.heap.allocate(LINE_BYTES), first)
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
    while (this.#backlog.length > 0 && this.#sendNow(this.#backlog[0])) this.#backlog.shift()
    if (this.#area.workers > 0) {
      while (thread.resume(true));
      return false
    }
    const end = now() + SLICE_MS
    let found = step(thread.context)
    while (found === RAN && now() < end) found = step(thread.context)
    if (found !== RAN) return this.#backlog.length > 0 && thread.records.inUse === 0
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
    let open = 0
    // Ended ones first: one that is spawned and ends in between must not make up for one that runs.
    for (let thread = 0; thread < this.#area.threads; thread++) {
      open -= load(this.#words, threadAt(this.#area, thread) + T_DETACHED_ENDED)
    }
    for (let thread = 0; thread < this.#area.threads; thread++) {
      open += load(this.#words, threadAt(this.#area, thread) + T_DETACHED)
    }
    return open
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
    for (const handle of this.#open) handle.cancel(reason)
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
    this.#backlog.length = 0
    for (const handle of this.#open) if (!handle.settled) handle.settle(true, reason)
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
      if (ended >= 0 && ended === quiet && ended !== said) {
        const waiting = waitingJobs(this.thread)
        if (waiting.length > 0) {
          said = ended
          // Nobody holds a handle of detached jobs that could say so.
          if (!this.#draining || this.detached > 0) stalled(waiting)
          if (this.#draining) this.cancelAll(new DeadlockError(waiting))
        }
      }
      quiet = ended
      this.#stopWatchdog = host.after(stallMs / 2, look)
    }
    this.#stopWatchdog = host.after(stallMs / 2, look)
  }
}
