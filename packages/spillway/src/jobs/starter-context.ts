/** What the starter's thread brings to jobs: its place among the threads, the memory they lie in, waits with an end. */
import type { BufferTable } from '../binding/buffers.ts'
import { store } from '../core/atomics.ts'
import type { ThreadContext } from '../core/worker.ts'
import type { SharedHeap } from '../heap/heap.ts'
import { now } from '../host/clock.ts'
import { LEVELS, jobArea } from '../layout/jobs.ts'
import type { JobArea } from '../layout/jobs.ts'
import { H_JOB_CAPACITY, H_JOBS, LINE_BYTES, LINE_WORDS } from '../layout/layout.ts'
import type { Recorder } from '../observe/recorder.ts'
import type { JobThread } from './thread.ts'

/** Job records of all threads together, unless the program asks for more. */
const MOST_RECORDS = 65536

export class StarterContext implements ThreadContext {
  readonly words: Int32Array
  readonly workers: number
  readonly worker: number
  readonly spinMs: number
  readonly recorder: Recorder | null
  readonly now = now
  readonly pause: () => void
  readonly emptied = new Int32Array(LEVELS)
  turn = 0
  nested = 0
  refused = false
  readonly #thread: () => JobThread

  constructor(
    words: Int32Array,
    workers: number,
    setup: {
      readonly spinMs: number
      readonly host: { pause(): void }
      readonly recorder: Recorder | null
    },
    thread: () => JobThread,
  ) {
    this.words = words
    this.workers = workers
    this.worker = workers
    this.spinMs = setup.spinMs
    this.recorder = setup.recorder
    this.pause = setup.host.pause
    this.#thread = thread
  }

  get jobs(): JobThread {
    return this.#thread()
  }

  prepare(): null {
    return null
  }
}

/** The foreign buffers as a map: the starter gave them their numbers. */
export function knownBuffers({ foreign }: BufferTable): ReadonlyMap<number, SharedArrayBuffer> {
  const known = { has: () => true, get: (id: number) => foreign[id - 1] }
  return known as unknown as ReadonlyMap<number, SharedArrayBuffer>
}

/** Lays out the job area in memory of its own and tells the workers. */
export function makeArea(heap: SharedHeap, workers: number, capacity: number | undefined): JobArea {
  const most = 2 ** Math.floor(Math.log2(MOST_RECORDS / (workers + 2)))
  const records = capacity ?? Math.max(64, Math.min(1024, most))
  const bytes = jobArea(0, workers, records).end * 4
  const offset = heap.allocate(bytes)
  const { words } = heap.views
  words.fill(0, offset / 4, (offset + bytes) / 4)
  words[H_JOB_CAPACITY] = records
  store(words, H_JOBS, offset / LINE_BYTES)
  return jobArea((offset / LINE_BYTES) * LINE_WORDS, workers, records)
}
