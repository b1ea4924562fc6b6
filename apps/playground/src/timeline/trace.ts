/** What a system recorded; times in milliseconds on one clock. */
export type TraceEvent =
  | {
      readonly kind: 'chunk'
      readonly begin: number
      readonly end: number
      readonly kernel: string
      readonly loop: number
      readonly from: number
      readonly to: number
    }
  | {
      readonly kind: 'job'
      readonly begin: number
      readonly end: number
      readonly kernel: string
      readonly job: number
    }
  | { readonly kind: 'steal'; readonly at: number; readonly victim: number; readonly units: number }
  | { readonly kind: 'park'; readonly begin: number; readonly end: number }

export interface TraceThread {
  readonly name: string
  /** -1 for the thread that calls. */
  readonly worker: number
  /** Events that found no room. */
  readonly lost: number
  readonly events: readonly TraceEvent[]
}

export interface Trace {
  readonly threads: readonly TraceThread[]
  readonly lost: number
}
