/**
 * Jobs that a thread has spawned and keeps to itself. A small job costs less than the record, the deque and the wake-up that would
 * offer it to others, so only the oldest is published, and only when the thread's deque is empty: then somebody may be hungry.
 *
 * What is private waits for as long as its thread runs something else without a look, so only kernels that were measured to be short
 * are kept private. Everything here belongs to one thread.
 */
import { copyArguments } from '../binding/write.ts'
import { now } from '../host/clock.ts'
import { hasRoom } from '../host/room.ts'
import type { KernelState } from '../kernels/kernel-table.ts'
import type { Runnable } from '../kernels/runnable.ts'
import { LEVELS, T_BOTTOM, T_TOP } from '../layout/jobs.ts'
import type { JobContextImpl } from './context.ts'
import { settle } from './endings.ts'
import { startFiber } from './fibers.ts'
import { Handle } from './handle.ts'
import { Queue } from './queue.ts'
import { publishHandle, runNow } from './spawning.ts'
import type { JobThread } from './thread.ts'

/** Jobs that take longer than this are always offered to others. */
const SHORT_MS = 0.01
/** Publishing a job and taking its end back costs the thread about as much as running it, if it takes less than this. */
const WORTH_MS = 0.001
const FIRST_SAMPLES = 8
const SAMPLE_EVERY = 32
/** Short samples that make a long one forgotten by two thirds. */
const FORGET = 32

export class PrivateJobs {
  readonly #thread: JobThread
  readonly #levels: readonly Queue<Handle>[]
  readonly #neverPrivate: boolean
  readonly #alone: boolean

  constructor(thread: JobThread) {
    this.#thread = thread
    this.#neverPrivate = thread.isEventLoop
    this.#alone = thread.area.workers === 0
    this.#levels = Array.from({ length: LEVELS }, () => new Queue<Handle>())
  }

  /** Jobs kept here, some of which may have been cancelled. */
  count = 0

  /** True if a job of this kernel should stay here for now. */
  suits({ runnable }: KernelState): boolean {
    if (this.#neverPrivate || runnable.flavor === 'async') return false
    return this.#alone || (runnable.samples >= FIRST_SAMPLES && runnable.costMs < SHORT_MS)
  }

  spawn(ctx: JobContextImpl, kernel: KernelState, args: unknown, level: number): Handle {
    const { thread } = ctx
    const queue = this.#levels[level]
    // More would only fill memory.
    if (queue.length >= thread.area.capacity && kernel.runnable.flavor === 'plain') {
      if (kernel.runnable.costMs >= WORTH_MS) this.#feed(level)
      return runNow(ctx, kernel, copyArguments(args), level)
    }
    const handle = new Handle(thread, kernel.name, kernel, 0, ctx, level, copyArguments(args))
    queue.put(handle)
    this.count++
    this.#feed(level)
    return handle
  }

  /** Publishes the oldest if the deque is empty: somebody may be hungry. */
  #feed(level: number): void {
    const { words, self } = this.#thread
    // Hints only, so plain.
    if (words[self + T_TOP + level] === words[self + T_BOTTOM + level]) this.#publishOldest(level)
  }

  #publishOldest(level: number): void {
    const { area, setup, current } = this.#thread
    if (area.workers === 0) {
      if (current === null) setup.nudge?.()
      return
    }
    const queue = this.#levels[level]
    if (!hasRoom()) return
    while (queue.length > 1) {
      const handle = queue.peek()!
      if (handle.settled) {
        queue.take()
        this.count--
        continue
      }
      if (publishHandle(this.#thread, handle)) {
        queue.take()
        this.count--
      }
      return
    }
  }

  /** Lets go of the newest if they were cancelled: who keeps a pool for later would find them there. */
  forget(level: number): void {
    const queue = this.#levels[level]
    while (queue.newest?.settled === true) {
      queue.takeNewest()
      this.count--
    }
  }

  /** Runs the newest. False if there is none. */
  run(level: number): boolean {
    const queue = this.#levels[level]
    for (;;) {
      const handle = queue.takeNewest()
      if (handle === undefined) return false
      this.count--
      if (handle.settled) continue
      if (queue.length > 1) this.#feed(level)
      this.#run(handle)
      return true
    }
  }

  #run(handle: Handle): void {
    const { runnable } = handle.kernel!
    const { args, level } = handle
    handle.begin()
    const parent = handle.owner!.job
    if (runnable.flavor === 'generator') {
      startFiber(this.#thread, parent, runnable, level, (ctx) => runnable.body(ctx, args), handle)
      return
    }
    const outcome = this.#thread.runBody(parent, runnable, args, level)
    settle(handle, this.#thread.failed, outcome)
  }
}

/** True if this run is one of those that are measured. */
export function isSampled(runnable: Runnable): boolean {
  if (runnable.samples < FIRST_SAMPLES) return true
  runnable.unsampled = (runnable.unsampled + 1) % SAMPLE_EVERY
  return runnable.unsampled === 0
}

/**
 * Learns from a run that began at clock value `start` and in which no other job ran. A long one counts at once and is forgotten slowly:
 * of a kernel that is long now and then, thieves should always find something.
 */
export function learnCost(runnable: Runnable, start: number): void {
  const cost = now() - start
  runnable.samples++
  if (cost > runnable.costMs) runnable.costMs = cost
  else runnable.costMs += (cost - runnable.costMs) / FORGET
}
