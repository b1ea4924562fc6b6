/** What a job's body sees. Pooled: one object serves many jobs, one after the other. */
import type { TypedArray } from '../binding/elements.ts'
import { CancelledError, plainError, show, typeError } from '../errors.ts'
import { hasRoomForBody, requireRoom } from '../host/room.ts'
import type { JobFlavor, JobKernel } from '../kernels/types.ts'
import { NORMAL } from '../layout/jobs.ts'
import { LINE_BYTES } from '../layout/layout.ts'
import { cancelChildren, finishHeld, helpUntil, stepOnce } from './helping.ts'
import { checkCount, Counter } from './counter.ts'
import { Handle } from './handle.ts'
import type { LoopForm, LoopTarget } from './nested-loops.ts'
import { isCancelled } from './cancel.ts'
import { Fork, dropFork, endBranch, endWithCare, joinWithCare } from './forks.ts'
import type { ScratchMark, Segment } from './scratch.ts'
import { spawn, spawnDetached } from './spawning.ts'
import { DEEP } from './stack.ts'
import type { JobThread } from './thread.ts'
import type { JobContext, JobHandle, Priority, SpawnOptions, Waiting } from './types.ts'
import { CounterTarget, Over, WaitRequest, resultsOf } from './waiting.ts'
import type { Target } from './waiting.ts'

/** Children kept before those that ended well are dropped. */
const CHILDREN_KEPT = 256
/** Nested loops kept before those whose end was seen are dropped. */
const LOOPS_KEPT = 4
const OVER = new Over(undefined)
const LEVEL_NAMES: readonly Priority[] = ['high', 'normal', 'low']

export class JobContextImpl implements JobContext {
  // What `join` needs comes first: V8 keeps the first fields of an object in the object itself.
  /** The next fork to open; those before it are open. */
  fork = new Fork()
  readonly words: Int32Array
  /** Words whose equality says that the deque of this priority has nothing to steal. */
  bottomAt = 0
  topAt = 0
  /** How many things it has come to hold: those in `held`, and those dropped from it. */
  holds = 0
  /** The first fork that was not published. */
  oldest = this.fork
  readonly first = this.fork

  readonly thread: JobThread
  /** Counts the beginnings and ends of the jobs this object has served: odd while it serves one. */
  ticket = 0
  job = 0
  name = ''
  level = NORMAL
  flavor: JobFlavor = 'plain'
  /** Set for fibers that a job of the same thread cancelled. */
  cancelled = false
  /** Children, and what the scratch arena was like before each array taken, in order: what a job or branch has to put in order. */
  readonly held: (Handle | ScratchMark)[] = []
  #prune = CHILDREN_KEPT
  readonly segments: Segment[] = []
  readonly blocks: number[] = []
  /** Nested loops of a job that suspends, which it may not have waited for yet. */
  loops: LoopTarget[] = []

  constructor(thread: JobThread) {
    this.thread = thread
    this.words = thread.words
  }

  get workerIndex(): number {
    return this.thread.workerIndex
  }

  get workers(): number {
    return this.thread.context.workers
  }

  get aborted(): boolean {
    const { thread } = this
    if (thread.deadlines.count > 0) thread.deadlines.look()
    return this.cancelled || isCancelled(thread, this.job)
  }

  get priority(): Priority {
    return LEVEL_NAMES[this.level]!
  }

  spawn(kernel: unknown, args?: unknown, options?: SpawnOptions): JobHandle<never> {
    this.#refuseAborted()
    const handle = spawn(this, kernel, args, options)
    // One that was run at once and ended well needs no looking after.
    if (!handle.settled || handle.failed) {
      this.hold(handle)
      if (this.held.length > this.#prune) this.#dropEnded()
    }
    return handle as unknown as JobHandle<never>
  }

  hold(handle: Handle): void {
    handle.place = this.holds++
    this.held.push(handle)
  }

  /** Index in `held` of the first thing held since there were `holds` of them. */
  heldSince(holds: number): number {
    let index = this.held.length
    while (index > 0 && this.held[index - 1].place >= holds) index--
    return index
  }

  /** Children that ended well need no looking after: a job may spawn millions. */
  #dropEnded(): void {
    const { held } = this
    let kept = 0
    for (const item of held) {
      if (item instanceof Handle && (item.observed || (item.settled && !item.failed))) continue
      held[kept++] = item
    }
    held.length = kept
    this.#prune = Math.max(CHILDREN_KEPT, 2 * kept)
  }

