import { count, milliseconds, nanoseconds, percent, plural, rate, times } from '../report/format.ts'
import type { DiagnosisNote, Scaling, Shares, SummaryRow } from './model.ts'
import { seed } from './seed.ts'
import { describeVariant, type Variant } from './variants.ts'
import { limits } from './verdicts.ts'

/**
 * What the numbers say, in words, about `widest` workers. Every sentence is chosen by a number, never by what the seed
 * expects.
 */
export function diagnose(
  rows: readonly SummaryRow[],
  scaling: readonly Scaling[],
  shares: readonly Shares[],
  widest: number,
): DiagnosisNote[] {
  const evidence: Evidence = {
    rows,
    bursts: scaling.filter((one) => one.protocol === 'burst'),
    scaling,
  }
  const notes = [
    ...shares.filter((one) => one.workers === widest).map(whereTimeGoes),
    atomicCost(evidence),
  ]
  if (widest > 1) {
    notes.push(
      trueSharing(evidence, widest),
      falseSharing(evidence, widest),
      cure(evidence, widest),
    )
    notes.push(knees(evidence), law(evidence))
  } else {
    notes.push(
      note(
        'one-core',
        'Scaling',
        'Measured with one worker only: no statement about sharing or scaling is possible.',
      ),
    )
  }
  notes.push(besideTheSeed(evidence, widest))
  return notes.filter((one) => one !== null)
}

const unmeasured =
  'Not measured: the workers hardly ever ran at once, so the cores were busy with something else.'

interface Evidence {
  rows: readonly SummaryRow[]
  bursts: readonly Scaling[]
  scaling: readonly Scaling[]
}

function note(id: string, title: string, text: string): DiagnosisNote {
  return { id, title, text }
}

function whereTimeGoes(shares: Shares): DiagnosisNote {
  const part = Object.fromEntries(shares.parts.map((one) => [one.name, one]))
  const words = (name: string, meaning: string): string => {
    const found = part[name]
    return `${meaning} ${milliseconds(found.ms)} (${percent(found.share)})`
  }
  const largest = shares.parts.reduce((best, one) => (one.share > best.share ? one : best))
  const verdict = {
    dispatch: 'Dispatch dominates: the range is too small for this many workers.',
    kernel: 'The work itself dominates: nothing is wrong with this loop.',
    atomic: 'The atomic instruction itself dominates, contended or not: write less often.',
    contention: 'Contention dominates: neither scheduling nor the work is the bottleneck.',
  }[largest.name]
  const text =
    `A shared-counter call over ${count(shares.items)} items with ${plural(shares.workers, 'worker')} adds up to ` +
    `${milliseconds(shares.total)}: ${words('dispatch', 'dispatch')}, ${words('kernel', 'the work')}, ` +
    `${words('atomic', 'uncontended atomics')}, ${words('contention', 'waiting for the shared line')}. ${verdict} ` +
    beyondTheParts(shares)
  return note('where-time-goes', 'Where the time goes', text)
}

/** Long calls feel every other process; the parts do not. */
function beyondTheParts({ total, measured }: Shares): string {
  const whole = `Whole calls took ${milliseconds(measured)}`
  if (Math.abs(measured / total - 1) <= 0.25) return `${whole}.`
  return measured > total
    ? `${whole}: the workers did not have their cores to themselves.`
    : `${whole}: less, since workers of a call do not run at once all the time.`
}

function atomicCost({ rows }: Evidence): DiagnosisNote | null {
  const alone = (variant: Variant): number | undefined =>
    rows.find((row) => row.protocol === 'burst' && row.variant === variant && row.workers === 1)
      ?.nsPerItem
  const [padded, none] = [alone('padded'), alone('none')]
  if (padded === undefined || none === undefined) return null
  const text =
    `On one worker an item costs ${nanoseconds(none)}; an Atomics.add nobody contends adds ` +
    `${nanoseconds(Math.max(0, padded - none))}, the engine's routine around the locked instruction included. ` +
    `The seed's 1 to 3 cycles are optimistic.`
  return note('atomic-cost', 'The price of an uncontended atomic', text)
}

function trueSharing(evidence: Evidence, workers: number): DiagnosisNote {
  const title = 'Shared counter: true sharing'
  const ratio = speedup(evidence, 'local', workers) / speedup(evidence, 'shared', workers)
  if (Number.isNaN(ratio)) return note('true-sharing', title, unmeasured)
  const found = lineOf(evidence, 'shared', workers)
  const text =
    ratio >= limits.contention
      ? `${found} All workers write the same word, so its cache line moves between cores at almost every write: ` +
        'TRUE sharing. The seed speaks of false sharing here; moving data apart cannot help, since there is only one ' +
        'datum. Only writing it less often can: a sum per chunk, or parallelReduce.'
      : `${found} That is within ${times(limits.contention)} of a chunk-local sum: no contention on the shared ` +
        'word shows in this run.'
  return note('true-sharing', title, text)
}

function falseSharing(evidence: Evidence, workers: number): DiagnosisNote {
  const title = 'Adjacent cells: false sharing'
  const ratio = speedup(evidence, 'padded', workers) / speedup(evidence, 'adjacent', workers)
  if (Number.isNaN(ratio)) return note('false-sharing', title, unmeasured)
  const found = lineOf(evidence, 'adjacent', workers)
  const text =
    ratio >= limits.falseSharing
      ? `${found} No word is shared, yet the words lie on one cache line: FALSE sharing. ` +
        `${lineOf(evidence, 'padded', workers)} The code is the same, only the addresses differ.`
      : `${found} Padding gains only ${times(ratio)}: no false sharing shows in this run.`
  return note('false-sharing', title, text)
}

