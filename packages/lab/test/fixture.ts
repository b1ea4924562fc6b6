import { assemble } from '../src/analyze/assemble.ts'
import type { Analysis, Machine, Measured, Recipe, Row } from '../src/analyze/model.ts'
import { variants, type Variant } from '../src/analyze/variants.ts'
import { seededRandom } from '../src/stats/random.ts'

// A synthetic machine: made-up costs, for tests of everything that comes after measuring.

interface Cost {
  /** ns per item on one worker. */
  alone: number
  /** The law its throughput follows. */
  sigma: number
  kappa: number
}

export const contended: Record<Variant, Cost> = {
  shared: { alone: 19, sigma: 1, kappa: 0.5 },
  adjacent: { alone: 19, sigma: 1, kappa: 0.3 },
  padded: { alone: 19, sigma: 0.03, kappa: 0 },
  local: { alone: 9, sigma: 0.05, kappa: 0 },
  reduce: { alone: 9, sigma: 0.05, kappa: 0 },
  none: { alone: 9, sigma: 0.04, kappa: 0 },
}

/** A machine on which sharing costs nothing. */
export const uncontended: Record<Variant, Cost> = {
  ...contended,
  shared: { alone: 19, sigma: 0.04, kappa: 0 },
  adjacent: { alone: 19, sigma: 0.04, kappa: 0 },
}

export const fixtureItems = [10, 100, 1000, 10_000, 100_000, 1_000_000]
const dispatchMs = 0.03
const samples = 25

export function synthetic(costs: Record<Variant, Cost>, workers: number[], seed = 1): Measured {
  const random = seededRandom(seed)
  const noisy = (value: number): number[] =>
    Array.from(
      { length: samples },
      () => value * (0.97 + 0.06 * random() + (random() < 0.05 ? 1 : 0)),
    )
  const rows: Row[] = variants.flatMap((variant) =>
    workers.flatMap((count): Row[] => {
      const { alone, sigma, kappa } = costs[variant]
      const slowdown = 1 + sigma * (count - 1) + kappa * count * (count - 1)
      const burstMs = (20_000 * alone * slowdown) / 1e6
      const calls = fixtureItems.map((items): Row => {
        const ms = noisy(dispatchMs + (items * alone * slowdown) / count / 1e6)
        return {
          ...row(variant, count, items),
          protocol: 'call',
          ms,
          atomics: atomics(variant, items),
          chunks: null,
        }
      })
      return [
        ...calls,
        {
          ...row(variant, count, 20_000 * count),
          protocol: 'burst',
          ms: noisy(burstMs),
          overlap: [0.98],
          discarded: 0,
        },
      ]
    }),
  )
  const empty = workers.flatMap((count) =>
    fixtureItems.flatMap((items) =>
      (['chunk', 'body'] as const).map((kind) => ({
        empty: kind,
        workers: count,
        items,
        ms: noisy(dispatchMs),
      })),
    ),
  )
  const serial = fixtureItems.map((items) => ({
    items,
    ms: noisy((items * 8.7) / 1e6),
    check: 610 * items,
  }))
  const wide = variants.map((variant) => ({ variant, items: 8_000_000, check: 610 * 8_000_000 }))
  return { rows, empty, serial, wide }
}

function row(variant: Variant, workers: number, items: number): Row {
  return {
    protocol: 'burst',
    variant,
    workers,
    items,
    ms: [],
    check: 610 * items,
    atomics: null,
    chunks: null,
  }
}

function atomics(variant: Variant, items: number): number {
  if (variant === 'local') return Math.min(items, 1024)
  return variant === 'reduce' || variant === 'none' ? 0 : items
}

export const machine: Machine = {
  cpu: 'Synthetic CPU',
  usableCores: 2,
  memoryGiB: 8,
  system: 'Linux 6.0 x64',
  runtime: 'Node 20.20.2, V8 11.3',
}

export const recipe: Recipe = {
  command: 'spillway analyze',
  commit: 'abcdef012345',
  date: '2025-01-02T03:04:05.000Z',
  runtime: machine.runtime,
  loadBefore: [0.5, 0.4, 0.3],
  loadAfter: [2, 1, 0.5],
  steal: 0.01,
  seconds: 12.3,
  passes: samples,
  repeats: 0,
  protocols: { call: 'whole calls', burst: 'bursts' },
}

export function syntheticAnalysis(costs: Record<Variant, Cost>, workers: number[]): Analysis {
  return assemble(
    synthetic(costs, workers),
    recipe,
    { ...machine, usableCores: Math.max(...workers) },
    { mainItems: 1_000_000, judgedWorkers: Math.max(...workers) },
  )
}
