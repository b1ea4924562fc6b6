/** What `jobs.trace()` returns: plain data, the same for a chart, a test and a file. Times are milliseconds since the system's start. */

/** Indexes [from, to) of a loop that the thread took at once and ran, as one chunk or several. */
export interface ChunkEvent {
  readonly kind: 'chunk'
  readonly begin: number
  readonly end: number
  readonly kernel: string
  /** Number of the loop: its `loop` event, and the chunks of other threads, have the same. */
  readonly loop: number
  readonly from: number
  readonly to: number
}

/** A loop in the thread that called it, from the call until its outcome was known. */
export interface LoopEvent {
  readonly kind: 'loop'
  readonly begin: number
  readonly end: number
  readonly kernel: string
  readonly loop: number
  readonly from: number
  readonly to: number
  /** False if it was too small to share: then all of it ran in this thread. */
  readonly shared: boolean
}

/** A body of a plain job, or what a fiber ran between two waits. Work that it ran while it waited lies inside. */
export interface JobEvent {
  readonly kind: 'job'
  readonly begin: number
  readonly end: number
  readonly kernel: string
  /** Number of the job. A fiber has an event for each time it ran, all with its number. */
  readonly job: number
  /** True if this is a fiber that had waited. */
  readonly resumed: boolean
  /** True if this is a fiber that waits again at the end. */
  readonly suspended: boolean
}

/** An async job, from its beginning to its end. Its thread runs others meanwhile, so these events overlap. */
export interface AsyncEvent {
  readonly kind: 'async'
  readonly begin: number
  readonly end: number
  readonly kernel: string
  readonly job: number
}

/** Work taken from another thread. */
export interface StealEvent {
  readonly kind: 'steal'
  readonly at: number
  /** As `TraceThread.worker`. */
  readonly victim: number
  /** How many chunks; 1 for a job. */
  readonly units: number
  /** What was taken: chunks of a loop, or a job. */
  readonly of: 'loop' | 'job'
}

/** Sleep: a worker without work, or a thread that waits for what others run. `end` is the time of reading if it sleeps now. */
export interface ParkEvent {
  readonly kind: 'park'
  readonly begin: number
  readonly end: number
}

export type TraceEvent = ChunkEvent | LoopEvent | JobEvent | AsyncEvent | StealEvent | ParkEvent

export interface TraceThread {
  readonly name: string
  /** -1: the thread that started the system; -2: the worker of async jobs. */
  readonly worker: number
  /** Events that newer ones have overwritten. */
  readonly lost: number
  /** By beginning; what encloses others comes before them. */
  readonly events: readonly TraceEvent[]
}

export interface Trace {
  /** Unix time in milliseconds of time 0. */
  readonly origin: number
  /** When this was read. */
  readonly until: number
  readonly lost: number
  /** The thread that started the system, the workers, and that of async jobs once it has run one. None if the system was started without `trace`. */
  readonly threads: readonly TraceThread[]
}
