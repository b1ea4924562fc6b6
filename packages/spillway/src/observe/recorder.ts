/**
 * One thread's side of the trace: writes what has ended into the thread's own ring. Exists only in systems that are traced; README.md in
 * this folder tells what orders the plain stores before the reader's looks.
 */
import { load, store } from '../core/atomics.ts'
import { indexOfUnit } from '../core/geometry.ts'
import type { SleepRecorder } from '../core/worker.ts'
import type { HeapViews } from '../heap/views.ts'
import type { LoopRunner } from '../kernels/loop-runner.ts'
import { clockZero, now } from '../host/clock.ts'
import {
  H_TRACE,
  H_TRACE_EVENTS,
  H_TRACE_ORIGIN,
  H_WORKERS,
  LINE_BYTES,
  LINE_WORDS,
  OTHER_THREADS,
} from '../layout/layout.ts'
import {
  EVENT_ASYNC,
  EVENT_CHUNK,
  EVENT_JOB,
  EVENT_LOOP,
  EVENT_OF_JOB,
  EVENT_PARK,
  EVENT_SHARED,
  EVENT_STEAL,
  EVENT_WORDS,
  G_COUNT,
  G_NUMBERS,
  G_SINCE,
  G_SLEEPS,
  RING_WORDS,
  V_BEGIN,
  V_END,
  V_FLAGS,
  V_FROM,
  V_KERNEL,
  V_KIND,
  V_NUMBER,
  V_TO,
  ringAt,
  ringsWords,
} from '../layout/trace.ts'

const LARGEST_NUMBER = 0x7fff_ffff

export class Recorder implements SleepRecorder {
  readonly #words: Int32Array
  readonly #doubles: Float64Array
  readonly #ring: number
  /** The place of event k is k & mask. */
  readonly #mask: number
  readonly #thread: number
  readonly #threads: number
  /** What turns this thread's clock into time since the system's start. */
  readonly #shift: number
  #count: number

  /** Records for thread `thread` of a system that is traced; goes on where an earlier thread on its seat has stopped. */
  constructor(views: HeapViews, thread: number) {
    const [workers, events] = [views.words[H_WORKERS], views.words[H_TRACE_EVENTS]]
    const first = views.words[H_TRACE]
    views.cover(first * LINE_BYTES + ringsWords(workers, events) * 4)
    // Rings never move, so these views stay right when the memory grows.
    this.#words = views.words
    this.#doubles = views.doubles
    this.#ring = ringAt(first * LINE_WORDS, thread, events)
    this.#mask = events - 1
    this.#thread = thread
    this.#threads = workers + OTHER_THREADS
    this.#shift = clockZero() - views.doubles[H_TRACE_ORIGIN / 2]
    this.#count = load(this.#words, this.#ring + G_COUNT)
    // Whoever died asleep sleeps no more.
    const sleeps = load(this.#words, this.#ring + G_SLEEPS)
    if ((sleeps & 1) !== 0) store(this.#words, this.#ring + G_SLEEPS, sleeps + 1)
  }

  /** Milliseconds since the system's start. */
  now(): number {
    return now() + this.#shift
  }

  /** A number for a loop or a job that no other of this system has, or had not long ago. */
  nextNumber(): number {
    const given = ++this.#words[this.#ring + G_NUMBERS]
    return (given * this.#threads + this.#thread) & LARGEST_NUMBER
  }

  // Loops

  beginLoop(runner: LoopRunner): void {
    runner.number = this.nextNumber()
    runner.loopBegan = this.now()
  }

  /** `shared` if workers could join. */
  endLoop(runner: LoopRunner, shared: boolean): void {
    const { runnable, number, loopBegan, start, end } = runner
    const flags = shared ? EVENT_SHARED : 0
    this.#write(EVENT_LOOP, runnable!.id, number, flags, loopBegan, this.now(), start, end)
    runner.number = 0
  }

  beginChunk(runner: LoopRunner): void {
    runner.chunkBegan = this.now()
  }

  /** Chunks [first, end) have run, as far as no failure kept them from it. */
  endChunk(runner: LoopRunner, first: number, end: number): void {
    const { runnable, number, chunkBegan } = runner
    const [from, to] = [indexOfUnit(runner, first), indexOfUnit(runner, end)]
    this.#write(EVENT_CHUNK, runnable!.id, number, 0, chunkBegan, this.now(), from, to)
  }

  /** Stole so many chunks from the range of participant `victim`. */
  stoleChunks({ opener }: LoopRunner, victim: number, units: number): void {
    const time = this.now()
    const thread = victim === 0 ? opener : victim - 1
    this.#write(EVENT_STEAL, thread, units, 0, time, time, 0, 0)
  }

  // Jobs

  /** `flags` are EVENT_RESUMED and EVENT_SUSPENDED. */
  job(kernel: number, job: number, begin: number, flags: number): void {
    this.#write(EVENT_JOB, kernel, job, flags, begin, this.now(), 0, 0)
  }

  asyncJob(kernel: number, job: number, begin: number): void {
    this.#write(EVENT_ASYNC, kernel, job, 0, begin, this.now(), 0, 0)
  }

  stoleJob(victim: number): void {
    const time = this.now()
    this.#write(EVENT_STEAL, victim, 1, EVENT_OF_JOB, time, time, 0, 0)
  }

  // Sleep

  parks(): void {
    this.#doubles[(this.#ring + G_SINCE) / 2] = this.now()
    this.#countSleep()
  }

  unparks(): void {
    this.#countSleep()
    const since = this.#doubles[(this.#ring + G_SINCE) / 2]
    this.#write(EVENT_PARK, 0, 0, 0, since, this.now(), 0, 0)
  }

  #countSleep(): void {
    const at = this.#ring + G_SLEEPS
    store(this.#words, at, this.#words[at] + 1)
  }

  #write(
    kind: number,
    kernel: number,
    number: number,
    flags: number,
    begin: number,
    end: number,
    from: number,
    to: number,
  ): void {
    const words = this.#words
    const doubles = this.#doubles
    const at = this.#ring + RING_WORDS + (this.#count & this.#mask) * EVENT_WORDS
    words[at + V_KIND] = kind
    words[at + V_KERNEL] = kernel
    words[at + V_NUMBER] = number
    words[at + V_FLAGS] = flags
    doubles[(at + V_BEGIN) / 2] = begin
    doubles[(at + V_END) / 2] = end
    doubles[(at + V_FROM) / 2] = from
    doubles[(at + V_TO) / 2] = to
    this.#count = (this.#count + 1) | 0
    // The reader looks at no event that this does not count.
    store(words, this.#ring + G_COUNT, this.#count)
  }
}
