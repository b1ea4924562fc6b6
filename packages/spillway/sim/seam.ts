/**
 * What programs may ask of the machine below besides memory. Weaving turns calls into steps; without it there is nothing below, so
 * they throw.
 */

/** This thread spins: nothing will change before another thread writes. */
export function pause(): void {
  throw unwoven()
}

/** Runs a kernel for `nanoseconds`. */
export function work(_nanoseconds: number): void {
  throw unwoven()
}

/** This thread's clock in milliseconds. */
export function now(): number {
  throw unwoven()
}

/** Ends another thread of the model, wherever it stands, and learns of it: all that thread did has happened before. */
export function kill(_thread: number): void {
  throw unwoven()
}

function unwoven(): Error {
  return new Error('sim: this program runs only when woven')
}
