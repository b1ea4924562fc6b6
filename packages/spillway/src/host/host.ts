/** What a runtime must provide. Files in this folder are the only ones that know which runtime that is. */
import type { MakeMemory } from '../heap/heap.ts'
import type { WasmMemory } from '../heap/views.ts'

/** Sent to a new worker before anything else. */
export interface InitMessage {
  readonly type: 'spillway:init'
  readonly version: string
  readonly system: string
  readonly memory: WasmMemory
  readonly workers: number
  /** 0 to workers - 1; workers + 1 for the worker of async jobs. */
  readonly worker: number
  readonly spinMs: number
  /** True if an earlier thread held this seat: what it left in its outbox may not have been read yet. */
  readonly again: boolean
  /** Kernel modules to import before answering; empty when the worker's own file imports them. */
  readonly modules: readonly string[]
  readonly foreign: readonly SharedArrayBuffer[]
  /** Of a worker that is to be pinned: the cpus for threads and processes that it starts. */
  readonly unpinned: readonly number[] | undefined
  /** Other workers, in the order in which this one steals from them; undefined: from the next one on. */
  readonly victims?: readonly number[] | undefined
}

/** A foreign shared buffer, known by `id` from now on. */
export interface BufferMessage {
  readonly type: 'spillway:buffer'
  readonly id: number
  readonly buffer: SharedArrayBuffer
}

export interface ReadyMessage {
  readonly type: 'spillway:ready'
  readonly version: string
  readonly kernels: readonly string[]
  /** Global names of the worker's realm, which inline kernels may use. */
  readonly globals: readonly string[]
}

/** Comes first from a worker that is to be pinned. */
export interface ThreadMessage {
  readonly type: 'spillway:thread'
  /** Number of its thread in the system, null if it does not know. */
  readonly thread: number | null
}

export interface FailedMessage {
  readonly type: 'spillway:failed'
  readonly error: unknown
}

export type ToWorker = InitMessage | BufferMessage
/** A worker spawned an async job: the worker of these is to be started. */
export interface AsyncMessage {
  readonly type: 'spillway:async'
}

export type FromWorker = ThreadMessage | ReadyMessage | FailedMessage | AsyncMessage

export interface WorkerHandlers {
  message(message: FromWorker): void
  /** The thread ended, for whatever reason; `error` says why if known. Called once. */
  ended(error: unknown): void
}

export interface WorkerHandle {
  post(message: ToWorker): void
  /**
   * Callable while this thread's event loop stands still: false once the worker's thread has ended. `life` is what that has said in its
   * LIFE word, which is not BOOTING any more.
   */
  isAlive(life: number): boolean
  terminate(): Promise<void>
}

/** A worker's end of the connection. */
export interface WorkerPort {
  post(message: FromWorker): void
  /** `receive` may be called before this returns. */
  listen(receive: (message: ToWorker) => void): void
  /** Loads modules by their URLs. */
  load(urls: readonly string[]): Promise<void>
  /** Says in its LIFE word that this thread takes work from now on, and, where the starter has no other way to see it, that it ends. */
  lives(words: Int32Array, at: number): void
  /** As the host's. */
  loader(file: string): (() => unknown) | null
  /** Lets the thread end once its event loop has nothing else to do. */
  close(): void
  /** Resolves after other events had their turn. */
  yieldToEvents(): Promise<void>
}

/** Keeps the process alive while it is held. */
export interface KeepAlive {
  hold(): void
  release(): void
}

export interface Cores {
  /** Cores this process may keep busy: affinity mask and quota respected; at least 1. */
  readonly usable: number
  readonly allowed: number
  /** CPU time granted per period in cores, null for no limit. */
  readonly quota: number | null
}

export interface Serial {
  /** Why no workers run here, for people. */
  readonly reason: string
  /** Makes the heap's memory where workers cannot run, whatever is asked for; null where they only would not help. */
  readonly memory: MakeMemory | null
}

export interface Host {
  /** For people: `node 20.20.2 on linux x64`. */
  readonly name: string
  /** Set where everything runs in the calling thread. */
  readonly serial: Serial | null
  /** Tells the core that this thread spins. */
  pause(): void
  /** Whether `Atomics.wait` works in this thread. */
  canBlock(): boolean
  cores(): Cores
  keepAlive(): KeepAlive
  /** Starts a worker from the package's own entry, or from the user's factory. */
  startWorker(
    label: string,
    factory: (() => unknown) | undefined,
    handlers: WorkerHandlers,
  ): WorkerHandle
  /** A function that loads a file of this package within a call, by its name; null where only `import()` can bring it. */
  loader(file: string): (() => unknown) | null
  /** Resolves after other events had their turn. */
  yieldToEvents(): Promise<void>
  /** Runs `task` in `milliseconds`, unless the returned function is called before; does not keep the process alive. */
  after(milliseconds: number, task: () => void): () => void
}
