/**
 * Runs calls: in the calling thread when they are too small to share, else in a loop slot that workers join.
 *
 * Sync calls take part in their loop and then wait for what others took. Async calls hand the loop to the workers and wait without
 * blocking. Which way a call goes depends on an estimate: time per index in earlier calls of the same kernel.
 */
import { load, store, wait } from '../core/atomics.ts'
import { abandon, close, failFrom, hasWork, open, participate, remaining } from '../core/loop.ts'
import { wakeOne } from '../core/sleep/park.ts'
import { WorkerLostError } from '../errors.ts'
import { now, readClock } from '../host/clock.ts'
import { hasRoom } from '../host/room.ts'
import {
  CANCELLED,
  L_FAILED_UNIT,
  L_REMAINING,
  L_WAITING,
  MODE_REDUCE,
  MODE_MERGE,
  MODE_TIMED,
  NO_FAILURE,
  W_CURRENT,
  workerAt,
} from '../layout/layout.ts'
import { AFTER, BEFORE } from '../kernels/loop-runner.ts'
import { Call } from './call.ts'
import { endReason, hasEnd, isOver, refuseEnded, watchEnds } from './ending.ts'
import { runInline, runUnits } from './inline.ts'
import { asyncInlineLimit, claimSize, inlineLimit, learnShared } from './estimate.ts'
import { collectError, combineResults, dropResults } from './outcome.ts'
import type { EngineSetup, EngineStats } from './setup.ts'

/** A sync call wakes workers at once when it expects to run at least this long, else only when it does. */
const WAKE_NS = 150_000
const WAKE_AFTER_MS = 0.05
/** How long an async call without workers keeps the event loop waiting. */
const SLICE_MS = 4
/** A blocked caller looks this often whether its workers still live. */
const PROBE_MS = 50
/** How often the remains of a loop with a lost worker are looked at. */
const LOST_POLL_MS = 5

export class LoopEngine {
  readonly stats: EngineStats = { inline: 0, shared: 0, queued: 0 }
  readonly #setup: EngineSetup
  readonly #words: Int32Array
  readonly #pool: Call[] = []
  readonly #inFlight = new Set<Call>()
  readonly #waiting: Call[] = []
  /** Sync calls in progress, the innermost last. */
  readonly #blocked: Call[] = []
  /** When the event loop must have its next turn. */
  #sliceEnd = 0
  /** Calls on their way from the queue to a slot. */
  #starting = 0
  readonly #drainers: (() => void)[] = []
  /** Why awaited calls cannot run any more. */
  #givenUp: unknown
  /** The clock when a wait began, and since. */
  readonly #times = new Float64Array(2)

  constructor(setup: EngineSetup) {
    this.#setup = setup
    this.#words = setup.heap.views.words
  }

