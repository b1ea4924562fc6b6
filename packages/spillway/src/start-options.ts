/** The options of `JobSystem.start`: checks, defaults, messages. */
import { rangeError, show, typeError } from './errors.ts'
import { MAX_WORKERS } from './layout/layout.ts'
import { LEAST_EVENTS, MOST_EVENTS } from './layout/trace.ts'
import { checkKeys, flag, oneOf, timeoutOption } from './options.ts'
import type { PinningOptions, SpillOptions } from './topology/plan.ts'
import type { CpuPlaces, Strategy } from './topology/strategies.ts'

export interface HeapOptions {
  /** Bytes for data at the start. Default 16 MiB; untouched memory costs address space only. */
  readonly initialBytes?: number
  /** Most bytes the heap may grow to, scheduler state included. Default 4 GiB, or what the system grants. */
  readonly maximumBytes?: number
}

export interface IdleOptions {
  /** How long an idle worker, or a caller that waits, looks for work before it sleeps. Default 50. */
  readonly spinMicroseconds?: number
}

export interface JobOptions {
  /** Jobs that one thread can have spawned and not ended: a power of two from 16 to 65536. Default 1024, fewer with many workers. */
  readonly capacity?: number
  /** Milliseconds that jobs may wait for something nobody is left to bring before `jobs.on('stall')` says so. Default 2000. */
  readonly stallTimeout?: number
}

export interface TraceOptions {
  /** Events that each thread keeps, the newest: a power of two from 256 to 1048576, of 48 bytes each. Default 16384. */
  readonly events?: number
}

export interface StartOptions {
  /** `'auto'` (default) = usable cores: affinity mask and container quota respected. 0 runs everything in the calling thread. */
  readonly workers?: 'auto' | number
  /**
   * Where workers run: `'none'` (default) leaves it to the system; else a strategy, or the cpus of each worker in turn, or a record of
   * both and how. With `workers: 'auto'` there is a worker for each place that the strategy and the quota give.
   */
  readonly pinning?: Strategy | CpuPlaces | PinningOptions
  readonly heap?: HeapOptions
  readonly idle?: IdleOptions
  /**
   * Makes a worker whose file imports all kernels modules. Bundled programs need it, written so that the bundler finds that file:
   * `() => new Worker(new URL('./worker.js', import.meta.url), { type: 'module' })`.
   */
  readonly worker?: () => unknown
  readonly jobs?: JobOptions
  /** Records what every thread does and when, for `jobs.trace()`. Default false: costs nothing. */
  readonly trace?: boolean | TraceOptions
  /** Shown in errors and thread names. Default "spillway". */
  readonly name?: string
}

export interface ResolvedStart {
  readonly workers: number | 'auto'
  readonly initialBytes: number
  readonly maximumBytes: number | undefined
  readonly spinMicroseconds: number
  readonly jobCapacity: number | undefined
  readonly stallMs: number
  /** Events of each thread that are kept, 0 if none are recorded. */
  readonly traceEvents: number
  /** Null for none. */
  readonly pinning: PinningOptions | null
  readonly worker: (() => unknown) | undefined
  readonly name: string
}

const START_KEYS = ['workers', 'pinning', 'heap', 'idle', 'jobs', 'trace', 'worker', 'name']

export function readStartOptions(options: StartOptions): ResolvedStart {
  checkKeys('start', options, START_KEYS)
  const heap = options.heap ?? {}
  checkKeys('heap', heap, ['initialBytes', 'maximumBytes'])
  const idle = options.idle ?? {}
  checkKeys('idle', idle, ['spinMicroseconds'])
  const jobs = options.jobs ?? {}
  checkKeys('jobs', jobs, ['capacity', 'stallTimeout'])
  const { workers = 'auto', pinning = 'none', trace = false, worker, name = 'spillway' } = options
  if (workers !== 'auto') {
    if (typeof workers !== 'number') {
      throw typeError('ERR_OPTION', `workers must be 'auto' or a number; got ${show(workers)}`)
    }
    if (!Number.isInteger(workers) || workers < 0 || workers > MAX_WORKERS) {
      throw rangeError(
        'ERR_OPTION',
        `workers must be 'auto' or an integer from 0 to ${MAX_WORKERS}; got ${show(workers)}`,
      )
    }
  }
  if (worker !== undefined && typeof worker !== 'function') {
    throw typeError(
      'ERR_OPTION',
      `worker must be a function that returns a new Worker; got ${show(worker)}`,
    )
  }
  if (typeof name !== 'string')
    throw typeError('ERR_OPTION', `name must be a string; got ${show(name)}`)
  return {
    workers,
    worker,
    name,
    initialBytes: bytesOption('heap.initialBytes', heap.initialBytes) ?? 16 * 1024 * 1024,
    maximumBytes: bytesOption('heap.maximumBytes', heap.maximumBytes),
    spinMicroseconds: spinOption(idle.spinMicroseconds ?? 50),
    jobCapacity:
      jobs.capacity === undefined
        ? undefined
        : powerOfTwo('jobs.capacity', jobs.capacity, 16, 65536),
    stallMs: jobs.stallTimeout === undefined ? 2000 : timeoutOption(jobs.stallTimeout),
    pinning: pinningOption(pinning),
    traceEvents: traceOption(trace),
  }
}

