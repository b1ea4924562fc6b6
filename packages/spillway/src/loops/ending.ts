/** The ends that a caller can set to a call: an AbortSignal and a timeout. */
import { TimeoutError } from '../errors.ts'
import { now, readClock } from '../host/clock.ts'
import { AFTER } from '../kernels/loop-runner.ts'
import type { Host } from '../host/host.ts'
import type { Call } from './call.ts'

export function hasEnd(call: Call): boolean {
  return call.signal !== undefined || call.timeout !== Infinity
}

/** Throws if the call is over before it begins; else sets its deadline. */
export function refuseEnded(call: Call): void {
  call.startedAt = 0
  if (call.signal?.aborted === true) throw call.signal.reason
  if (call.timeout === Infinity) return
  if (call.timeout === 0) throw new TimeoutError(0)
  call.startedAt = now()
  call.deadline = call.startedAt + call.timeout
}

/** Reads the clock into `times[AFTER]`; true if the deadline has passed or the signal has fired. */
export function isOver(call: Call, times: Float64Array): boolean {
  readClock(times, AFTER)
  return times[AFTER] > call.deadline || call.signal?.aborted === true
}

/** What a call rejects with that is over. */
export function endReason(call: Call): unknown {
  return call.signal?.aborted === true ? call.signal.reason : new TimeoutError(call.timeout)
}

/** Cancels an awaited call when its signal fires or its time is up; `call.stopWatching` undoes it. */
export function watchEnds(
  call: Call,
  host: Host,
  cancel: (ticket: number, reason: unknown) => void,
): void {
  const { signal, timeout, ticket } = call
  if (!hasEnd(call)) return
  const abort = (): void => cancel(ticket, signal!.reason)
  signal?.addEventListener('abort', abort, { once: true })
  const stopTimer =
    timeout === Infinity
      ? undefined
      : host.after(timeout, () => cancel(ticket, new TimeoutError(timeout)))
  call.stopWatching = () => {
    signal?.removeEventListener('abort', abort)
    stopTimer?.()
  }
}
