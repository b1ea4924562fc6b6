import type { Estimate } from '../stats/bootstrap.ts'
import type { SimulatedRow } from '../simulate/rows.ts'
import type { Simulation } from '../simulate/study.ts'
import type { Validation } from '../simulate/validate.ts'
import type { Knee } from '../stats/knee.ts'
import type { UslFit } from '../stats/usl.ts'
import type { Variant } from './variants.ts'

// What `results.json` holds. Rows are measured; everything else is computed from them.

/**
 * `call`: one whole library call, timed by the caller, dispatch included.
 * `burst`: workers that met at a barrier; `ms` is the time of the slower one, dispatch excluded.
 */
export type Protocol = 'call' | 'burst'

export interface Row {
  protocol: Protocol
  variant: Variant
  workers: number
  /** Of all workers together. */
  items: number
  /** Raw samples, in the order in which they were taken. */
  ms: number[]
  /** The sum the kernel arrived at, once per sample; the first wrong one stays. Right is 610 x items. */
  check: number
  /** Atomics on the result in one run, counted in a run that was not timed; null for bursts. */
  atomics: number | null
  /** Kernel invocations in that run where a kernel sees chunks, else null. */
  chunks: number | null
  /** Bursts: the share of the longest that all workers ran at once, per sample. */
  overlap?: number[]
  /** Bursts in which the workers did not run at once, which therefore say nothing about sharing. */
  discarded?: number
}

/** Ablation: calls that do less than any variant. */
export type EmptyKind = 'chunk' | 'body'

export interface EmptyRow {
  /** `chunk`: a kernel per chunk that does nothing, so all of it is dispatch. `body`: an empty body per item. */
  empty: EmptyKind
  workers: number
  items: number
  ms: number[]
}

/** The plain loop without the library, on the main thread. */
export interface SerialRow {
  items: number
  ms: number[]
  check: number
}

/** One call per variant whose sum does not fit 32 bits. */
export interface WideCheck {
  variant: Variant
  items: number
  check: number
}

export interface Measured {
  rows: Row[]
  empty: EmptyRow[]
  serial: SerialRow[]
  wide: WideCheck[]
}

export interface SummaryRow extends Row {
  median: number
  low: number
  high: number
  itemsPerSecond: number
  /** Calls: wall time per item. Bursts: time per item of one worker. */
  nsPerItem: number
  /** Against the same variant with one worker. */
  speedup: number | null
  efficiency: number | null
}

export interface Scaling {
  protocol: Protocol
  variant: Variant
  items: number
  points: { workers: number; throughput: number; speedup: Estimate }[]
  usl: UslFit | null
  amdahl: UslFit | null
  karpFlatt: number | null
  knee: Knee
}

/** Where the time of one shared call goes: measured parts, which add up to `total`. */
export interface Shares {
  workers: number
  items: number
  total: number
  /** What whole calls took. More than the total when the workers did not have their cores to themselves. */
  measured: number
  parts: { name: 'dispatch' | 'kernel' | 'atomic' | 'contention'; ms: number; share: number }[]
}

export interface Verdict {
  id: string
  says: string
  /** Null when skipped. */
  ok: boolean | null
  value: number | null
  limit: number
  /** `>=`: value has to reach the limit. `<`: it has to stay below. */
  relation: '>=' | '<' | '<='
  interval: [low: number, high: number] | null
  protocol: Protocol | null
  skipped: string | null
  /** Why a failing verdict has no value. */
  note: string | null
}

export interface Machine {
  cpu: string
  usableCores: number
  memoryGiB: number
  system: string
  runtime: string
}

export interface Recipe {
  command: string
  commit: string
  date: string
  runtime: string
  loadBefore: number[]
  loadAfter: number[]
  /** Share of the machine's time that the hypervisor gave to others, where the system tells. */
  steal: number | null
  seconds: number
  passes: number
  /** How often a failing verdict's samples were added to. */
  repeats: number
  protocols: Record<Protocol, string>
}

export interface DiagnosisNote {
  id: string
  title: string
  text: string
}

export interface Analysis {
  recipe: Recipe
  machine: Machine
  rows: SummaryRow[]
  empty: EmptyRow[]
  serial: SerialRow[]
  wide: WideCheck[]
  scaling: Scaling[]
  shares: Shares[]
  diagnosis: DiagnosisNote[]
  verdicts: Verdict[]
  /** Rows of simulated machines, in no series with measured ones; empty where there is no simulator. */
  simulated: SimulatedRow[]
  simulation: Simulation | null
  /** Simulation against this machine's bursts. */
  validation: Validation | null
  seed: typeof import('./seed.ts').seed
}
