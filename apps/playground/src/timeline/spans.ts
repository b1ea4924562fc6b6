/** The spans of a thread: what lasts, and how deep it lies in what lasts longer. */
import type { Trace, TraceEvent, TraceThread } from './trace.ts'
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

/** From the first chunk or job to the last; parks before and after do not count. Null for a trace in which nothing ran. */
export function extentOf(trace: Trace): Window | null {
  let [from, to] = [Infinity, -Infinity]
  for (const { events } of trace.threads) {
    for (const event of events) {
      if (event.kind !== 'chunk' && event.kind !== 'job') continue
      from = Math.min(from, event.begin)
      to = Math.max(to, event.end)
    }
  }
  return from < to ? { from, to } : null
}

/** Only what happened at or after an instant. */
export function since(trace: Trace, from: number): Trace {
  const threads = trace.threads.map((thread) => ({
    ...thread,
    events: thread.events.filter((event) => (isSpan(event) ? event.end : event.at) >= from),
  }))
  return { ...trace, threads }
}
