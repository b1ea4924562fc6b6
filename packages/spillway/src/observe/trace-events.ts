/**
 * A trace as Trace Event JSON, the format of `chrome://tracing`, which Perfetto and speedscope open too.
 *
 * Events that run nest in their thread's row, as the format asks ("X"). Loops and async jobs may overlap others of their thread, so each
 * gets a row of its own ("b" and "e"). Specification: "Trace Event Format", Google, 2016.
 */
import type { Trace, TraceEvent } from './trace-types.ts'

/** One event of the file. Times are microseconds. */
export interface ChromeEvent {
  readonly ph: 'M' | 'X' | 'i' | 'b' | 'e'
  readonly name: string
  readonly pid: number
  readonly tid: number
  readonly cat?: string
  readonly ts?: number
  readonly dur?: number
  readonly id?: number
  /** Scope of an instant: its thread. */
  readonly s?: 't'
  readonly args?: Readonly<Record<string, number | string | boolean>>
}

export interface TraceEventsOptions {
  /** Shown above the threads. Default "spillway". */
  readonly process?: string
  /** Number of the process, for files that hold several. Default 1. */
  readonly pid?: number
}

type Row = Pick<ChromeEvent, 'pid' | 'tid'>

/**
 * The events of a trace for `JSON.stringify`: a file of them opens in ui.perfetto.dev. Of each thread they are in order of time. How
 * many events were lost stands beside the thread's name.
 */
export function traceEvents(trace: Trace, options: TraceEventsOptions = {}): ChromeEvent[] {
  const { process = 'spillway', pid = 1 } = options
  const names: ChromeEvent[] = [
    { ph: 'M', name: 'process_name', pid, tid: 0, args: { name: process } },
  ]
  const rest: ChromeEvent[] = []
  for (const [index, { name, lost, events }] of trace.threads.entries()) {
    const row = { pid, tid: index + 1 }
    const label = lost === 0 ? name : `${name} (${lost} events lost)`
    names.push(
      { ph: 'M', name: 'thread_name', ...row, args: { name: label } },
      { ph: 'M', name: 'thread_sort_index', ...row, args: { sort_index: index } },
    )
    const made = events.flatMap((event) => convert(event, row))
    for (const event of made.toSorted((left, right) => left.ts! - right.ts!)) rest.push(event)
  }
  return [...names, ...rest]
}

function convert(event: TraceEvent, row: Row): ChromeEvent[] {
  switch (event.kind) {
    case 'chunk': {
      const { kernel, loop, from, to } = event
      return [
        { ph: 'X', name: kernel, cat: 'chunk', ...row, ...span(event), args: { loop, from, to } },
      ]
    }
    case 'job': {
      const { kernel, job, resumed, suspended } = event
      const args = { job, resumed, suspended }
      return [{ ph: 'X', name: kernel, cat: 'job', ...row, ...span(event), args }]
    }
    case 'park':
      return [{ ph: 'X', name: 'park', cat: 'park', ...row, ...span(event) }]
    case 'steal': {
      const { victim, units, of } = event
      const ts = microseconds(event.at)
      return [
        { ph: 'i', name: 'steal', cat: 'steal', s: 't', ...row, ts, args: { victim, units, of } },
      ]
    }
    case 'loop': {
      const { from, to, shared } = event
      return pair(event, 'loop', event.loop, row, { from, to, shared })
    }
    default:
      return pair(event, 'async', event.job, row, { job: event.job })
  }
}

function pair(
  event: { readonly begin: number; readonly end: number; readonly kernel: string },
  cat: string,
  id: number,
  row: Row,
  args: NonNullable<ChromeEvent['args']>,
): ChromeEvent[] {
  const common = { name: event.kernel, cat, id, ...row }
  return [
    { ph: 'b', ...common, ts: microseconds(event.begin), args },
    { ph: 'e', ...common, ts: microseconds(event.end) },
  ]
}

/** Whole nanoseconds at both ends, so that rounding lets no event end after the one around it. */
function span({ begin, end }: { readonly begin: number; readonly end: number }): {
  readonly ts: number
  readonly dur: number
} {
  const first = Math.round(begin * 1e6)
  return { ts: first / 1e3, dur: (Math.round(end * 1e6) - first) / 1e3 }
}

function microseconds(milliseconds: number): number {
  return Math.round(milliseconds * 1e6) / 1e3
}