  get #isDrained(): boolean {
    return this.#inFlight.size === 0 && this.#waiting.length === 0 && this.#starting === 0
  }

  /** Resolves once no awaited call is in flight: true; or after `milliseconds`: false. */
  drained(milliseconds: number): Promise<boolean> {
    if (this.#isDrained) return Promise.resolve(true)
    return new Promise((resolve) => {
      const stop =
        milliseconds === Infinity
          ? undefined
          : this.#setup.host.after(milliseconds, () => resolve(false))
      this.#drainers.push(() => {
        stop?.()
        resolve(true)
      })
    })
  }

  /** A call record to fill in; `runSync` or `runAsync` give it back. */
  acquire(): Call {
    const { heap, recorder } = this.#setup
    return this.#pool.pop() ?? new Call(heap.views, (call) => this.#claimed(call), recorder)
  }

  release(call: Call): void {
    call.clear()
    this.#pool.push(call)
  }

  // Sync calls

  /** Runs to the end and returns the reduction's result. Throws the loop's error. May block. */
  runSync(call: Call): unknown {
    try {
      refuseEnded(call)
      call.begin()
      if (runInline(call, inlineLimit(this.#words, this.#setup.workers), false))
        return this.#inlineResult(call)
      return this.#runShared(call)
    } finally {
      this.release(call)
    }
  }

  #runShared(call: Call): unknown {
    const { syncWorkers, slots } = this.#setup
    // The last chunk has nobody to be shared with: published, it would only let a worker take it away from this thread's cache.
    call.slot = call.runner.units - call.firstUnit > 1 && hasRoom() ? slots.acquire() : -1
    if (call.slot < 0) {
      this.#runAlone(call)
      return this.#inlineResult(call)
    }
    const loop = this.#publish(call, syncWorkers, syncWorkers + 1)
    call.mayWake = syncWorkers > 0
    if (call.mayWake && call.predicted >= WAKE_NS) this.#wake(call)
    call.watchful = call.mayWake || hasEnd(call)
    participate(this.#words, loop, this.#setup.workers, 0, call.runner)
    this.#waitBlocking(call, loop)
    return this.#settle(call, loop)
  }

  /** One chunk is left, or every slot is in an async call's hands, or an overflow might leave others waiting. */
  #runAlone(call: Call): void {
    const { runner } = call
    call.watchful = hasEnd(call)
    while (call.firstUnit < runner.units && runner.failure === null) {
      runUnits(call, call.firstUnit, call.firstUnit + 1)
      if (call.watchful && isOver(call, this.#times)) throw endReason(call)
    }
  }

  /** After each claim of this thread: wake somebody once it turns out to be worth it, mind the deadline. */
  #claimed(call: Call): boolean {
    const over = isOver(call, this.#times)
    const time = this.#times[AFTER]
    if (call.mayWake && time - call.startedAt > WAKE_AFTER_MS) this.#wake(call)
    if (over) this.#cancelByCaller(call)
    return time < call.sliceEnd
  }

  #wake(call: Call): void {
    call.mayWake = false
    call.watchful = hasEnd(call)
    wakeOne(this.#words, this.#setup.workers)
  }

  #waitBlocking(call: Call, loop: number): void {
    const { host, spinMs, workers, probe, recorder } = this.#setup
    const words = this.#words
    if (remaining(words, loop) === 0) return
    const times = this.#times
    readClock(times, BEFORE)
    do {
      for (let look = 0; look < 32; look++) {
        if (remaining(words, loop) === 0) return
        host.pause()
      }
      readClock(times, AFTER)
    } while (times[AFTER] - times[BEFORE] < spinMs)
    store(words, loop + L_WAITING, 1)
    for (;;) {
      // A range that was on its way between two workers may have come back into sight.
      if (hasWork(words, loop, workers)) participate(words, loop, workers, 0, call.runner)
      const left = remaining(words, loop)
      if (left === 0) return
      readClock(times, AFTER)
      if (times[AFTER] > call.deadline) this.#cancelByCaller(call)
      const patience = Math.max(1, Math.min(PROBE_MS, call.deadline - times[AFTER]))
      if (recorder !== null) recorder.parks()
      const late = wait(words, loop + L_REMAINING, left, patience)
      if (recorder !== null) recorder.unparks()
      if (late) probe()
      if (call.cancelled !== null && this.#isLost(call)) {
        while (!this.#abandoned(loop, call.slot)) if (wait(words, loop + L_WAITING, 1, 1)) probe()
        return
      }
    }
  }

  // Async calls

  /** Resolves with the reduction's result when the loop has ended. Never blocks longer than the spin window. */
  runAsync(call: Call): Promise<unknown> {
    const { workers, spinMs } = this.#setup
    let inline: unknown
    let done = false
    try {
      refuseEnded(call)
      call.begin()
      // Always under the clock: an estimate that is wrong must not block the event loop twice.
      done = runInline(call, asyncInlineLimit(this.#words, workers, spinMs), true)
      if (!done && !hasRoom()) {
        this.#runAlone(call)
        done = true
      }
      if (done) inline = this.#inlineResult(call)
    } catch (error) {
      this.release(call)
      // Where the stack ends, a rejection would not reach whoever looks for unhandled ones.
      if (!hasRoom()) throw error
      return Promise.reject(error)
    }
    if (done) {
      this.release(call)
      return Promise.resolve(inline)
    }
    return new Promise((resolve, reject) => {
      call.resolve = resolve
      call.reject = reject
      this.#setup.keepAlive.hold()
      watchEnds(call, this.#setup.host, (ticket, reason) => this.#cancel(call, ticket, reason))
      const before = this.#waiting.length
      this.#startAsync(call)
      if (this.#waiting.length > before) this.stats.queued++
    })
  }

  #startAsync(call: Call): void {
    const { workers, slots } = this.#setup
    const over = call.cancelled?.reason ?? this.#givenUp
    if (over !== undefined) {
      this.#finish(call, () => call.reject!(over))
      return
    }
    // Without workers one call runs at a time: each would take its slice before timers have their turn.
    call.slot = workers === 0 && this.#inFlight.size > 0 ? -1 : slots.acquire()
    if (call.slot < 0) {
      this.#waiting.push(call)
      // Workers may still be leaving every slot, and nobody be left to start this call when it ends.
      if (this.#inFlight.size === 0) this.#setup.host.after(1, () => this.#startNext())
      return
    }
    this.#inFlight.add(call)
    let loop: number
    try {
      loop = this.#publish(call, workers, workers)
    } catch (error) {
      this.#finish(call, () => call.reject!(error))
      return
    }
    if (workers === 0) void this.#runSlices(call, loop)
    else {
      wakeOne(this.#words, workers)
      if (!this.#spinFor(call, loop)) void this.#waitAsync(call, loop)
      else this.#finishShared(call, loop)
    }
  }

  /** Waits within the spin window for a loop that is expected to end in it. */
  #spinFor(call: Call, loop: number): boolean {
    const { spinMs, workers, host } = this.#setup
    if (call.predicted / workers >= spinMs * 1e6) return false
    const end = call.startedAt + spinMs
    while (now() < end) {
      for (let look = 0; look < 32; look++) {
        if (remaining(this.#words, loop) === 0) return true
        host.pause()
      }
    }
    return false
  }

  async #waitAsync(call: Call, loop: number): Promise<void> {
    const words = this.#words
    const { ticket } = call
    store(words, loop + L_WAITING, 1)
    for (;;) {
      const left = remaining(words, loop)
      if (left === 0) break
      const waited = Atomics.waitAsync(words, loop + L_REMAINING, left)
      if (waited.async) await waited.value
      // A call whose worker was lost settles by itself, and its record may serve another call by now.
      if (call.ticket !== ticket || call.settled) return
    }
    this.#finishShared(call, loop)
  }

  /** Without workers: run a few milliseconds, let the event loop have a turn, go on. */
  async #runSlices(call: Call, loop: number): Promise<void> {
    while (remaining(this.#words, loop) > 0) {
      const time = now()
      // A slice is the thread's, not the call's: many short calls in a row must not add up. One that ended long ago is over.
      if (time > this.#sliceEnd + SLICE_MS) this.#sliceEnd = time + SLICE_MS
      call.sliceEnd = this.#sliceEnd
      call.watchful = true
      participate(this.#words, loop, 0, 0, call.runner)
      if (now() < this.#sliceEnd) continue
      await this.#setup.host.yieldToEvents()
      this.#sliceEnd = now() + SLICE_MS
    }
    this.#finishShared(call, loop)
  }

  #finishShared(call: Call, loop: number): void {
    try {
      const result = this.#settle(call, loop)
      this.#finish(call, () => call.resolve!(result))
    } catch (error) {
      this.#finish(call, () => call.reject!(error))
    }
  }

  #finish(call: Call, answer: () => void): void {
    call.settled = true
    call.stopWatching?.()
    this.#inFlight.delete(call)
    this.#setup.keepAlive.release()
    answer()
    this.release(call)
    this.#startNext()
    if (this.#isDrained) for (const resolve of this.#drainers.splice(0)) resolve()
  }

  #startNext(): void {
    const next = this.#waiting.shift()
    if (next === undefined) return
    this.#starting++
    // In a step of its own: thousands of short calls that queue would nest as deep.
    queueMicrotask(() => {
      this.#starting--
      this.#startAsync(next)
    })
  }

  // Cancellation

  /** Ends an awaited call early: chunks that nobody runs yet never will. */
  #cancel(call: Call, ticket: number, reason: unknown): void {
    if (call.ticket !== ticket || call.settled || call.cancelled !== null) return
    call.cancelled = { reason }
    const queued = this.#waiting.indexOf(call)
    if (queued >= 0) {
      this.#waiting.splice(queued, 1)
      this.#finish(call, () => call.reject!(reason))
      return
    }
    // On its way from the queue: it is refused when it gets there.
    if (call.slot < 0) return
    const loop = this.#setup.slots.at(call.slot)
    // It ended while this thread stood still, whose timers come first.
    if (remaining(this.#words, loop) === 0) return
    failFrom(this.#words, loop, CANCELLED)
    // Workers may all be busy elsewhere; skipping what is left is quick, so this thread does it.
    if (this.#setup.workers > 0) participate(this.#words, loop, this.#setup.workers, 0, call.runner)
  }

  #cancelByCaller(call: Call): void {
    if (call.cancelled !== null) return
    call.cancelled = { reason: endReason(call) }
    failFrom(this.#words, this.#setup.slots.at(call.slot), CANCELLED)
  }

  /** No worker lives, and none will: what is awaited, now and later, rejects. Sync calls still run in their caller. */
  giveUp(reason: unknown): void {
    this.#givenUp = reason
    this.cancelAll(reason)
  }

  /** Settles all awaited calls, whose chunks will never end. Only once no worker's thread runs any more. */
  abandonAll(reason: unknown): void {
    const { workers, slots } = this.#setup
    for (let worker = 0; worker < workers; worker++) {
      store(this.#words, workerAt(worker, workers) + W_CURRENT, 0)
    }
    this.cancelAll(reason)
    for (const call of this.#inFlight) this.#settleLost(call, call.ticket, slots.at(call.slot))
  }

  /** Ends all awaited calls early, for `close({ drain: false })`. */
  cancelAll(reason: unknown): void {
    for (const call of [...this.#waiting, ...this.#inFlight])
      this.#cancel(call, call.ticket, reason)
  }

  // Lost workers

  /**
   * Cancels the loop that a dead worker was in. Sync callers see it when `probe` returns; awaited calls settle here once every
   * living worker has left, because the dead one's chunks will never be accounted for.
   */
  workerLost(worker: number, cause: unknown): void {
    const words = this.#words
    const self = workerAt(worker, this.#setup.workers)
    const slot = load(words, self + W_CURRENT) - 1
    store(words, self + W_CURRENT, 0)
    if (slot < 0) return
    const loop = this.#setup.slots.at(slot)
    for (const call of [...this.#inFlight, ...this.#blocked]) {
      if (call.slot !== slot || call.settled) continue
      call.cancelled = { reason: new WorkerLostError(worker, call.kernel!.name, cause) }
      failFrom(words, loop, CANCELLED)
      close(words, loop, this.#setup.slots.mask, slot)
      if (call.resolve !== null) this.#settleLost(call, call.ticket, loop)
      return
    }
    // The loop was over, or never entered: only the count of workers inside may be off.
    this.#setup.slots.hold(slot)
    this.#reclaim(loop, slot)
  }

  #reclaim(loop: number, slot: number): void {
    if (this.#abandoned(loop, slot)) this.#setup.slots.release(slot)
    else this.#setup.host.after(LOST_POLL_MS, () => this.#reclaim(loop, slot))
  }

  #settleLost(call: Call, ticket: number, loop: number): void {
    if (call.ticket !== ticket || call.settled) return
    if (this.#abandoned(loop, call.slot)) this.#finishShared(call, loop)
    else this.#setup.host.after(LOST_POLL_MS, () => this.#settleLost(call, ticket, loop))
  }

  #isLost(call: Call): boolean {
    return call.cancelled?.reason instanceof WorkerLostError
  }

  /** True once no living worker is in the loop, or about to try: then its slot can be made new. */
  #abandoned(loop: number, slot: number): boolean {
    const { workers } = this.#setup
    for (let worker = 0; worker < workers; worker++) {
      if (load(this.#words, workerAt(worker, workers) + W_CURRENT) === slot + 1) return false
    }
    abandon(this.#words, loop, workers)
    return true
  }

  // Both

  #inlineResult(call: Call): unknown {
    this.stats.inline++
    const { runner } = call
    if (runner.failure !== null) {
      throw collectError(this.#setup.heap.views, 0, 0, runner.failure.unit, call)
    }
    return (runner.mode & MODE_REDUCE) === 0
      ? undefined
      : combineResults(this.#setup.heap.views, call)
  }

  /** Opens the loop in the call's slot for up to `limit` workers; `parties` threads are expected to share it. */
  #publish(call: Call, limit: number, parties: number): number {
    const { slots } = this.#setup
    const { runner, slot } = call
    const loop = slots.at(slot)
    if (call.timed) runner.mode |= MODE_TIMED
    // Whoever may end the call early wants it to end after a chunk, not after a claim of many.
    if (hasEnd(call)) runner.mode &= ~MODE_MERGE
    runner.failedAt = loop + L_FAILED_UNIT
    try {
      slots.describe(call, parties, claimSize(call))
    } catch (error) {
      slots.finish(call)
      throw error
    }
    this.stats.shared++
    if (call.resolve === null) this.#blocked.push(call)
    if (call.startedAt === 0) {
      readClock(this.#times, BEFORE)
      call.startedAt = this.#times[BEFORE]!
    }
    open(this.#words, loop, slots.mask, slot, call.firstUnit, runner.units, limit, call.level)
    runner.startTiming()
    return loop
  }

  /** Closes the loop, gives everything back, and returns the result or throws the error. All chunks are accounted for. */
  #settle(call: Call, loop: number): unknown {
    const { heap, slots, workers } = this.#setup
    const { runner, slot } = call
    const { views } = heap
    // Sync calls nest, so the one that ends is the last; a Set would allocate.
    if (call.resolve === null) this.#blocked.pop()
    close(this.#words, loop, slots.mask, slot)
    const failed = load(this.#words, loop + L_FAILED_UNIT)
    const reduction = (runner.mode & MODE_REDUCE) !== 0
    try {
      if (failed === NO_FAILURE) {
        if (call.timed) learnShared(views, loop, workers, call)
        return reduction ? combineResults(views, call) : undefined
      }
      const error = collectError(views, loop, workers, failed, call)
      throw failed === CANCELLED ? call.cancelled!.reason : error
    } finally {
      if (reduction) dropResults(views, call)
      slots.finish(call)
    }
  }
}