/** As in topology/strategies.ts, which is loaded when it is needed. */
const STRATEGIES = [
  'none',
  'linear',
  'avoid-smt',
  'ccd-isolation',
  'tiered-spillover',
  'compact',
  'spread',
]
const PIN_LEVELS = ['cpu', 'core', 'l2', 'l3', 'numa', 'none']

function pinningOption(pinning: unknown): PinningOptions | null {
  const isRecord = typeof pinning === 'object' && pinning !== null && !Array.isArray(pinning)
  const options = (isRecord ? pinning : { strategy: pinning }) as PinningOptions
  checkKeys('pinning', options, ['strategy', 'pin', 'strict', 'spill'])
  const { strategy = 'none', pin, strict = false, spill } = options
  if (!Array.isArray(strategy))
    oneOf(isRecord ? 'pinning.strategy' : 'pinning', strategy, STRATEGIES)
  if (pin !== undefined) oneOf('pinning.pin', pin, PIN_LEVELS)
  flag('pinning.strict', strict)
  if (spill !== undefined) checkSpill(spill, strategy)
  return strategy === 'none' ? null : options
}

function bytesOption(name: string, value: unknown): number | undefined {
  if (value === undefined) return undefined
  if (typeof value !== 'number')
    throw typeError('ERR_OPTION', `${name} must be a number of bytes; got ${show(value)}`)
  if (Number.isSafeInteger(value) && value >= 0 && value <= 2 ** 32) return value
  throw rangeError(
    'ERR_OPTION',
    `${name} must be an integer from 0 to 4294967296 bytes; got ${show(value)}`,
  )
}

function spinOption(value: unknown): number {
  if (typeof value !== 'number') {
    throw typeError('ERR_OPTION', `idle.spinMicroseconds must be a number; got ${show(value)}`)
  }
  if (value >= 0 && value <= 1e6) return value
  throw rangeError(
    'ERR_OPTION',
    `idle.spinMicroseconds must be from 0 to 1000000; got ${show(value)}`,
  )
}

function powerOfTwo(name: string, value: unknown, least: number, most: number): number {
  if (typeof value !== 'number')
    throw typeError('ERR_OPTION', `${name} must be a number; got ${show(value)}`)
  const isPower = Number.isInteger(value) && (value & (value - 1)) === 0
  if (isPower && value >= least && value <= most) return value
  throw rangeError(
    'ERR_OPTION',
    `${name} must be a power of two from ${least} to ${most}; got ${show(value)}`,
  )
}

const DEFAULT_EVENTS = 16_384

function traceOption(trace: unknown): number {
  if (typeof trace !== 'object' || trace === null) return flag('trace', trace) ? DEFAULT_EVENTS : 0
  checkKeys('trace', trace, ['events'])
  const { events = DEFAULT_EVENTS } = trace as TraceOptions
  return powerOfTwo('trace.events', events, LEAST_EVENTS, MOST_EVENTS)
}

function checkSpill(spill: SpillOptions, strategy: unknown): void {
  checkKeys('pinning.spill', spill, ['thresholds', 'window', 'dwell'])
  if (strategy !== 'tiered-spillover') {
    throw typeError(
      'ERR_OPTION',
      `pinning.spill is for the strategy 'tiered-spillover'; got it with ${show(strategy)}`,
    )
  }
  const { thresholds = [1] } = spill
  const isShare = (share: unknown): boolean => typeof share === 'number' && share > 0 && share <= 1
  if (!Array.isArray(thresholds) || thresholds.length === 0 || !thresholds.every(isShare)) {
    throw rangeError(
      'ERR_OPTION',
      `pinning.spill.thresholds must be shares above 0 and up to 1; got ${show(thresholds)}`,
    )
  }
  for (const [name, least] of [
    ['window', 1],
    ['dwell', 0],
  ] as const) {
    const value = spill[name] ?? least
    if (Number.isInteger(value) && value >= least && value <= 60_000) continue
    throw rangeError(
      'ERR_OPTION',
      `pinning.spill.${name} must be an integer from ${least} to 60000 ms; got ${show(value)}`,
    )
  }
}
