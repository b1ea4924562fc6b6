/** The starter's side of the trace: makes the rings before any worker starts, and reads them while their threads go on. */
import { load } from '../core/atomics.ts'
import { rangeError } from '../errors.ts'
import type { Catalogue } from '../heap/catalogue.ts'
import type { SharedHeap } from '../heap/heap.ts'
import { clockZero, now } from '../host/clock.ts'
import {
  H_TRACE,
  H_TRACE_EVENTS,
  H_TRACE_ORIGIN,
  LINE_BYTES,
  OTHER_THREADS,
} from '../layout/layout.ts'
import {
  EVENT_WORDS,
  GUARD,
  G_COUNT,
  G_SINCE,
  G_SLEEPS,
  RING_WORDS,
  ringAt,
  ringsWords,
} from '../layout/trace.ts'
import type { ResolvedStart } from '../start-options.ts'
import { decodeEvents } from './decode-events.ts'
import { Recorder } from './recorder.ts'
import type { Trace } from './trace-types.ts'

interface TracerSetup {
  readonly heap: SharedHeap
  readonly catalogue: Catalogue
  readonly workers: number
  readonly name: string
  /** Of each ring: a power of two. */
  readonly events: number
}

/** What a thread has recorded, copied at one moment. */
interface Copy {
  readonly thread: number
  readonly words: Int32Array
  readonly lost: number
  /** When it fell asleep, -1 while it is awake. */
  readonly asleep: number
  /** Events written since the system's start. */
  readonly count: number
}

/** Takes the rings of a system from the heap, before it starts workers. Throws RangeError if they do not fit. */
export function makeTracer(
  heap: SharedHeap,
  catalogue: Catalogue,
  workers: number,
  { name, traceEvents }: ResolvedStart,
): Tracer {
  return new Tracer({ heap, catalogue, workers, name, events: traceEvents })
}

export class Tracer {
  /** Of the starter's thread. */
  readonly recorder: Recorder
  readonly #setup: TracerSetup
  readonly #base: number
  readonly #words: Int32Array
  readonly #doubles: Float64Array
  readonly #origin: number
  /** COUNT of each thread when its events were last cleared. */
  readonly #cleared: number[]

  constructor(setup: TracerSetup) {
    const { heap, workers, events } = setup
    this.#setup = setup
    const threads = workers + OTHER_THREADS
    const offset = allocateRings(heap, workers, events)
    this.#base = offset / 4
    this.#words = heap.views.words
    this.#doubles = heap.views.doubles
    for (let thread = 0; thread < threads; thread++) {
      const ring = this.#ringOf(thread)
      this.#words.fill(0, ring, ring + RING_WORDS)
    }
    this.#cleared = Array.from({ length: threads }, () => 0)
    this.#origin = clockZero() + now()
    this.#words[H_TRACE] = offset / LINE_BYTES
    this.#words[H_TRACE_EVENTS] = events
    this.#doubles[H_TRACE_ORIGIN / 2] = this.#origin
    this.recorder = new Recorder(heap.views, workers)
  }

  /** Lets later readings begin here. */
  clear(): void {
    for (let thread = 0; thread < this.#cleared.length; thread++) {
      this.#cleared[thread] = load(this.#words, this.#ringOf(thread) + G_COUNT)
    }
  }

  read(): Trace {
    const { workers, catalogue } = this.#setup
    const order = [workers, ...Array.from({ length: workers }, (_, worker) => worker), workers + 1]
    const copies = order
      .map((thread) => this.#copy(thread))
      .filter(({ thread, count }) => thread <= workers || count !== 0)
    const until = this.recorder.now()
    const kernelOf = (id: number): string => (catalogue.get(id) as { readonly name: string }).name
    const threads = copies.map(({ thread, words, lost, asleep }) =>
      Object.freeze({
        name: this.#nameOf(thread),
        worker: workerOf(thread, workers),
        lost,
        events: decodeEvents(words, asleep, until, kernelOf, (from) => workerOf(from, workers)),
      }),
    )
    return Object.freeze({
      origin: this.#origin,
      until,
      lost: threads.reduce((sum, { lost }) => sum + lost, 0),
      threads: Object.freeze(threads),
    })
  }

  #ringOf(thread: number): number {
    return ringAt(this.#base, thread, this.#setup.events)
  }

  /** The newest events of a thread that goes on meanwhile: R1 to R3 of README.md. */
  #copy(thread: number): Copy {
    const ring = this.#ringOf(thread)
    const keeps = this.#setup.events - GUARD
    const count = load(this.#words, ring + G_COUNT)
    const asleep = this.#asleep(ring)
    const written = (count - this.#cleared[thread]) >>> 0
    const wanted = Math.min(written, keeps)
    const words = this.#events(ring, count - wanted, wanted)
    const since = (load(this.#words, ring + G_COUNT) - count) >>> 0
    const overwritten = Math.min(wanted, Math.max(0, wanted + since - keeps))
    return {
      thread,
      words: words.subarray(overwritten * EVENT_WORDS),
      lost: written - wanted + overwritten,
      asleep,
      count,
    }
  }

  /** A copy of `length` events from event `first` on. */
  #events(ring: number, first: number, length: number): Int32Array {
    const { events } = this.#setup
    const start = first & (events - 1)
    const head = Math.min(length, events - start)
    const at = ring + RING_WORDS
    const words = new Int32Array(length * EVENT_WORDS)
    words.set(this.#words.subarray(at + start * EVENT_WORDS, at + (start + head) * EVENT_WORDS))
    words.set(this.#words.subarray(at, at + (length - head) * EVENT_WORDS), head * EVENT_WORDS)
    return words
  }

  /** When the thread fell asleep; -1 if it is awake, or woke while this looked. */
  #asleep(ring: number): number {
    const sleeps = load(this.#words, ring + G_SLEEPS)
    const since = this.#doubles[(ring + G_SINCE) / 2]
    return (sleeps & 1) !== 0 && load(this.#words, ring + G_SLEEPS) === sleeps ? since : -1
  }

  #nameOf(thread: number): string {
    const { name, workers } = this.#setup
    if (thread === workers) return `${name} starter`
    return thread < workers ? `${name} worker ${thread}` : `${name} async jobs`
  }
}

function allocateRings(heap: SharedHeap, workers: number, events: number): number {
  const bytes = ringsWords(workers, events) * 4
  try {
    return heap.allocate(bytes)
  } catch (error) {
    throw rangeError(
      'ERR_OPTION',
      `trace: rings of ${events} events for ${workers + OTHER_THREADS} threads take ${bytes} bytes, which do not fit into the heap ` +
        `(${(error as Error).message}); lower trace.events or raise heap.maximumBytes`,
    )
  }
}

/** As in `TraceThread.worker`. */
function workerOf(thread: number, workers: number): number {
  return thread < workers ? thread : workers - 1 - thread
}
