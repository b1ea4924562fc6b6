/**
 * The jobs of one thread: what it spawns, what it runs, which of its fibers can go on.
 *
 * Every thread that runs jobs has one of these: workers, the starter, the worker of async jobs. Shared memory is touched through
 * `core/`; everything here belongs to this thread alone. README.md in this folder tells a job's life.
 */
import type { BufferIds } from '../binding/buffers.ts'
import { add, load, store } from '../core/atomics.ts'
import { add as addToList } from '../core/chain.ts'
import { NONE, push } from '../core/deque.ts'
import { wakeOne, wakeThread } from '../core/sleep/park.ts'
import { popOwn } from '../core/worker.ts'
import type { JobHooks, ThreadContext, Wait } from '../core/worker.ts'
import { CancelledError, typeError } from '../errors.ts'
import { now } from '../host/clock.ts'
import type { Outbox } from '../heap/outbox.ts'
import type { ThreadMemory } from '../heap/thread-memory.ts'
import type { HeapViews } from '../heap/views.ts'
import type { KernelState, KernelTable } from '../kernels/kernel-table.ts'
import type { KernelResolver } from '../kernels/resolver.ts'
import type { Runnable } from '../kernels/runnable.ts'
import type { JobFlavor, KernelKind } from '../kernels/types.ts'
import {
  HIGH,
  J_ARGUMENT,
  J_END,
  J_FLAGS,
  J_HOME,
  J_KERNEL,
  J_STATE,
  JOB_BATCH,
  LEVEL_MASK,
  NORMAL,
  QUEUED,
  RUNNING,
  T_BOTTOM,
  T_CANDIDATE,
  T_INBOX,
  T_STEALS,
  T_TOP,
  jobAt,
  ownerOf,
  threadAt,
} from '../layout/jobs.ts'
import type { JobArea } from '../layout/jobs.ts'
import { H_MAGIC, H_URGENT, H_VERSION } from '../layout/layout.ts'
import type { Recorder } from '../observe/recorder.ts'
import { cancelChildren, finishHeld } from './helping.ts'
import type { JobArguments } from './arguments.ts'
import { startAsync } from './async.ts'
import { beginBatch } from './batches.ts'
import { cancel, isCancelled } from './cancel.ts'
import { JobContextImpl } from './context.ts'
import { ThreadCounters } from './counters.ts'
import { Deadlines } from './deadlines.ts'
import { complete, takeList } from './endings.ts'
import { advance, startFiber } from './fibers.ts'
import { dropFork } from './forks.ts'
import { Handle } from './handle.ts'
import { NestedLoops } from './nested-loops.ts'
import { PrivateJobs, isSampled, learnCost } from './private-jobs.ts'
import { Queue } from './queue.ts'
import { JobRecords } from './records.ts'
import { refusePromise } from './result.ts'
import { NOTHING_TAKEN, ScratchArena } from './scratch.ts'
import { explainOverflow } from './stack.ts'
import type { FiberState } from './waiting.ts'

const JOB_ONLY: readonly KernelKind[] = ['job']

export interface JobThreadSetup {
  readonly context: ThreadContext
  readonly area: JobArea
  readonly views: HeapViews
  readonly memory: ThreadMemory
  readonly outbox: Outbox
  readonly kernels: KernelTable
  readonly resolver: KernelResolver
  readonly buffers: BufferIds
  readonly arguments: JobArguments
  /** Null unless the system is traced. */
  readonly recorder: Recorder | null
  /** The event loop has to bring something before the job can run: it is run then. */
  readonly putAside: (job: number) => void
  /** Without workers the event loop runs the jobs: it has something to do. */
  readonly nudge?: () => void
  /** The worker of async jobs is needed. */
  readonly wantAsyncWorker: () => void
  /** Looks for threads that died, while this one blocks; how often, in milliseconds. */
  readonly probe?: { readonly look: () => void; readonly everyMs: number }
  /** Takes in the ends of jobs that only an event loop hears of. */
  readonly collect?: () => void
  /** This event loop waits for one job or counter more (1) or less (-1). */
  readonly listen?: (change: number) => void
  readonly yieldToEvents: () => Promise<void>
}

/** What a suspended fiber waits for, as far as its thread has to look at it. */
type Watched = Pick<Wait, 'isOver'>

