/**
 * Runs calls: in the calling thread when they are too small to share, else in a loop slot that workers join.
 *
 * Sync calls take part in their loop and then wait for what others took. Async calls hand the loop to the workers and wait without
 * blocking. Which way a call goes depends on an estimate: time per index in earlier calls of the same kernel.
 */
import { load, store } from '../core/atomics.ts'
import { close, failFrom, hasWork, open, participate, remaining } from '../core/loop.ts'
import { wakeOne } from '../core/sleep/park.ts'
import { TimeoutError, WorkerLostError } from '../errors.ts'
import type { SharedHeap } from '../heap/heap.ts'
import type { Host, KeepAlive } from '../host/host.ts'
import {
  CANCELLED,
  H_SLEEPERS,
  LINE_WORDS,
  L_FAILED_UNIT,
  L_REMAINING,
  L_STATE,
  L_WAITING,
  LINE_BYTES,
  MODE_REDUCE,
  NO_FAILURE,
  RESULT_WORDS,
  W_CURRENT,
  workerAt,
} from '../layout/layout.ts'
import type { KernelState } from '../kernels/kernel-table.ts'
import { indexOfUnit } from '../core/geometry.ts'
import { Call } from './call.ts'
import { collectError, combineResults, dropResults, measuredNanoseconds } from './outcome.ts'
import type { LoopSlots } from './slots.ts'

/** A loop this short is not worth a cache line's way to another core and back. */
const INLINE_HOT_NS = 10_000
/** A loop this short is not worth waking a sleeping worker: the wake-up alone takes longer. */
const INLINE_COLD_NS = 60_000
/** Below this a call is timed one time in eight: two looks at the clock would cost as much as the loop. */
const UNTIMED_NS = 1_000
/** A sync call wakes workers at once when it expects to run at least this long, else only when it does. */
const WAKE_NS = 150_000
const WAKE_AFTER_MS = 0.05
/** How long an async call without workers keeps the event loop waiting. */
const SLICE_MS = 4
/** A blocked caller looks this often whether its workers still live. */
const PROBE_MS = 50
/** How often the remains of a loop with a lost worker are looked at. */
const LOST_POLL_MS = 5

export interface EngineStats {
  /** Calls that ran in the calling thread because they were too small to share. */
  inline: number
  /** Calls that workers could join. */
  shared: number
  /** Async calls that waited for a free loop slot. */
  queued: number
}

export interface EngineSetup {
  readonly host: Host
  readonly heap: SharedHeap
  readonly slots: LoopSlots
  readonly workers: number
  /** Workers that a sync call engages besides its own thread. */
  readonly syncWorkers: number
  readonly spinMs: number
  readonly keepAlive: KeepAlive
  /** Looks for workers that died while this thread was blocked. */
  readonly probe: () => void
}

export class LoopEngine {
  readonly stats: EngineStats = { inline: 0, shared: 0, queued: 0 }
  readonly #setup: EngineSetup
  readonly #words: Int32Array
  readonly #pool: Call[] = []
  readonly #inFlight = new Set<Call>()
  readonly #waiting: Call[] = []
  readonly #drainers: (() => void)[] = []
  readonly #now: () => number

  constructor(setup: EngineSetup) {
    this.#setup = setup
    this.#words = setup.heap.views.words
    this.#now = setup.host.now
  }