function cure(evidence: Evidence, workers: number): DiagnosisNote {
  if (Number.isNaN(speedup(evidence, 'none', workers))) return note('cure', 'The cure', unmeasured)
  const list = (['local', 'reduce', 'none'] as const)
    .map(
      (variant) =>
        `${describeVariant[variant].title} ${times(speedup(evidence, variant, workers))}`,
    )
    .join(', ')
  const counted = (variant: Variant): SummaryRow | undefined =>
    evidence.rows.find(
      (row) =>
        row.protocol === 'call' &&
        row.variant === variant &&
        row.workers === workers &&
        row.items === seed.items,
    )
  const [shared, local] = [counted('shared'), counted('local')]
  const atomics =
    shared?.atomics && local?.atomics
      ? ` A chunk-local sum writes ${count(local.atomics)} times where the shared counter writes ${count(shared.atomics)} times.`
      : ''
  const gain =
    shared && local ? ` The whole call is ${times(shared.median / local.median)} as fast.` : ''
  const restored = speedup(evidence, 'none', workers) >= 0.75 * workers
  const text =
    `Speedup with ${plural(workers, 'worker')}: ${list}.${atomics}${gain} ` +
    (restored
      ? 'Removing the atomic restores scaling.'
      : 'Even without any write the machine gave less than three quarters of its workers: ' +
        'shared cores, SMT siblings or neighbours take the rest.')
  return note('cure', 'The cure', text)
}

function knees({ bursts }: Evidence): DiagnosisNote {
  const words = bursts.map(({ variant, knee }) => {
    const where =
      knee.kneeWorkers === null ? 'no knee' : `knee at ${plural(knee.kneeWorkers, 'worker')}`
    return `${variant}: ${knee.shape}, ${where}`
  })
  const counts = bursts[0]?.points.map((point) => point.workers).join(', ') ?? ''
  const few =
    (bursts[0]?.points.length ?? 0) < 3
      ? ' Two counts cannot tell a plateau from a slow climb.'
      : ''
  return note('knee', 'The knee', `Measured with ${counts} workers. ${words.join('; ')}.${few}`)
}

function law({ bursts }: Evidence): DiagnosisNote {
  const words = bursts.flatMap(({ variant, usl, points }) => {
    if (usl === null) return []
    const widest = points.at(-1)?.workers ?? 1
    return [
      `${variant}: sigma ${usl.sigma.toFixed(3)}, kappa ${usl.kappa.toFixed(4)}, ${peakWords(usl.peakWorkers, widest)}`,
    ]
  })
  const assumptions = new Set(
    bursts.flatMap(({ usl }) => (usl?.assumption ? [usl.assumption] : [])),
  )
  const honesty =
    assumptions.size === 0
      ? ''
      : ` The fit is underdetermined (${[...assumptions].join('; ')}), so the peaks are what would follow from ` +
        'those assumptions, not predictions.'
  return note('usl', 'Universal Scalability Law', `${words.join('; ')}.${honesty}`)
}

function peakWords(peak: number | null, widest: number): string {
  if (peak === null) return 'no peak'
  return peak > widest
    ? `peak beyond the ${plural(widest, 'worker')} measured`
    : `peak at ${plural(Math.round(peak), 'worker')}`
}

function besideTheSeed({ rows }: Evidence, workers: number): DiagnosisNote {
  const own = rows.filter(
    (row) => row.protocol === 'call' && row.variant === 'shared' && row.items === seed.items,
  )
  const measured = own.map((row) => `${milliseconds(row.median)} on ${row.workers}`).join(', ')
  const best = own.find((row) => row.workers === workers)
  const figures = seed.times
    .map(({ cores, low, high }) => `${low === high ? low : `${low} to ${high}`} ms on ${cores}`)
    .join(', ')
  const text =
    `The seed reports, for the same loop in native code on a 32-thread machine: ${figures}. Measured here: ` +
    `${measured}${best ? ` (${rate(best.itemsPerSecond)})` : ''}. The milliseconds are not comparable; the shape is: ` +
    'whether more workers make the shared counter slower.'
  return note('seed', "Beside the seed's figures", text)
}

function speedup({ bursts }: Evidence, variant: Variant, workers: number): number {
  const found = bursts.find((one) => one.variant === variant)
  return found?.points.find((point) => point.workers === workers)?.speedup.value ?? Number.NaN
}

function lineOf(evidence: Evidence, variant: Variant, workers: number): string {
  const cost = (many: number): number =>
    evidence.rows.find(
      (row) => row.protocol === 'burst' && row.variant === variant && row.workers === many,
    )?.nsPerItem ?? Number.NaN
  const title = describeVariant[variant].title
  return (
    `${title[0]?.toUpperCase()}${title.slice(1)}: ${nanoseconds(cost(1))} per item alone, ${nanoseconds(cost(workers))} ` +
    `with ${plural(workers, 'worker')} at once, a speedup of ${times(speedup(evidence, variant, workers))}.`
  )
}
