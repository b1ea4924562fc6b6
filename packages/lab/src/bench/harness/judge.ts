// From samples to rows and verdicts. A ratio is taken round by round, between samples that were measured close
// together, and its interval is the bootstrap of the median of those ratios: what both entries suffered cancels out.
import { medianEstimate } from '../../stats/bootstrap.ts'
import type { Estimate } from '../../stats/bootstrap.ts'
import { median, quantile } from '../../stats/median.ts'
import type { Comparison, Experiment, Metric, Role, Sample, Target } from '../benchmark.ts'
import type { Measured, Measurement } from './interleave.ts'

export interface Row {
  readonly entry: string
  readonly role: Role
  readonly samples: readonly number[]
  readonly median: number
  readonly p10: number
  readonly p90: number
  readonly best: number
  /** Absent in the reference's own row, and where nothing is compared. */
  readonly reference?: string
  readonly comparison?: Estimate
}

export interface Table {
  readonly metric: string
  readonly title: string
  readonly unit: string
  readonly comparisonTitle: string
  readonly rows: readonly Row[]
}

export interface Verdict {
  readonly row: string
  readonly must: string
  readonly entry: string
  readonly metric: string
  readonly limit: number
  readonly better: 'low' | 'high'
  /** Absent when an entry it needs was not measured; `reason` then says which. */
  readonly value?: Estimate
  readonly met: boolean | null
  /** The whole interval lies on the verdict's side of the limit. */
  readonly clear: boolean
  readonly reason?: string
}

export function tablesOf(experiment: Experiment, { measured }: Measurement): Table[] {
  return experiment.metrics.map((metric) => ({
    metric: metric.key,
    title: metric.title,
    unit: metric.unit,
    comparisonTitle: comparisonTitle(metric, measured),
    rows: measured.map((entry) => rowOf(entry, metric, measured)),
  }))
}

function comparisonTitle(metric: Metric, measured: readonly Measured[]): string {
  const reference = metric.within?.title ?? referenceOf(metric, measured)?.entry
  if (reference === undefined) return ''
  if (metric.comparison === 'ratio') return `times ${reference}`
  return `${metric.comparisonTitle ?? 'speedup'} over ${reference}`
}

function referenceOf(metric: Metric, measured: readonly Measured[]): Measured | undefined {
  if (metric.comparison === 'none') return undefined
  for (const name of metric.references) {
    const found = measured.find(({ entry }) => entry === name)
    if (found !== undefined) return found
  }
  return undefined
}

function rowOf(measured: Measured, metric: Metric, all: readonly Measured[]): Row {
  const samples = numbersOf(measured.samples, metric.key)
  const bests = metric.best === undefined ? samples : numbersOf(measured.samples, metric.best)
  const row = {
    entry: measured.entry,
    role: measured.role,
    samples,
    median: median(samples),
    p10: quantile(samples, 0.1),
    p90: quantile(samples, 0.9),
    best: Math.min(...bests),
  }
  if (metric.within !== undefined) {
    const others = numbersOf(measured.samples, metric.within.key)
    const comparison = compareNumbers(samples, others, metric.comparison, metric.per)
    return { ...row, reference: metric.within.title, comparison }
  }
  const own = metric.ownReference?.[measured.entry]
  const reference =
    own === undefined ? referenceOf(metric, all) : all.find(({ entry }) => entry === own)
  if (reference === undefined || reference === measured) return row
  const comparison = compare(measured, reference, metric.key, metric.comparison, metric.per)
  return { ...row, reference: reference.entry, comparison }
}

function numbersOf(samples: readonly Sample[], key: string): number[] {
  return samples.map((sample) => sample[key] ?? Number.NaN)
}

/** The median over the rounds of the rounds' own ratios. */
export function compare(
  measured: Measured,
  reference: Measured,
  key: string,
  comparison: Comparison,
  per = 1,
): Estimate {
  const values = numbersOf(measured.samples, key)
  const others = numbersOf(reference.samples, key)
  return compareNumbers(values, others, comparison, per)
}

function compareNumbers(
  values: readonly number[],
  others: readonly number[],
  comparison: Comparison,
  per = 1,
): Estimate {
  const ratios = values.map((value, round) => {
    const other = others[round] ?? Number.NaN
    return (comparison === 'speedup' ? other / value : value / other) / per
  })
  return medianEstimate(ratios)
}

export function judge(target: Target, measurement: Measurement): Verdict {
  const { row, must, entry: name, metric, limit, better, against, comparison, per } = target
  const verdict = { row, must, entry: name, metric, limit, better }
  const unknown = (missing: string): Verdict => {
    return { ...verdict, met: null, clear: false, reason: whyMissing(missing, measurement) }
  }
  const find = (wanted: string) => measurement.measured.find(({ entry }) => entry === wanted)
  const entry = find(name)
  if (entry === undefined) return unknown(name)
  const reference = against === undefined ? entry : find(against)
  if (reference === undefined) return unknown(against ?? name)
  const value =
    against === undefined
      ? medianEstimate(numbersOf(entry.samples, metric))
      : compare(entry, reference, metric, comparison, per)
  const meets = (number: number) => (better === 'low' ? number <= limit : number >= limit)
  const met = meets(value.value)
  return { ...verdict, value, met, clear: meets(value.low) === met && meets(value.high) === met }
}

function whyMissing(entry: string, { skipped }: Measurement): string {
  const skip = skipped.find((it) => it.entry === entry)
  return skip === undefined ? `needs ${entry}: run with --peers` : `${entry}: ${skip.reason}`
}
