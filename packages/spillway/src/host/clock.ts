/**
 * A monotonic clock in milliseconds.
 *
 * Hot paths read it into a typed array: a double that a function returns is a heap allocation whenever V8 does not inline the call.
 * On Node `hrtime` is the source: V8 mostly drops its result array, while `performance.now` always boxes a number. Whoever wants
 * no allocation at all reads it rarely.
 */
const hrtime = (globalThis as { process?: { hrtime?: () => [number, number] } }).process?.hrtime

function milliseconds(): number {
  if (hrtime === undefined) return performance.now()
  const time = hrtime()
  return time[0] * 1e3 + time[1] * 1e-6
}

/** Stores the time in `times[index]`. */
export function readClock(times: Float64Array, index: number): void {
  times[index] = milliseconds()
}

/** The same clock where an allocation does not matter. */
export function now(): number {
  return milliseconds()
}
