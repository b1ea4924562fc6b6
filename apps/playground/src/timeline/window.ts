/** The part of a trace that is on the screen: pure functions, so that keys, wheel and drag mean the same. */
export interface Window {
  /** Milliseconds. */
  readonly from: number
  readonly to: number
}

/** A window is never shorter: a microsecond is what clocks tell apart. */
const SHORTEST = 0.001

/** Magnifies by `factor`; the instant `at` stays where it is. */
export function zoom(window: Window, factor: number, at: number, bounds: Window): Window {
  const length = Math.min(
    bounds.to - bounds.from,
    Math.max(SHORTEST, (window.to - window.from) / factor),
  )
  const share = (at - window.from) / (window.to - window.from)
  return inside({ from: at - share * length, to: at + (1 - share) * length }, bounds)
}

/** Moves by a share of the window's length. */
export function pan(window: Window, share: number, bounds: Window): Window {
  const by = share * (window.to - window.from)
  return inside({ from: window.from + by, to: window.to + by }, bounds)
}

function inside(window: Window, bounds: Window): Window {
  const length = Math.min(window.to - window.from, bounds.to - bounds.from)
  const from = Math.min(bounds.to - length, Math.max(bounds.from, window.from))
  return { from, to: from + length }
}

export function timeAt(window: Window, x: number, width: number): number {
  return window.from + ((window.to - window.from) * x) / width
}

export function xOf(window: Window, time: number, width: number): number {
  return ((time - window.from) / (window.to - window.from)) * width
}
