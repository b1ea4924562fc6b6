/**
 * Options for common kinds of programs, to start from: `JobSystem.start({ ...presets.gaming, workers: 4 })`. Plain objects, and each
 * sets only what differs from the defaults. The names are RustFiber's; docs/guide/placement.md tells why each sets what it does.
 */
import type { StartOptions } from './start-options.ts'

export type PresetName =
  | 'gaming'
  | 'throughput'
  | 'dataProcessing'
  | 'lowLatency'
  | 'strictTopology'

export const presets: Readonly<Record<PresetName, StartOptions>> = Object.freeze({
  /** Frames: a worker for each core, whose second thread stays free for what is no job; awake from one stage of a frame to the next. */
  gaming: preset({ pinning: { strategy: 'avoid-smt' }, idle: { spinMicroseconds: 200 } }),
  /** Many jobs at a time: the system places workers, which costs least beside other programs, and more fibers of a thread may wait. */
  throughput: preset({ pinning: 'none', jobs: { capacity: 4096 } }),
  /** Large arrays: cores that share an L3 first, other groups and second threads as the load grows, each worker kept near its L3. */
  dataProcessing: preset({ pinning: { strategy: 'tiered-spillover', pin: 'l3' } }),
  /** Short calls that somebody waits for: all in one L3 group, and for a while no wake-up from sleep. */
  lowLatency: preset({ pinning: { strategy: 'ccd-isolation' }, idle: { spinMicroseconds: 1000 } }),
  /** Worker i on allowed cpu i, or no system at all: for measurements, and machines that are yours. */
  strictTopology: preset({ pinning: { strategy: 'linear', strict: true } }),
})

function preset(options: StartOptions): StartOptions {
  for (const part of Object.values(options)) Object.freeze(part)
  return Object.freeze(options)
}
