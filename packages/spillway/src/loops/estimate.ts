/**
 * What a call will cost, by what an index cost in earlier calls of its kernel. Decides whether a call is shared, whether anybody is
 * woken, and how much a claim takes. docs/decisions/0005-small-loops.md has the numbers.
 */
import { load } from '../core/atomics.ts'
import { indexOfUnit } from '../core/geometry.ts'
import type { HeapViews } from '../heap/views.ts'
import { AFTER, BEFORE } from '../kernels/loop-runner.ts'
import type { KernelState } from '../kernels/kernel-table.ts'
import { H_SLEEPERS, MAX_UNITS } from '../layout/layout.ts'
import type { Call } from './call.ts'
import { hasEnd } from './ending.ts'
import { measuredNanoseconds } from './outcome.ts'

/** While a kernel's cost keeps steady, this many calls in a row go unmeasured. */
const LONGEST_INTERVAL = 15
/** Kernel time that a claim should hold: long against the claim itself (0.1 us), short against what thieves wait for. */
const CLAIM_NS = 50_000

/** A loop this short is not worth a cache line's way to another core and back. */
const INLINE_HOT_NS = 10_000
/** A loop this short is not worth waking a sleeping worker: the wake-up alone takes longer. */
const INLINE_COLD_NS = 60_000
/** Differences between measurements as short as this mean nothing. */
const NOISE_NS = 2_000
/** What is measured of a shared loop shorter than this says much about waking and stealing, and little about the kernel. */
const ROUGH_NS = 400_000

/** Nanoseconds of kernel up to which a sync call runs alone. */
export function inlineLimit(words: Int32Array, workers: number): number {
  return load(words, H_SLEEPERS) < workers ? INLINE_HOT_NS : INLINE_COLD_NS
}

/** The same for an async call, which must not block the event loop longer than the spin window. */
export function asyncInlineLimit(words: Int32Array, workers: number, spinMs: number): number {
  if (workers === 0) return INLINE_COLD_NS
  return Math.min(inlineLimit(words, workers), spinMs * 0.8e6)
}

/** Sets what is left of the call in nanoseconds of one thread. */
export function predict(call: Call): void {
  const { nanosecondsPerIndex } = call.kernel!
  const { runner } = call
  const left =
    runner.end - (call.firstUnit === 0 ? runner.start : indexOfUnit(runner, call.firstUnit))
  call.predicted = nanosecondsPerIndex < 0 && left > 0 ? Infinity : nanosecondsPerIndex * left
}

/** Chunks to take at a time; one while their cost is unknown, or if the call may be ended early. */
export function claimSize(call: Call): number {
  const { runner, firstUnit, predicted } = call
  if (hasEnd(call)) return 1
  const size = (CLAIM_NS * (runner.units - firstUnit)) / predicted
  return size > MAX_UNITS ? MAX_UNITS : Math.max(1, Math.floor(size))
}

/** Whether this call of a kernel is one that is measured. */
export function isTimed(kernel: KernelState): boolean {
  if (kernel.untimed-- > 0) return false
  kernel.untimed = kernel.interval
  return true
}

/**
 * Takes in that `items` indexes took from `times[BEFORE]` to `times[AFTER]`. Follows cost upwards at once, because sharing too little
 * is the worse mistake, and downwards by halves. A rough measurement holds more than the kernel: a worker's way into a short loop.
 */
export function learn(
  kernel: KernelState,
  times: Float64Array,
  items: number,
  rough: boolean,
): void {
  const total = (times[AFTER] - times[BEFORE]) * 1e6
  const nanoseconds = total / items
  const known = kernel.nanosecondsPerIndex
  const jump = known < 0 || (nanoseconds > 4 * known && total > NOISE_NS)
  const steady = !jump && (total < NOISE_NS || (nanoseconds > known / 2 && nanoseconds < known * 2))
  kernel.interval = steady ? Math.min(2 * kernel.interval + 1, LONGEST_INTERVAL) : 0
  kernel.nanosecondsPerIndex = jump || kernel.rough ? nanoseconds : (known + nanoseconds) / 2
  kernel.rough = rough
}

/** Takes in what a shared loop cost: as this thread measured it, or else the workers. */
export function learnShared(views: HeapViews, loop: number, workers: number, call: Call): void {
  const { runner, kernel } = call
  const { times } = runner
  // Its beginning ran here, under the clock: nothing that a shared part measures is more exact.
  if (call.firstUnit > 0) return
  times[BEFORE] = 0
  times[AFTER] = runner.milliseconds
  const length = runner.end - runner.start
  if (runner.items > 0) {
    const rough = (runner.milliseconds * 1e6 * length) / runner.items < ROUGH_NS
    return learn(kernel!, times, runner.items, rough)
  }
  const nanoseconds = measuredNanoseconds(views, loop, workers, runner.serial)
  times[AFTER] = nanoseconds * 1e-6
  if (nanoseconds > 0) learn(kernel!, times, 1, nanoseconds * length < ROUGH_NS)
}
