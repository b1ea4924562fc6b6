/** Where the events of a trace lie on the screen. A pure function of the trace, the window and the width. */
import type { Trace } from 'spillway'
import { nameOf, spansOf, stealsOf } from './spans.ts'
import type { Span, Steal } from './spans.ts'
import { xOf } from './window.ts'
import type { Window } from './window.ts'

export interface Bar {
  readonly kind: Span['kind']
  /** Pixels from the left of the row. */
  readonly x: number
  readonly width: number
  /** How many spans this one lies in: jobs help with other jobs while they wait. */
  readonly depth: number
  /** Spans in this bar: those too short to be told apart share one. */
  readonly count: number
  /** The first of them. */
  readonly span: Span
}

export interface Mark {
  readonly x: number
  readonly steal: Steal
}

export interface Row {
  readonly name: string
  readonly worker: number
  readonly bars: readonly Bar[]
  readonly marks: readonly Mark[]
}

/** Bars this narrow are merged with a neighbour that they touch. */
const NARROW = 2
const TOUCHING = 0.5

export function layOut(trace: Trace, window: Window, width: number): Row[] {
  return trace.threads.map((thread) => ({
    name: nameOf(thread),
    worker: thread.worker,
    bars: barsOf(spansOf(thread), window, width),
    marks: stealsOf(thread)
      .filter(({ at }) => at >= window.from && at <= window.to)
      .map((steal) => ({ x: xOf(window, steal.at, width), steal })),
  }))
}

function barsOf(spans: readonly Span[], window: Window, width: number): Bar[] {
  const bars: Bar[] = []
  const ends: number[] = []
  for (const span of spans) {
    while (ends.length > 0 && ends.at(-1)! <= span.begin) ends.pop()
    const depth = ends.length
    // A call is drawn around what it waits for, not below it.
    if (span.kind !== 'loop') ends.push(span.end)
    if (span.end < window.from || span.begin >= window.to) continue
    const x = Math.max(0, xOf(window, span.begin, width))
    const right = Math.min(width, xOf(window, span.end, width))
    add(bars, { kind: span.kind, x, width: right - x, depth, count: 1, span })
  }
  return bars
}

function add(bars: Bar[], bar: Bar): void {
  const last = bars.at(-1)
  const merges =
    last !== undefined &&
    last.kind === bar.kind &&
    last.depth === bar.depth &&
    (bar.width < NARROW || last.count > 1) &&
    last.width < NARROW * 4 &&
    bar.x - (last.x + last.width) < TOUCHING
  if (!merges) return void bars.push(bar)
  bars[bars.length - 1] = {
    ...last,
    width: bar.x + bar.width - last.x,
    count: last.count + 1,
  }
}

/** The bar under a point of a row: the deepest one, with a little room around narrow ones. */
export function barAt(row: Row, x: number): Bar | null {
  let found: Bar | null = null
  for (const bar of row.bars) {
    if (x < bar.x - 2 || x > bar.x + Math.max(bar.width, 1) + 2) continue
    if (found === null || bar.depth >= found.depth) found = bar
  }
  return found
}

/** Instants for the axis, at round distances, and the distance. */
export function ticks(
  window: Window,
  most: number,
): { readonly at: number[]; readonly step: number } {
  const rough = (window.to - window.from) / most
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = power * ([1, 2, 5, 10].find((times) => times * power >= rough) ?? 10)
  const first = Math.ceil(window.from / step)
  const count = Math.max(0, Math.floor(window.to / step) - first + 1)
  return { at: Array.from({ length: count }, (_, at) => (first + at) * step), step }
}
