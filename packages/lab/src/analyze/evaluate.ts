import { bootstrap, medianEstimate, type Estimate } from '../stats/bootstrap.ts'
import { findKnee } from '../stats/knee.ts'
import { median } from '../stats/median.ts'
import { fitAmdahl, fitUsl, karpFlatt } from '../stats/usl.ts'
import type { Measured, Protocol, Row, Scaling, Shares, SummaryRow } from './model.ts'
import { variants, type Variant } from './variants.ts'

export function summarise(rows: readonly Row[]): SummaryRow[] {
  return rows.map((row) => {
    const { value, low, high } = medianEstimate(row.ms)
    const base = rows.find((other) => isBaseOf(other, row))
    const speedup = base === undefined ? null : throughput(row) / throughput(base)
    return {
      ...row,
      median: value,
      low,
      high,
      itemsPerSecond: throughput(row) * 1000,
      nsPerItem: (value * 1e6 * (row.protocol === 'burst' ? row.workers : 1)) / row.items,
      speedup,
      efficiency: speedup === null ? null : speedup / row.workers,
    }
  })
}

/** Bursts keep the items per worker fixed, calls the items in all. */
function isBaseOf(other: Row, row: Row): boolean {
  if (other.workers !== 1 || other.protocol !== row.protocol || other.variant !== row.variant)
    return false
  return row.protocol === 'burst'
    ? other.items * row.workers === row.items
    : other.items === row.items
}

/** Items per millisecond. */
function throughput(row: Row): number {
  return row.items / median(row.ms)
}

/** The rows of one variant that differ in their worker count only. */
export function family(
  rows: readonly Row[],
  protocol: Protocol,
  variant: Variant,
  mainItems: number,
): Row[] {
  return rows
    .filter((row) => row.protocol === protocol && row.variant === variant)
    .filter((row) => protocol === 'burst' || row.items === mainItems)
    .toSorted((left, right) => left.workers - right.workers)
}

export function speedupOf(base: Row, row: Row): Estimate {
  const itemRatio = row.items / base.items
  return bootstrap([base.ms, row.ms], ([one, many]) => (itemRatio * median(one)) / median(many))
}

export function scalings(rows: readonly Row[], mainItems: number): Scaling[] {
  const protocols: Protocol[] = ['burst', 'call']
  return protocols.flatMap((protocol) =>
    variants.flatMap((variant) => {
      const members = family(rows, protocol, variant, mainItems)
      const [base] = members
      if (base === undefined || base.workers !== 1) return []
      return [scalingOf(protocol, variant, members, base)]
    }),
  )
}

function scalingOf(protocol: Protocol, variant: Variant, members: Row[], base: Row): Scaling {
  const points = members.map((row) => ({
    workers: row.workers,
    throughput: throughput(row) * 1000,
    speedup: speedupOf(base, row),
  }))
  const widest = points.at(-1)
  return {
    protocol,
    variant,
    items: base.items,
    points,
    usl: fitUsl(points),
    amdahl: fitAmdahl(points),
    karpFlatt:
      widest && widest.workers > 1 ? karpFlatt(widest.workers, widest.speedup.value) : null,
    knee: findKnee(points.map(({ workers, speedup }) => ({ workers, speedup: speedup.value }))),
  }
}

/**
 * Ablation of one shared call, each step doing one thing more: dispatch alone, plus the work, plus an atomic on a line
 * of the worker's own, plus the sharing of that line. Dispatch is a call that does nothing; the steps inside the
 * kernel are bursts, which other processes disturb far less than long calls. A step that comes out below the one
 * before it, which noise can do, counts as nothing.
 */
export function sharesOf(measured: Measured, workers: number, items: number): Shares | null {
  const bursts = (['none', 'padded', 'shared'] as const).flatMap((variant) =>
    family(measured.rows, 'burst', variant, items).filter((row) => row.workers === workers),
  )
  const dispatch = measured.empty.find(
    (row) => row.empty === 'chunk' && row.workers === workers && row.items === items,
  )
  const call = family(measured.rows, 'call', 'shared', items).find((row) => row.workers === workers)
  if (dispatch === undefined || call === undefined || bursts.length < 3) return null
  const start = median(dispatch.ms)
  const levels = [start, ...bursts.map((row) => start + items / throughput(row))]
  const names = ['dispatch', 'kernel', 'atomic', 'contention'] as const
  let reached = 0
  const steps = names.map((name, at) => {
    const ms = Math.max(0, levels[at] - reached)
    reached += ms
    return { name, ms }
  })
  const parts = steps.map((step) => ({ ...step, share: step.ms / reached }))
  return { workers, items, total: reached, measured: median(call.ms), parts }
}
