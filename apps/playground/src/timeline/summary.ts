/** What a timeline shows, as numbers: for tables, for diagnosis, and for who cannot see it. */
import { extentOf, isWork, nameOf, spansOf, stealsOf } from './spans.ts'
import type { Span } from './spans.ts'
import type { Trace, TraceThread } from 'spillway'
import type { Window } from './window.ts'

export interface ThreadSummary {
  readonly name: string
  readonly worker: number
  readonly chunks: number
  readonly jobs: number
  readonly steals: number
  readonly parks: number
  /** Milliseconds within the run. */
  readonly busy: number
  readonly parked: number
  /** Neither at work nor parked: looking for work, or waiting for the system to run it. */
  readonly idle: number
  readonly lost: number
}

export interface RunSummary {
  readonly extent: Window
  readonly threads: readonly ThreadSummary[]
  /** Median length of a chunk or job, in milliseconds. */
  readonly typicalSpan: number
  /** Milliseconds in which nobody was at work. */
  readonly nobody: number
}

export function summarise(trace: Trace): RunSummary | null {
  const extent = extentOf(trace)
  if (extent === null) return null
  const work = trace.threads.flatMap((thread) => spansOf(thread).filter(isWork))
  const lengths = work.map(({ begin, end }) => end - begin).toSorted((a, b) => a - b)
  return {
    extent,
    threads: trace.threads.map((thread) => threadSummary(thread, extent)),
    typicalSpan: lengths[Math.floor(lengths.length / 2)] ?? 0,
    nobody: extent.to - extent.from - covered(work, extent),
  }
}

function threadSummary(thread: TraceThread, extent: Window): ThreadSummary {
  const spans = spansOf(thread).filter(({ begin, end }) => end >= extent.from && begin <= extent.to)
  const count = (kind: Span['kind']): number => spans.filter((span) => span.kind === kind).length
  const work = spans.filter(isWork)
  const parked = covered(
    spans.filter(({ kind }) => kind === 'park'),
    extent,
  )
  // A job that waits for its children may sleep meanwhile: that is no work.
  const busy = covered([...work, ...spans.filter(({ kind }) => kind === 'park')], extent) - parked
  return {
    name: nameOf(thread),
    worker: thread.worker,
    chunks: count('chunk'),
    jobs: count('job') + count('async'),
    steals: stealsOf(thread).length,
    parks: count('park'),
    busy,
    parked,
    idle: Math.max(0, extent.to - extent.from - busy - parked),
    lost: thread.lost,
  }
}

/** Length of the union of spans within a window. Jobs lie in jobs, and must not count twice. */
function covered(spans: readonly Span[], window: Window): number {
  let sum = 0
  let reached = window.from
  for (const { begin, end } of spans.toSorted((a, b) => a.begin - b.begin)) {
    const from = Math.max(begin, reached)
    const to = Math.min(end, window.to)
    if (to > from) sum += to - from
    reached = Math.max(reached, Math.min(end, window.to))
  }
  return sum
}
