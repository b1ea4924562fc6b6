/** `spillway/trace`: what `jobs.trace()` returns, and a file of it for other tools. */
export { traceEvents } from './observe/trace-events.ts'
export type { ChromeEvent, TraceEventsOptions } from './observe/trace-events.ts'
export type {
  AsyncEvent,
  ChunkEvent,
  JobEvent,
  LoopEvent,
  ParkEvent,
  StealEvent,
  Trace,
  TraceEvent,
  TraceThread,
} from './observe/trace-types.ts'