export class JobThread implements JobHooks {
  readonly setup: JobThreadSetup
  readonly context: ThreadContext
  readonly area: JobArea
  readonly words: Int32Array
  readonly memory: ThreadMemory
  readonly recorder: Recorder | null
  readonly scratch: ScratchArena
  readonly records: JobRecords
  readonly counters: ThreadCounters
  readonly loops: NestedLoops
  /** First word of this thread's record. */
  readonly self: number
  /** Handles of own records that are in use, by record. */
  readonly handles: (Handle | undefined)[] = []
  /** Fibers of this thread that wait for something that another thread may bring. */
  readonly fibers = new Map<number, FiberState>()
  readonly yielded = new Queue<FiberState>()
  readonly privates: PrivateJobs
  /** The job that runs now, innermost. */
  current: JobContextImpl | null = null
  /** Bodies begun. */
  runs = 0
  /** Fibers advanced inside each other. */
  depth = 0
  /** Bodies on the stack. */
  stacked = 0
  /** Plain ones of them. */
  plain = 0
  /** How the last body that `runBody` ran has ended. */
  failed = false
  #lastKernel: unknown = null
  #lastState: KernelState | null = null
  /** Ends of jobs whose timers and signals this thread's event loop brings. */
  readonly deadlines = new Deadlines()
  /** Jobs that ran at once for want of a record. */
  overflows = 0
  readonly #ready = new Queue<FiberState>()
  readonly #contexts: JobContextImpl[] = []
  readonly #plains: JobContextImpl[] = []
  /** Fibers that wait for what only tells this thread that it ends: nested loops, and jobs where no record was free for the fiber. */
  readonly #watched: { readonly target: Watched; readonly fiber: FiberState }[] = []

  constructor(setup: JobThreadSetup) {
    const { context, area, views, memory, buffers } = setup
    this.setup = setup
    this.context = context
    this.area = area
    this.words = views.words
    this.memory = memory
    this.recorder = setup.recorder
    this.self = threadAt(area, context.worker)
    this.scratch = new ScratchArena(memory)
    this.records = new JobRecords(views, area, context.worker, memory, buffers)
    this.counters = new ThreadCounters(this, views)
    this.loops = new NestedLoops(this, setup.kernels)
    this.privates = new PrivateJobs(this)
  }

  get workerIndex(): number {
    const { worker, workers } = this.context
    return worker > workers ? -1 : worker
  }

  /** True where nobody may block: the worker of async jobs. */
  get isEventLoop(): boolean {
    return this.context.worker > this.context.workers
  }

