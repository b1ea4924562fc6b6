// A clock that all threads of a process read alike; `performance.now()` counts from each thread's own start.

/** Nanoseconds since some moment in the past: an integer that doubles hold exactly for the first hundred days of it. */
export function nanoseconds(): number {
  return Number(process.hrtime.bigint())
}
