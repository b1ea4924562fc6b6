/** Ends that the program set to jobs. Timers and signals come by the event loop; while jobs keep that from turning, somebody has to look. */
import { TimeoutError } from '../errors.ts'
import { now } from '../host/clock.ts'
import type { Handle } from './handle.ts'

interface Deadline {
  readonly handle: Handle
  readonly timeout: number
  readonly end: number
  readonly signal: AbortSignal | undefined
}

export class Deadlines {
  readonly #open = new Set<Deadline>()
  /** How many there are. */
  count = 0

  /** Ends the job once `timeout` milliseconds have passed or the signal has fired. Returns what undoes it. */
  add(handle: Handle, timeout: number, signal: AbortSignal | undefined): () => void {
    if (timeout === Infinity && signal === undefined) return () => {}
    const deadline = { handle, timeout, end: now() + timeout, signal }
    this.#open.add(deadline)
    this.count++
    return () => {
      if (this.#open.delete(deadline)) this.count--
    }
  }

  /** Cancels the jobs whose time is up. Reads the clock if there are any. */
  look(): void {
    if (this.count === 0) return
    const time = now()
    for (const { handle, timeout, end, signal } of this.#open) {
      if (time > end) handle.cancel(new TimeoutError(timeout, 'job'))
      else if (signal?.aborted === true) handle.cancel(signal.reason)
    }
  }
}