  stateOfKernel(kernel: unknown): KernelState {
    // A job spawns mostly the same kernel again, and a WeakMap is slow.
    if (kernel === this.#lastKernel) return this.#lastState!
    const state = this.setup.kernels.stateOf(kernel, JOB_ONLY, 'job')
    this.#lastKernel = kernel
    this.#lastState = state
    return state
  }

  nameOf(job: number): string {
    return this.setup.resolver.nameOf(this.words[jobAt(this.area, job) + J_KERNEL])
  }

  /** Puts a written job into this thread's deque and wakes somebody for it. */
  publish(job: number, level: number): void {
    const { words, area, self } = this
    if (level === HIGH) add(words, H_URGENT, 1)
    push(words, self, level, area.capacity, job)
    if (area.workers === 0) this.setup.nudge?.()
    else wakeOne(words, area.workers)
  }

  /** Runs the newest job that this thread has spawned. False if there is none. */
  runNewest(level: number): boolean {
    if (this.privates.run(level)) return true
    const job = this.popOwn(level)
    if (job === NONE) return false
    this.run(job, false)
    return true
  }

  /** The same for jobs that are at least as urgent as `level`, the most urgent first. */
  runUrgent(level: number): boolean {
    for (let urgent = HIGH; urgent <= level; urgent++) if (this.runNewest(urgent)) return true
    return false
  }

  // What core/worker.ts asks for

  resume(inbox: boolean): boolean {
    if (inbox && load(this.words, this.self + T_INBOX) !== 0) this.#openInbox()
    if (this.#watched.length > 0) this.#lookAtWatched()
    const fiber = this.#ready.take()
    if (fiber === undefined) return false
    advance(this, fiber)
    return true
  }

  resumeYielded(): boolean {
    const fiber = this.yielded.take()
    if (fiber === undefined) return false
    advance(this, fiber)
    return true
  }

  hasReady(): boolean {
    if (this.#ready.length + this.yielded.length + this.privates.count > 0) return true
    return this.#watched.some(({ target }) => target.isOver())
  }

  runPrivate(level: number): boolean {
    return this.privates.run(level)
  }

  hasPrivate(): boolean {
    return this.privates.count > 0
  }

  readonly accept = (job: number): boolean => {
    if (this.context.nested === 0) return true
    const at = jobAt(this.area, job)
    const { resolver, arguments: reader } = this.setup
    if (resolver.resolve(this.words[at + J_KERNEL]) !== undefined && reader.canRead(at)) return true
    this.context.refused = true
    return false
  }

  run(job: number, stolen: boolean): boolean {
    const { words, self } = this
    const at = jobAt(this.area, job)
    words[at + J_HOME] = this.context.worker + 1
    if (stolen) {
      store(words, at + J_STATE, RUNNING)
      store(words, self + T_CANDIDATE, 0)
      words[self + T_STEALS]++
      if (this.recorder !== null) this.recorder.stoleJob(ownerOf(this.area, job))
    } else words[at + J_STATE] = RUNNING
    if (isCancelled(this, job)) {
      complete(this, job, true, new CancelledError(this.nameOf(job)))
      return true
    }
    const { resolver, arguments: reader } = this.setup
    const runnable =
      (stolen || !this.records.isOwn(job)
        ? undefined
        : this.handles[this.records.indexOf(job)]?.runnable) ??
      resolver.resolve(words[at + J_KERNEL])
    if (runnable === undefined || !reader.canRead(at)) {
      this.setup.putAside(job)
      return false
    }
    this.#begin(job, at, runnable)
    return true
  }

  #begin(job: number, at: number, runnable: Runnable): void {
    const flags = this.words[at + J_FLAGS]
    const level = flags & LEVEL_MASK
    if ((flags & JOB_BATCH) !== 0) {
      const { doubles } = this.setup.views
      beginBatch(
        this,
        job,
        runnable,
        level,
        doubles[(at + J_ARGUMENT) / 2],
        doubles[(at + J_END) / 2],
      )
      return
    }
    const args = this.setup.arguments.read(at)
    if (runnable.flavor === 'plain') {
      const outcome = this.runBody(job, runnable, args, level)
      complete(this, job, this.failed, outcome)
    } else if (runnable.flavor === 'generator') {
      startFiber(this, job, runnable, level, (ctx) => runnable.body(ctx, args))
    } else startAsync(this, job, runnable, args, level)
  }

  /**
   * Runs the body of a plain job and waits for its children. `job` is its record, or its parent's if it has none. Returns its result, or
   * its error if `failed` is set then: an object for both would cost a small job more than its call.
   */
  runBody(job: number, runnable: Runnable, args: unknown, level: number): unknown {
    const { recorder } = this
    const begin = recorder === null ? 0 : recorder.now()
    const { plain } = this
    const ctx = this.#acquirePlain(job, runnable.name, level)
    const outer = this.current
    const { stacked } = this
    this.current = ctx
    this.stacked = stacked + 1
    const sampled = isSampled(runnable)
    const start = sampled ? now() : 0
    const run = ++this.runs
    let outcome: unknown
    let failed = false
    try {
      outcome = runnable.body(ctx, args)
      // Joins that overflowed, and whose error the body caught.
      if (ctx.fork !== ctx.first) dropFork(ctx, ctx.first, ctx.holds, undefined)
      if (ctx.held.length > 0) finishHeld(ctx, 0)
      if (typeof outcome === 'object' && outcome !== null) refusePromise(runnable.name, outcome)
    } catch (error) {
      failed = true
      outcome = explainOverflow(runnable.name, dropFork(ctx, ctx.first, ctx.holds, error))
      if (ctx.held.length > 0) cancelChildren(ctx, 0)
    }
    this.stacked = stacked
    if (sampled && this.runs === run) learnCost(runnable, start)
    this.current = outer
    this.#leave(ctx)
    this.plain = plain
    if (recorder !== null) recorder.job(runnable.id, recorder.nextNumber(), begin, 0)
    this.failed = failed
    return outcome
  }

  /** A context for a plain body. Bodies lie on top of each other, so each depth has its own. */
  #acquirePlain(job: number, name: string, level: number): JobContextImpl {
    const depth = this.plain++
    let ctx = depth < this.#plains.length ? this.#plains[depth] : this.#addPlain(depth)
    // Still in use: an error on the way out, as when the stack was used up, has left it behind.
    if (ctx.ticket % 2 !== 0) ctx = this.#addPlain(depth)
    ctx.ticket++
    ctx.job = job
    // A comparison is cheaper than a store, behind which the collector's write barrier stands.
    if (ctx.name !== name) ctx.name = name
    if (ctx.level !== level) this.#setLevel(ctx, level, 'plain')
    return ctx
  }

  #addPlain(depth: number): JobContextImpl {
    const ctx = new JobContextImpl(this)
    this.#setLevel(ctx, NORMAL, 'plain')
    this.#plains[depth] = ctx
    return ctx
  }

