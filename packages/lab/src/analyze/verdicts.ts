import { bootstrap, type Estimate } from '../stats/bootstrap.ts'
import { median } from '../stats/median.ts'
import { family } from './evaluate.ts'
import { workResult } from './heavy-work.ts'
import type { Measured, Protocol, Row, Verdict } from './model.ts'
import { describeVariant, type Variant } from './variants.ts'

// Verdicts compare medians of interleaved samples by ratios, and where they can by ratios of ratios, so that a slow
// machine, or a neighbour that slows every variant alike, cancels out. Limits leave room for what a loaded machine
// of two virtual cores shows (two workers on pure compute reach 1.6 to 1.8 there, not 2).

export const limits = {
  contention: 1.4,
  falseSharing: 1.2,
  scales: 1.5,
  relative: 0.75,
  schedulerShare: 0.1,
} as const

interface Question {
  measured: Measured
  mainItems: number
  widest: number
}

export function judge(measured: Measured, mainItems: number, widest: number): Verdict[] {
  const asked: Question = { measured, mainItems, widest }
  return [exactResults(measured), ...scalingVerdicts(asked), schedulerShare(asked)]
}

function scalingVerdicts(asked: Question): Verdict[] {
  const verdicts = [
    compare(
      asked,
      'shared-contends',
      'local',
      'shared',
      2,
      limits.contention,
      'a shared counter scales far worse than a chunk-local sum',
    ),
    compare(
      asked,
      'adjacent-contends',
      'padded',
      'adjacent',
      2,
      limits.falseSharing,
      'cells on one line scale worse than cells on their own',
    ),
    scales(asked, 'padded-scales', 'padded', 'padded cells scale'),
    scales(asked, 'local-scales', 'local', 'the chunk-local sum scales'),
    scales(asked, 'reduce-scales', 'reduce', 'the reduction pattern scales'),
    scales(
      asked,
      'removing-the-atomic-restores-scaling',
      'none',
      'without the atomic the loop scales',
    ),
    compare(
      asked,
      'reduce-call-scales',
      'reduce',
      'none',
      asked.widest,
      limits.relative,
      'whole parallelReduce calls scale like a loop without a write',
      'call',
    ),
  ]
  if (asked.widest <= 2) return verdicts
  const wide = (['padded', 'local', 'reduce'] as const).map((variant) =>
    compare(
      asked,
      `${variant}-scales-to-all`,
      variant,
      'none',
      asked.widest,
      limits.relative,
      `on all cores, ${describeVariant[variant].title} scales like pure work`,
    ),
  )
  return [...verdicts, ...wide]
}

function exactResults({ rows, serial, wide }: Measured): Verdict {
  const all = [...rows, ...serial, ...wide]
  const wrong = all.filter((row) => row.check !== row.items * workResult).length
  return {
    id: 'results-exact',
    says: `every sum is exactly ${workResult} x items, also past 32 bits`,
    ok: wrong === 0,
    value: wrong,
    limit: 0,
    relation: '<=',
    interval: null,
    protocol: null,
    skipped: null,
    note: null,
  }
}

/** Speedup of one variant with two workers. */
function scales(asked: Question, id: string, variant: Variant, says: string): Verdict {
  const found = rowsFor(asked, 'burst', variant, 2)
  const estimate =
    found &&
    bootstrap(
      found.map((row) => row.ms),
      ratio(found),
    )
  return verdict(id, says, 'burst', limits.scales, '>=', estimate, skipReason(asked))
}

/** Ratio of two variants' speedups. */
function compare(
  asked: Question,
  id: string,
  better: Variant,
  worse: Variant,
  workers: number,
  limit: number,
  says: string,
  protocol: Protocol = 'burst',
): Verdict {
  const top = rowsFor(asked, protocol, better, workers)
  const bottom = rowsFor(asked, protocol, worse, workers)
  const estimate =
    top && bottom
      ? bootstrap(
          [...top, ...bottom].map((row) => row.ms),
          (groups) => ratio(top)(groups.slice(0, 2)) / ratio(bottom)(groups.slice(2)),
        )
      : null
  return verdict(id, says, protocol, limit, '>=', estimate, skipReason(asked))
}

function schedulerShare({ measured, mainItems, widest }: Question): Verdict {
  const empty = measured.empty.find(
    (row) => row.empty === 'chunk' && row.workers === widest && row.items === mainItems,
  )
  const kernel = family(measured.rows, 'call', 'none', mainItems).find(
    (row) => row.workers === widest,
  )
  const estimate =
    empty && kernel
      ? bootstrap([empty.ms, kernel.ms], ([part, whole]) => median(part) / median(whole))
      : null
  const says = `dispatch is a small share of a call over ${mainItems.toLocaleString('en-US')} items`
  return verdict('scheduler-share', says, 'call', limits.schedulerShare, '<', estimate, null)
}

function rowsFor(
  asked: Question,
  protocol: Protocol,
  variant: Variant,
  workers: number,
): [Row, Row] | null {
  const members = family(asked.measured.rows, protocol, variant, asked.mainItems)
  const base = members.find((row) => row.workers === 1)
  const many = members.find((row) => row.workers === workers)
  return base && many && workers > 1 ? [base, many] : null
}

function ratio([base, many]: [Row, Row]): (groups: Float64Array[]) => number {
  return ([one, more]) => ((many.items / base.items) * median(one)) / median(more)
}

function skipReason({ widest }: Question): string | null {
  return widest > 1 ? null : 'measured with one worker only: nothing to compare it with'
}

function verdict(
  id: string,
  says: string,
  protocol: Protocol,
  limit: number,
  relation: '>=' | '<',
  estimate: Estimate | null,
  skipped: string | null,
): Verdict {
  const common = { id, says, limit, relation, protocol, note: null }
  if (skipped !== null) return { ...common, ok: null, value: null, interval: null, skipped }
  if (estimate === null)
    return { ...common, ok: false, value: null, interval: null, skipped, note: tooBusy }
  const { value, low, high } = estimate
  const ok = relation === '>=' ? value >= limit : value < limit
  return { ...common, ok, value, interval: [low, high], skipped }
}

const tooBusy =
  'not measured: the workers hardly ever ran at once, so the cores were busy with something else'

/** A verdict passes, fails, or is skipped; only a failure decides the exit code. */
export function failed(verdicts: readonly Verdict[]): Verdict[] {
  return verdicts.filter((one) => one.ok === false)
}
