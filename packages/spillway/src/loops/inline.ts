/** Calls, or their beginnings, that run in the calling thread without touching shared memory. */
import { indexOfUnit } from '../core/geometry.ts'
import { readClock } from '../host/clock.ts'
import { AFTER, BEFORE } from '../kernels/loop-runner.ts'
import { MODE_REDUCE } from '../layout/layout.ts'
import type { Call } from './call.ts'
import { hasEnd } from './ending.ts'
import { isTimed, learn, predict } from './estimate.ts'

/** A rough estimate may be this much too high: a first part run here will tell, in at most an eighth of that time. */
const ROUGH_FACTOR = 8

/** Runs a call here if it is expected to be short. False if it is not, or turned out not to be: then `firstUnit` says how far. */
export function runInline(call: Call, limit: number, timed: boolean): boolean {
  const { runner, kernel } = call
  const { units } = runner
  if (units === 0) return true
  predict(call)
  const { rough } = kernel!
  call.timed = timed || rough || isTimed(kernel!)
  // Whoever set an end to the call wants it looked at between chunks.
  if (call.predicted >= (rough ? ROUGH_FACTOR * limit : limit) || hasEnd(call)) return false
  if (!call.timed) {
    runUnits(call, 0, units)
    return true
  }
  return runWatched(call, limit)
}

/**
 * Runs a call here in parts, each expected to end within the limit, and stops once they together took longer: then what is left
 * can still be shared. A first part's time says little about the rest (caches and code are cold), only the sum counts.
 */
function runWatched(call: Call, limit: number): boolean {
  const { runner, kernel } = call
  const { times, units } = runner
  let part = Math.max(1, units >> 3)
  readClock(times, BEFORE)
  while (call.firstUnit < units && runner.failure === null) {
    runUnits(call, call.firstUnit, Math.min(call.firstUnit + part, units))
    readClock(times, AFTER)
    const nanoseconds = (times[AFTER] - times[BEFORE]) * 1e6
    if (nanoseconds > limit && call.firstUnit < units) break
    part = Math.max(1, Math.floor((call.firstUnit * limit) / (2 * nanoseconds)))
  }
  if (runner.failure !== null) return true
  learn(kernel!, times, indexOfUnit(runner, call.firstUnit) - runner.start, false)
  if (call.firstUnit === units) return true
  predict(call)
  return false
}

/** Runs chunks in this thread without a slot. A reduction's accumulators stay here. */
export function runUnits(call: Call, first: number, end: number): void {
  const { runner } = call
  const { recorder } = runner
  call.firstUnit = end
  if ((runner.mode & MODE_REDUCE) === 0) runner.run(first, end)
  else {
    if (recorder !== null) recorder.beginChunk(runner)
    for (let unit = first; unit < end && runner.failure === null; unit++) {
      call.keepLocal(unit, runner.foldUnit(unit))
    }
  }
  if (recorder !== null) recorder.endChunk(runner, first, end)
}
