/** Events as they lie in a ring, made readable. */
import {
  EVENT_ASYNC,
  EVENT_CHUNK,
  EVENT_JOB,
  EVENT_LOOP,
  EVENT_OF_JOB,
  EVENT_RESUMED,
  EVENT_SHARED,
  EVENT_STEAL,
  EVENT_SUSPENDED,
  EVENT_WORDS,
  V_BEGIN,
  V_END,
  V_FLAGS,
  V_FROM,
  V_KERNEL,
  V_KIND,
  V_NUMBER,
  V_TO,
} from '../layout/trace.ts'
import type { TraceEvent } from './trace-types.ts'

type KernelOf = (id: number) => string
type WorkerOf = (thread: number) => number

/** Frozen events by their beginning, enclosing ones first. `asleep` is when the thread fell asleep, -1 while it is awake. */
export function decodeEvents(
  words: Int32Array,
  asleep: number,
  until: number,
  kernelOf: KernelOf,
  workerOf: WorkerOf,
): readonly TraceEvent[] {
  const bytes = words.byteOffset
  const doubles = new Float64Array(words.buffer, bytes, words.length / 2)
  const events: TraceEvent[] = []
  if (asleep >= 0) events.push({ kind: 'park', begin: asleep, end: Math.max(asleep, until) })
  // From the last to end: of two that begin and end at the same time it is the one that encloses the other.
  for (let at = words.length - EVENT_WORDS; at >= 0; at -= EVENT_WORDS) {
    events.push(decodeEvent(words, doubles, at, kernelOf, workerOf))
  }
  for (const event of events) Object.freeze(event)
  return Object.freeze(events.toSorted(byBeginning))
}

function decodeEvent(
  words: Int32Array,
  doubles: Float64Array,
  at: number,
  kernelOf: KernelOf,
  workerOf: WorkerOf,
): TraceEvent {
  const id = words[at + V_KERNEL]
  const number = words[at + V_NUMBER]
  const flags = words[at + V_FLAGS]
  const begin = doubles[(at + V_BEGIN) / 2]
  const end = doubles[(at + V_END) / 2]
  const from = doubles[(at + V_FROM) / 2]
  const to = doubles[(at + V_TO) / 2]
  switch (words[at + V_KIND]) {
    case EVENT_CHUNK:
      return { kind: 'chunk', begin, end, kernel: kernelOf(id), loop: number, from, to }
    case EVENT_LOOP: {
      const shared = (flags & EVENT_SHARED) !== 0
      return { kind: 'loop', begin, end, kernel: kernelOf(id), loop: number, from, to, shared }
    }
    case EVENT_JOB: {
      const resumed = (flags & EVENT_RESUMED) !== 0
      const suspended = (flags & EVENT_SUSPENDED) !== 0
      return { kind: 'job', begin, end, kernel: kernelOf(id), job: number, resumed, suspended }
    }
    case EVENT_ASYNC:
      return { kind: 'async', begin, end, kernel: kernelOf(id), job: number }
    case EVENT_STEAL: {
      const of = (flags & EVENT_OF_JOB) !== 0 ? 'job' : 'loop'
      return { kind: 'steal', at: begin, victim: workerOf(id), units: number, of }
    }
    default:
      return { kind: 'park', begin, end }
  }
}

function byBeginning(left: TraceEvent, right: TraceEvent): number {
  return beginOf(left) - beginOf(right) || endOf(right) - endOf(left)
}

function beginOf(event: TraceEvent): number {
  return event.kind === 'steal' ? event.at : event.begin
}

function endOf(event: TraceEvent): number {
  return event.kind === 'steal' ? event.at : event.end
}