  /** Resolves once no awaited call is in flight. */
  async drained(): Promise<void> {
    while (this.#inFlight.size > 0) {
      await new Promise<void>((resolve) => this.#drainers.push(resolve))
    }
  }

  /** A call record to fill in; `runSync` or `runAsync` give it back. */
  acquire(): Call {
    return this.#pool.pop() ?? new Call(this.#setup.heap.views, this.#now, (call) => this.#claimed(call))
  }

  release(call: Call): void {
    call.clear()
    this.#pool.push(call)
  }

  // Sync calls

  /** Runs to the end and returns the reduction's result. Throws the loop's error. May block. */
  runSync(call: Call): unknown {
    try {
      this.#refuseEnded(call)
      if (this.#runInline(call, this.#inlineLimit())) return this.#inlineResult(call)
      return this.#runShared(call)
    } finally {
      this.release(call)
    }
  }

  #runShared(call: Call): unknown {
    const { syncWorkers, slots } = this.#setup
    call.slot = slots.acquire()
    if (call.slot < 0) {
      // Every slot is in an async call's hands; this thread alone always gets on.
      this.#runUnits(call, call.firstUnit, call.runner.units)
      return this.#inlineResult(call)
    }
    const loop = this.#publish(call, syncWorkers, syncWorkers + 1)
    call.mayWake = syncWorkers > 0
    if (call.mayWake && !(this.#predicted(call) < WAKE_NS)) this.#wake(call)
    participate(this.#words, loop, this.#setup.workers, 0, call.runner)
    this.#waitBlocking(call, loop)
    return this.#settle(call, loop)
  }

  /** After each claim of this thread: wake somebody once it turns out to be worth it, mind the deadline. */
  #claimed(call: Call): boolean {
    const now = this.#now()
    if (call.mayWake && now - call.startedAt > WAKE_AFTER_MS) this.#wake(call)
    if (now > call.deadline || call.signal?.aborted === true) this.#cancelByCaller(call)
    return now < call.sliceEnd
  }

  #wake(call: Call): void {
    call.mayWake = false
    wakeOne(this.#words, this.#setup.workers)
  }

  #waitBlocking(call: Call, loop: number): void {
    const { host, spinMs, workers, probe } = this.#setup
    const words = this.#words
    if (remaining(words, loop) === 0) return
    const spinEnd = this.#now() + spinMs
    do {
      for (let look = 0; look < 32; look++) {
        if (remaining(words, loop) === 0) return
        host.pause()
      }
    } while (this.#now() < spinEnd)
    store(words, loop + L_WAITING, 1)
    for (;;) {
      // A range that was on its way between two workers may have come back into sight.
      if (hasWork(words, loop, workers)) participate(words, loop, workers, 0, call.runner)
      const left = remaining(words, loop)
      if (left === 0) return
      const now = this.#now()
      if (now > call.deadline) this.#cancelByCaller(call)
      Atomics.wait(words, loop + L_REMAINING, left, Math.max(1, Math.min(PROBE_MS, call.deadline - now)))
      probe()
      if (call.cancelled !== null && this.#isLost(call)) {
        while (!this.#abandoned(loop, call.slot)) Atomics.wait(words, loop + L_WAITING, 1, 1)
        return
      }
    }
  }

  // Async calls

  /** Resolves with the reduction's result when the loop has ended. Never blocks longer than the spin window. */
  runAsync(call: Call): Promise<unknown> {
    let inline: unknown
    let done = false
    try {
      this.#refuseEnded(call)
      if (this.#runInline(call, this.#asyncInlineLimit())) {
        inline = this.#inlineResult(call)
        done = true
      }
    } catch (error) {
      this.release(call)
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
      this.#watchCancellation(call)
      this.#startAsync(call)
    })
  }

  #asyncInlineLimit(): number {
    if (this.#setup.workers === 0) return INLINE_COLD_NS
    return Math.min(this.#inlineLimit(), (this.#setup.spinMs * 1e6) / 2)
  }

  #startAsync(call: Call): void {
    call.slot = this.#setup.slots.acquire()
    if (call.slot < 0) {
      this.stats.queued++
      this.#waiting.push(call)
      return
    }
    this.#inFlight.add(call)
    const { workers } = this.#setup
    let loop: number
    try {
      loop = this.#publish(call, workers, workers)
    } catch (error) {
      this.#setup.slots.release(call.slot)
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
    if (!(this.#predicted(call) / workers < spinMs * 1e6)) return false
    const end = call.startedAt + spinMs
    while (this.#now() < end) {
      for (let look = 0; look < 32; look++) {
        if (remaining(this.#words, loop) === 0) return true
        host.pause()
      }
    }
    return false
  }

  async #waitAsync(call: Call, loop: number): Promise<void> {
    const words = this.#words
    store(words, loop + L_WAITING, 1)
    for (;;) {
      const left = remaining(words, loop)
      if (left === 0) break
      const waited = Atomics.waitAsync(words, loop + L_REMAINING, left)
      if (waited.async) await waited.value
      // A call whose worker was lost settles by itself, and its record may serve another call by now.
      if (call.settled || call.slot < 0 || this.#setup.slots.at(call.slot) !== loop) return
    }
    this.#finishShared(call, loop)
  }

  /** Without workers: run a few milliseconds, let the event loop have a turn, go on. */
  async #runSlices(call: Call, loop: number): Promise<void> {
    while (remaining(this.#words, loop) > 0) {
      call.sliceEnd = this.#now() + SLICE_MS
      participate(this.#words, loop, 0, 0, call.runner)
      if (remaining(this.#words, loop) > 0) await this.#setup.host.yieldToEvents()
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
    const next = this.#waiting.shift()
    if (next !== undefined) this.#startAsync(next)
    if (this.#inFlight.size === 0) for (const resolve of this.#drainers.splice(0)) resolve()
  }

  // Cancellation

  #refuseEnded(call: Call): void {
    call.startedAt = 0
    if (call.signal?.aborted === true) throw call.signal.reason
    if (call.timeout === Infinity) return
    if (call.timeout === 0) throw new TimeoutError(0)
    call.startedAt = this.#now()
    call.deadline = call.startedAt + call.timeout
  }

  #watchCancellation(call: Call): void {
    const { signal, timeout } = call
    if (signal === undefined && timeout === Infinity) return
    const abort = (): void => this.#cancel(call, signal!.reason)
    signal?.addEventListener('abort', abort, { once: true })
    const stopTimer =
      timeout === Infinity
        ? undefined
        : this.#setup.host.after(timeout, () => this.#cancel(call, new TimeoutError(timeout)))
    call.stopWatching = () => {
      signal?.removeEventListener('abort', abort)
      stopTimer?.()
    }
  }

  /** Ends an awaited call early: chunks that nobody runs yet never will. */
  #cancel(call: Call, reason: unknown): void {
    if (call.settled || call.cancelled !== null) return
    call.cancelled = { reason }
    const queued = this.#waiting.indexOf(call)
    if (queued >= 0) {
      this.#waiting.splice(queued, 1)
      this.#finish(call, () => call.reject!(reason))
      return
    }
    const loop = this.#setup.slots.at(call.slot)
    failFrom(this.#words, loop, CANCELLED)
    // Workers may all be busy elsewhere; skipping what is left is quick, so this thread does it.
    if (this.#setup.workers > 0) participate(this.#words, loop, this.#setup.workers, 0, call.runner)
  }

  #cancelByCaller(call: Call): void {
    if (call.cancelled !== null) return
    const aborted = call.signal?.aborted === true
    call.cancelled = { reason: aborted ? call.signal!.reason : new TimeoutError(call.timeout) }
    failFrom(this.#words, this.#setup.slots.at(call.slot), CANCELLED)
  }

  /** Ends all awaited calls early, for `close({ drain: false })`. */
  cancelAll(reason: unknown): void {
    for (const call of [...this.#waiting, ...this.#inFlight]) this.#cancel(call, reason)
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
      close(words, loop, slot)
      if (call.resolve !== null) this.#settleLost(call, loop)
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

  readonly #blocked = new Set<Call>()

  #settleLost(call: Call, loop: number): void {
    if (call.settled) return
    if (this.#abandoned(loop, call.slot)) this.#finishShared(call, loop)
    else this.#setup.host.after(LOST_POLL_MS, () => this.#settleLost(call, loop))
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
    store(this.#words, loop + L_STATE, 0)
    return true
  }

  // Both

  #predicted(call: Call): number {
    const { nanosecondsPerIndex } = call.kernel!
    if (nanosecondsPerIndex < 0) return Infinity
    return nanosecondsPerIndex * (call.runner.end - indexOfUnit(call.runner, call.firstUnit))
  }

  #inlineLimit(): number {
    const { workers } = this.#setup
    return load(this.#words, H_SLEEPERS) < workers ? INLINE_HOT_NS : INLINE_COLD_NS
  }

  /** Runs a call here if it is expected to be short. False if it is not, or turned out not to be: then `firstUnit` says how far. */
  #runInline(call: Call, limit: number): boolean {
    const { runner, kernel } = call
    const { units } = runner
    const predicted = this.#predicted(call)
    if (units > 0 && !(predicted < limit)) return false
    if (predicted < UNTIMED_NS && (kernel!.untimed++ & 7) !== 0) {
      this.#runUnits(call, 0, units)
      return true
    }
    const before = this.#now()
    // A first part, to notice that this call is heavier than those before it while most of it can still be shared.
    const part = Math.max(1, units >> 3)
    this.#runUnits(call, 0, Math.min(part, units))
    const time = (this.#now() - before) * 1e6
    if (part < units && runner.failure === null) {
      if (time * (units / part) > 2 * limit) {
        this.#learn(kernel!, time / (indexOfUnit(runner, part) - runner.start))
        return false
      }
      this.#runUnits(call, part, units)
    }
    const length = runner.end - runner.start
    if (length > 0 && runner.failure === null) this.#learn(kernel!, ((this.#now() - before) * 1e6) / length)
    return true
  }

  /** Runs chunks in this thread without a slot, folding a reduction's accumulators into `total` in order. */
  #runUnits(call: Call, first: number, end: number): void {
    const { runner } = call
    call.firstUnit = end
    if ((runner.mode & MODE_REDUCE) === 0) {
      runner.run(first, end)
      return
    }
    const { combine } = runner.runnable!
    for (let unit = first; unit < end; unit++) {
      const accumulator = runner.foldUnit(unit)
      if (runner.failure !== null) return
      call.total = unit === 0 ? accumulator : combine(call.total, accumulator)
    }
  }

  #inlineResult(call: Call): unknown {
    this.stats.inline++
    const { runner } = call
    if (runner.failure !== null) {
      throw collectError(this.#setup.heap.views, 0, 0, runner.failure.unit, call)
    }
    if ((runner.mode & MODE_REDUCE) === 0) return undefined
    return runner.units === 0 ? runner.runnable!.identity() : call.total
  }

  /** Opens the loop in the call's slot for up to `limit` workers; `parties` threads are expected to share it. */
  #publish(call: Call, limit: number, parties: number): number {
    const { heap, slots } = this.#setup
    const { runner, slot } = call
    const loop = slots.at(slot)
    if ((runner.mode & MODE_REDUCE) !== 0) {
      call.resultsOffset = heap.allocate(runner.units * RESULT_WORDS * 4)
      runner.results = (call.resultsOffset / LINE_BYTES) * LINE_WORDS
    }
    slots.describe(call, parties)
    this.stats.shared++
    if (call.resolve === null) this.#blocked.add(call)
    if (call.startedAt === 0) call.startedAt = this.#now()
    open(this.#words, loop, slot, call.firstUnit, runner.units, limit)
    return loop
  }

  /** Closes the loop, gives everything back, and returns the result or throws the error. All chunks are accounted for. */
  #settle(call: Call, loop: number): unknown {
    const { heap, slots, workers } = this.#setup
    const { runner, slot } = call
    const { views } = heap
    this.#blocked.delete(call)
    close(this.#words, loop, slot)
    const failed = load(this.#words, loop + L_FAILED_UNIT)
    const reduction = (runner.mode & MODE_REDUCE) !== 0
    try {
      if (failed === NO_FAILURE) {
        this.#learnShared(call, loop)
        return reduction ? combineResults(views, call) : undefined
      }
      const error = collectError(views, loop, workers, failed, call)
      if (reduction) dropResults(views, call)
      throw failed === CANCELLED ? call.cancelled!.reason : error
    } finally {
      if (call.resultsOffset >= 0) heap.release(call.resultsOffset)
      slots.release(slot)
    }
  }

  #learnShared(call: Call, loop: number): void {
    const { runner, kernel } = call
    if (runner.items > 0) this.#learn(kernel!, (runner.milliseconds * 1e6) / runner.items)
    else {
      const { heap, workers } = this.#setup
      const measured = measuredNanoseconds(heap.views, loop, workers, runner.serial)
      if (measured > 0) this.#learn(kernel!, measured)
    }
  }

  /** Follows cost upwards at once, because sharing too little is the worse mistake, and downwards by halves. */
  #learn(kernel: KernelState, nanoseconds: number): void {
    const known = kernel.nanosecondsPerIndex
    kernel.nanosecondsPerIndex =
      known < 0 || nanoseconds > 4 * known ? nanoseconds : (known + nanoseconds) / 2
  }
}

