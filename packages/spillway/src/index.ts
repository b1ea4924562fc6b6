/// <reference lib="esnext.disposable" preserve="true" />
/** `spillway`: parallel loops, reductions and jobs over shared memory. */
export { JobSystem } from './job-system.ts'
export type { SystemEvents } from './job-system.ts'
export type { CloseOptions } from './close-options.ts'
export type { Align, Hint, LoopOptions, Range, Schedule } from './loops/loop-options.ts'
export type { RunOptions } from './jobs/run-options.ts'
export type {
  HeapOptions,
  IdleOptions,
  JobOptions,
  StartOptions,
  TraceOptions,
} from './start-options.ts'
export { presets } from './presets.ts'
export type { PresetName } from './presets.ts'
export type { PinningOptions, SpillOptions } from './topology/plan.ts'
export type { CpuPlaces, PinLevel, Strategy } from './topology/strategies.ts'
export {
  CancelledError,
  DeadlockError,
  TimeoutError,
  WorkerLostError,
  WorkerStartError,
} from './errors.ts'
export type { Counter } from './jobs/counter.ts'
export type { JobHandle, JobState, Priority, Waiting } from './jobs/types.ts'
export type { ErrorCode } from './errors.ts'
export type { MemoryScope, PaddedCells } from './heap/memory.ts'
export type { TypedArray } from './binding/elements.ts'
export type { Metrics, WorkerMetrics } from './observe/metrics.ts'
export type { Trace, TraceEvent, TraceThread } from './observe/trace-types.ts'
export type { SystemDescription } from './observe/describe.ts'
export { VERSION as version } from './version.ts'