  #setLevel(ctx: JobContextImpl, level: number, flavor: JobFlavor): void {
    const shared = this.area.workers > 0 && flavor === 'plain'
    ctx.level = level
    ctx.topAt = shared ? this.self + T_TOP + level : H_MAGIC
    ctx.bottomAt = shared ? this.self + T_BOTTOM + level : H_VERSION
    // Only plain jobs may fork: others are sent to `promote` each time, which refuses.
    if (flavor !== 'plain') ctx.bottomAt = ctx.topAt
  }

  acquire(job: number, name: string, level: number, flavor: JobFlavor): JobContextImpl {
    const ctx = this.#contexts.pop() ?? new JobContextImpl(this)
    ctx.ticket++
    ctx.job = job
    // A comparison is cheaper than a store, behind which the collector's write barrier stands.
    if (ctx.name !== name) ctx.name = name
    if (ctx.flavor !== flavor) ctx.flavor = flavor
    ctx.cancelled = false
    this.#setLevel(ctx, level, flavor)
    return ctx
  }

  release(ctx: JobContextImpl): void {
    this.#leave(ctx)
    // A timer of an async job may keep its context: that would be another job's.
    if (ctx.flavor !== 'async') this.#contexts.push(ctx)
  }

  /** Lets go of what a job had in its context, and of its ticket. */
  #leave(ctx: JobContextImpl): void {
    if (ctx.segments.length > 0) this.scratch.rewind(ctx.segments, NOTHING_TAKEN)
    // Looked at first: setting the length of an array costs more than running a small job.
    if (ctx.blocks.length > 0) {
      for (const block of ctx.blocks) this.memory.release(block)
      ctx.blocks.length = 0
    }
    // Left here, their failures would be those of the next job.
    if (ctx.loops.length > 0) ctx.loops.length = 0
    if (ctx.holds > 0) {
      ctx.held.length = 0
      ctx.holds = 0
    }
    ctx.ticket++
  }

  popOwn(level: number): number {
    return popOwn(this.context, this.area, level)
  }

  // Fibers

  #openInbox(): void {
    const { words, area, context } = this
    const jobs = takeList(this, this.self + T_INBOX)
    // Before any of them begins: if this thread ends in one, the others are known to be lost with it.
    for (const job of jobs) {
      const at = jobAt(area, job)
      if (load(words, at + J_STATE) !== QUEUED) continue
      words[at + J_HOME] = context.worker + 1
      store(words, at + J_STATE, RUNNING)
    }
    for (const job of jobs) this.#wake(job)
  }

  #wake(job: number): void {
    const fiber = this.fibers.get(job)
    if (fiber !== undefined) this.ready(fiber)
    else if (!this.counters.resolve(job)) this.run(job, false)
  }

  /** Lets a suspended job go on, in the thread it lives in. */
  readonly resumeJob = (job: number): void => {
    const { words, area } = this
    const home = words[jobAt(area, job) + J_HOME] - 1
    if (home === this.context.worker) {
      this.#wake(job)
      return
    }
    addToList(words, area, threadAt(area, home) + T_INBOX, job)
    wakeThread(words, area.workers, home)
  }

  /** Queues a fiber of this thread. */
  ready(fiber: FiberState): void {
    this.fibers.delete(fiber.job)
    this.#ready.put(fiber)
    if (this.area.workers === 0) this.setup.nudge?.()
  }

  /** Queues a fiber once its target is over, which wakes this thread. */
  watch(target: Watched, fiber: FiberState): void {
    this.#watched.push({ target, fiber })
  }

  #lookAtWatched(): void {
    for (let index = this.#watched.length - 1; index >= 0; index--) {
      const { target, fiber } = this.#watched[index]
      if (!target.isOver()) continue
      this.#watched.splice(index, 1)
      this.#ready.put(fiber)
    }
  }

  cancel(handle: Handle, reason?: unknown): void {
    cancel(this, handle, reason)
  }

  // Event loops

  hold(): void {
    this.setup.listen?.(1)
  }

  letGo(): void {
    this.setup.listen?.(-1)
  }

  yieldToEvents(): Promise<void> {
    return this.setup.yieldToEvents()
  }

  /** Refuses to make a promise of a handle where no event loop would settle it. */
  checkListens(handle: Handle): void {
    const { owner, ticket } = handle
    // The starter has an event loop, but the same job may run in a thread that has none.
    const inJob = owner !== null && owner.ticket === ticket && owner.flavor !== 'async'
    if (this.setup.listen !== undefined && !inJob) return
    throw typeError(
      'ERR_WOULD_BLOCK',
      `job "${handle.name}" cannot be awaited here, where no event loop would settle it: use ctx.wait(handle), with yield* in a generator job`,
    )
  }
}
