/** What steps cost. One function, so that a model of caches and distances can take the flat one's place. */
import { NOTIFY, NOW, PAUSE } from '../steps.ts'

export interface CostModel {
  /** Nanoseconds of one step of `thread` at `time`; `word` is -1 for steps that touch none. Asked once for each, in the order of time. */
  costOf(thread: number, op: number, word: number, time: number): number
  /** Nanoseconds from the notify until the sleeper runs. */
  wakeLatency(waker: number, sleeper: number): number
  /** Kernels whose time depends on what other threads do. Without it a kernel takes the nanoseconds it says. */
  readonly kernels?: KernelModel
}

/** Asks for a call of `go` at `time`. */
export type AskAt = (thread: number, time: number) => void

/** A kernel in stretches: `begin` once, then `go` at every time that was asked for, until it says that the kernel has ended. */
export interface KernelModel {
  begin(thread: number, amount: number, time: number, ask: AskAt): void
  go(thread: number, time: number, ask: AskAt): boolean
}

export interface FlatCosts {
  readonly atomicNs: number
  readonly notifyNs: number
  readonly pauseNs: number
  readonly clockNs: number
  readonly wakeNs: number
}

export const FLAT: FlatCosts = {
  atomicNs: 20,
  notifyNs: 1000,
  pauseNs: 40,
  clockNs: 30,
  wakeNs: 50_000,
}

/** Every atomic costs the same, wherever its word is. */
export function flatCost(costs: FlatCosts): CostModel {
  return {
    costOf(_thread, op) {
      if (op === PAUSE) return costs.pauseNs
      if (op === NOW) return costs.clockNs
      return op === NOTIFY ? costs.notifyNs : costs.atomicNs
    },
    wakeLatency: () => costs.wakeNs,
  }
}
