/** The spans of a thread: what lasts, and how deep it lies in what lasts longer. */
import type { Trace, TraceEvent, TraceThread } from 'spillway'
import type { Window } from './window.ts'

export type Span = Extract<TraceEvent, { begin: number }>
export type Steal = Extract<TraceEvent, { kind: 'steal' }>

export function isSpan(event: TraceEvent): event is Span {
  return event.kind !== 'steal'
}

export function spansOf(thread: TraceThread): Span[] {
  return thread.events.filter(isSpan).toSorted((a, b) => a.begin - b.begin || b.end - a.end)
}

export function stealsOf(thread: TraceThread): Steal[] {
  return thread.events.filter((event) => event.kind === 'steal')
}

/** The page is the thread that calls; async jobs have a worker of their own. */
export function nameOf({ worker }: TraceThread): string {
  if (worker >= 0) return `worker ${worker}`
  return worker === -1 ? 'page' : 'async jobs'
}

/** Whether a span is the kernel's own time. A `loop` is a call that waits for chunks, which have spans of their own. */
export function isWork({ kind }: Span): boolean {
  return kind === 'chunk' || kind === 'job' || kind === 'async'
}

/** From the first chunk or job to the last; parks before and after do not count. Null for a trace in which nothing ran. */
export function extentOf(trace: Trace): Window | null {
  let [from, to] = [Infinity, -Infinity]
  for (const { events } of trace.threads) {
    for (const event of events) {
      if (!isSpan(event) || !isWork(event)) continue
      from = Math.min(from, event.begin)
      to = Math.max(to, event.end)
    }
  }
  return from < to ? { from, to } : null
}