  spawnDetached(kernel: unknown, args?: unknown, options?: SpawnOptions): void {
    this.#refuseAborted()
    spawnDetached(this, kernel, args, options)
  }

  #refuseAborted(): void {
    this.#refuseEnded()
    if (this.aborted) throw new CancelledError(this.name)
  }

  /** What a timer or a promise that outlived its job would start belongs to nobody. Tickets of jobs that run are odd. */
  #refuseEnded(): void {
    if ((this.ticket & 1) === 1) return
    throw plainError(
      'ERR_HANDLE',
      `job "${this.name}" has ended, and its context with it; wait inside the job for what is still to use it`,
    )
  }

  wait(...targets: readonly unknown[]): Waiting<never> {
    this.#refuseEnded()
    const found = targets.map((target) => this.#target(target))
    return this.waitFor(found, targets.length === 1)
  }

  waitFor(targets: readonly Target[], single: boolean): Waiting<never> {
    if (this.flavor !== 'plain') return new WaitRequest(this, targets, single)
    for (const target of targets) helpUntil(this.thread, target)
    const values = resultsOf(targets)
    if (this.aborted) throw new CancelledError(this.name)
    return new Over(single ? values[0] : values) as Waiting<unknown> as Waiting<never>
  }

  #target(target: unknown): Target {
    if (target instanceof Handle) {
      if (target.thread !== this.thread || target.owner !== this || target.ticket !== this.ticket) {
        throw plainError(
          'ERR_WOULD_BLOCK',
          `job "${this.name}" may wait only for jobs that it spawned itself; "${target.name}" is another's`,
        )
      }
      return target
    }
    if (target instanceof Counter) return this.counterTarget(target.word, 0)
    if (target instanceof WaitRequest && target.ctx === this && target.targets.length === 1) {
      return target.targets[0]!
    }
    if (target instanceof Over) return { ...ALREADY_OVER, result: () => target.value as unknown }
    throw typeError(
      'ERR_HANDLE',
      `ctx.wait takes handles of ctx.spawn, counters, and what nested loops return; got ${show(target)}`,
    )
  }

  counterTarget(word: number, target: number): CounterTarget {
    if (this.flavor === 'plain') {
      throw plainError(
        'ERR_WOULD_BLOCK',
        `job "${this.name}" is a plain function and may wait only for jobs and loops it spawned: waiting for a counter could ` +
          'hold the thread that has to change it. Make it a generator: function* (ctx, args) { yield* counter.wait() }',
      )
    }
    return new CounterTarget(this, word, target)
  }

  join<A, B, R, S, T>(
    first: JobKernel<A, R>,
    firstArgs: A,
    second: JobKernel<B, S>,
    secondArgs: B,
    combine: (first: R, second: S) => T,
  ): T {
    // Both sides take and return numbers, nobody is hungry, nothing was published: everything else is at the end of this function
    // somewhere else. V8 then inlines this into the body that recurses, and keeps no register free for what is rare.
    const { fork, holds } = this
    // What the caller gives stands left: V8 checks that side for being an object, and the same one only once.
    if (
      first !== fork.first ||
      second !== fork.kernel ||
      typeof firstArgs !== 'number' ||
      typeof secondArgs !== 'number' ||
      // Hints only, so plain: a thief's move may be seen a moment late. Nothing to steal here means that somebody might be hungry.
      this.words[this.topAt] === this.words[this.bottomAt]
    ) {
      return joinWithCare(this, first, firstArgs, second, secondArgs, combine)
    }
    fork.args = secondArgs
    this.fork = fork.next!
    let left: unknown
    try {
      const body = fork.firstBody!
      left = body(this, firstArgs)
    } catch (error) {
      throw dropFork(this, fork, holds, error)
    }
    if (typeof left !== 'number' || fork.handle !== null || this.holds !== holds) {
      return endWithCare(this, fork, first, left, second, holds, combine)
    }
    this.fork = fork
    const body = fork.secondBody!
    const right = body(this, secondArgs)
    if (typeof right !== 'number' || this.holds !== holds) endBranch(this, second, right, holds)
    return combine(left as R, right as S)
  }

  yieldNow(): Waiting<void> {
    if (this.flavor !== 'plain') return new WaitRequest(this, [], false, true) as Waiting<never>
    if (this.thread.stacked < DEEP && hasRoomForBody()) stepOnce(this.thread)
    return OVER
  }

  scope<T>(body: () => T): T {
    if (this.flavor !== 'plain') {
      throw plainError(
        'ERR_WOULD_BLOCK',
        `ctx.scope blocks until its jobs have ended; job "${this.name}" is no plain function: wait for the handles instead`,
      )
    }
    const first = this.holds
    let value: T
    try {
      value = body()
    } catch (error) {
      cancelChildren(this, first)
      throw error
    }
    finishHeld(this, first)
    return value
  }

  scratch<T extends TypedArray>(
    type: {
      readonly BYTES_PER_ELEMENT: number
      new (buffer: ArrayBufferLike, byteOffset: number, length: number): T
    },
    length: number,
  ): T {
    this.#refuseEnded()
    requireRoom('ctx.scratch')
    this.held.push(this.thread.scratch.mark(this.segments, this.holds++))
    return this.thread.scratch.take(this.segments, type, length)
  }

  counter(value: number): Counter {
    this.#refuseEnded()
    requireRoom('ctx.counter')
    const block = this.thread.memory.allocate(LINE_BYTES)
    this.blocks.push(block)
    return this.thread.counters.create(block, checkCount(value))
  }

  // Nested loops

  parallelFor(...call: readonly unknown[]): Waiting<never> {
    return this.#loop('for', call)
  }

  parallelForAuto(...call: readonly unknown[]): Waiting<never> {
    return this.#loop('auto', call)
  }

  parallelForChunks(...call: readonly unknown[]): Waiting<never> {
    return this.#loop('chunks', call)
  }

  parallelReduce(...call: readonly unknown[]): Waiting<never> {
    return this.#loop('reduce', call)
  }

  #loop(form: LoopForm, call: readonly unknown[]): Waiting<never> {
    this.#refuseEnded()
    const target = this.thread.loops.start(this, form, call)
    if (this.flavor !== 'plain') {
      if (this.loops.length > LOOPS_KEPT) this.loops = this.loops.filter(({ seen }) => !seen)
      this.loops.push(target)
    }
    return this.waitFor([target], true)
  }

  parallelForSync(...call: readonly unknown[]): never {
    return this.#loopSync('for', call)
  }

  parallelForAutoSync(...call: readonly unknown[]): never {
    return this.#loopSync('auto', call)
  }

  parallelForChunksSync(...call: readonly unknown[]): never {
    return this.#loopSync('chunks', call)
  }

  parallelReduceSync(...call: readonly unknown[]): never {
    return this.#loopSync('reduce', call)
  }

  #loopSync(form: LoopForm, call: readonly unknown[]): never {
    if (this.flavor === 'async') {
      throw plainError(
        'ERR_WOULD_BLOCK',
        `job "${this.name}" is async and must not block its event loop; await ctx.parallelFor instead`,
      )
    }
    const target = this.thread.loops.start(this, form, call)
    helpUntil(this.thread, target)
    return target.result() as never
  }
}

const ALREADY_OVER = {
  isOver: () => true,
  announce: () => false,
  suspend: () => false,
  promise: () => Promise.resolve(),
}
