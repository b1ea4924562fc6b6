/** What the engine is given, and what it counts. */
import type { SharedHeap } from '../heap/heap.ts'
import type { Host, KeepAlive } from '../host/host.ts'
import type { Recorder } from '../observe/recorder.ts'
import type { LoopSlots } from './slots.ts'

export interface EngineStats {
  /** Calls that ran in the calling thread because they were too small to share. */
  inline: number
  /** Calls that workers could join. */
  shared: number
  /** Async calls that waited for a free loop slot. */
  queued: number
}

export interface EngineSetup {
  readonly host: Host
  readonly heap: SharedHeap
  readonly slots: LoopSlots
  readonly workers: number
  /** Workers that a sync call engages besides its own thread. */
  readonly syncWorkers: number
  readonly spinMs: number
  readonly keepAlive: KeepAlive
  /** Null unless the system is traced. */
  readonly recorder: Recorder | null
  /** Looks for workers that died while this thread was blocked. */
  readonly probe: () => void
}
