import type { Analysis, Scaling, SummaryRow, Verdict } from '../analyze/model.ts'
import { seed } from '../analyze/seed.ts'
import { median } from '../stats/median.ts'
import { count, milliseconds, nanoseconds, percent, rate, times } from './format.ts'
import { makeTable, type Table } from './table.ts'

const absent = '-'

/** Whole calls; of one range length, or of all. */
export function callTable({ rows }: Analysis, items?: number): Table {
  const shown = rows.filter(
    (row) => row.protocol === 'call' && (items === undefined || row.items === items),
  )
  return makeTable<SummaryRow>(
    'protocol call: whole library calls, dispatch included; median and 95 % interval',
    [
      ['variant', 'left', (row) => row.variant],
      ['workers', 'right', (row) => count(row.workers)],
      ['items', 'right', (row) => count(row.items)],
      ['time', 'right', (row) => milliseconds(row.median)],
      ['95 % interval', 'right', (row) => `${milliseconds(row.low)} .. ${milliseconds(row.high)}`],
      ['items/s', 'right', (row) => rate(row.itemsPerSecond)],
      ['ns/item', 'right', (row) => nanoseconds(row.nsPerItem)],
      ['speedup', 'right', (row) => (row.speedup === null ? absent : times(row.speedup))],
      [
        'efficiency',
        'right',
        (row) => (row.efficiency === null ? absent : percent(row.efficiency)),
      ],
      ['atomics', 'right', (row) => (row.atomics === null ? absent : count(row.atomics))],
      ['chunks', 'right', (row) => (row.chunks === null ? absent : count(row.chunks))],
      ['samples', 'right', (row) => count(row.ms.length)],
    ],
    shown,
  )
}

export function burstTable({ rows }: Analysis): Table {
  return makeTable<SummaryRow>(
    'protocol burst: barrier-synchronised, dispatch excluded; the slower worker; median and 95 % interval',
    [
      ['variant', 'left', (row) => row.variant],
      ['workers', 'right', (row) => count(row.workers)],
      ['items', 'right', (row) => count(row.items)],
      ['time', 'right', (row) => milliseconds(row.median)],
      ['95 % interval', 'right', (row) => `${milliseconds(row.low)} .. ${milliseconds(row.high)}`],
      ['items/s', 'right', (row) => rate(row.itemsPerSecond)],
      ['ns/item of a worker', 'right', (row) => nanoseconds(row.nsPerItem)],
      ['speedup', 'right', (row) => (row.speedup === null ? absent : times(row.speedup))],
      [
        'efficiency',
        'right',
        (row) => (row.efficiency === null ? absent : percent(row.efficiency)),
      ],
      [
        'overlap',
        'right',
        (row) => (row.overlap === undefined ? absent : percent(median(row.overlap))),
      ],
      ['samples', 'right', (row) => count(row.ms.length)],
      ['discarded', 'right', (row) => count(row.discarded ?? 0)],
    ],
    rows.filter((row) => row.protocol === 'burst'),
  )
}

export function scalingTable({ scaling }: Analysis): Table {
  return makeTable<Scaling>(
    'Universal Scalability Law (contention sigma, coherency kappa), Amdahl serial fraction, knee',
    [
      ['protocol', 'left', (one) => one.protocol],
      ['variant', 'left', (one) => one.variant],
      ['sigma', 'right', (one) => one.usl?.sigma.toFixed(3) ?? absent],
      ['kappa', 'right', (one) => one.usl?.kappa.toFixed(4) ?? absent],
      ['predicted peak', 'right', peakWords],
      [
        'Amdahl serial',
        'right',
        (one) => (one.amdahl === null ? absent : serialWords(one.amdahl.sigma)),
      ],
      ['fit error', 'right', (one) => (one.usl === null ? absent : percent(one.usl.error))],
      ['shape', 'left', (one) => one.knee.shape],
      [
        'knee',
        'right',
        (one) => (one.knee.kneeWorkers === null ? 'none' : count(one.knee.kneeWorkers)),
      ],
      [
        'fit',
        'left',
        (one) =>
          one.usl === null
            ? absent
            : one.usl.assumption === null
              ? 'determined'
              : 'underdetermined',
      ],
    ],
    scaling,
  )
}

/** More workers being slower than one is past what a serial fraction can say. */
function serialWords(fraction: number): string {
  return fraction >= 1 ? 'beyond' : percent(fraction)
}

function peakWords({ usl }: Scaling): string {
  if (usl === null) return absent
  return usl.peakWorkers === null ? 'none' : usl.peakWorkers.toFixed(1)
}

export function verdictTable({ verdicts }: Analysis): Table {
  return makeTable<Verdict>(
    'Verdicts',
    [
      ['', 'left', verdictWord],
      ['verdict', 'left', (one) => one.id],
      ['value', 'right', (one) => (one.value === null ? absent : figure(one, one.value))],
      ['limit', 'right', (one) => `${one.relation} ${figure(one, one.limit)}`],
      [
        '95 % interval',
        'right',
        (one) => (one.interval ? one.interval.map((end) => figure(one, end)).join(' .. ') : absent),
      ],
      ['protocol', 'left', (one) => one.protocol ?? 'all'],
      ['says', 'left', (one) => one.skipped ?? one.note ?? one.says],
    ],
    verdicts,
  )
}

export function verdictWord({ ok }: Verdict): 'pass' | 'FAIL' | 'skip' {
  if (ok === null) return 'skip'
  return ok ? 'pass' : 'FAIL'
}

function figure({ id }: Verdict, value: number): string {
  if (id === 'results-exact') return String(value)
  return id === 'scheduler-share' ? percent(value) : value.toFixed(2)
}

export function seedTable(): Table {
  return makeTable<(typeof seed.times)[number]>(
    `The seed's figures: ${seed.machine}, ${count(seed.items)} items, one shared counter. Not measured here.`,
    [
      ['cores', 'right', (one) => count(one.cores)],
      [
        'time',
        'right',
        (one) => (one.low === one.high ? `${one.low} ms` : `${one.low} to ${one.high} ms`),
      ],
      ['items/s', 'right', (one) => rateRange(one.low, one.high)],
    ],
    seed.times,
  )
}

function rateRange(low: number, high: number): string {
  const fast = rate(seed.items / (low / 1000))
  return low === high ? fast : `${rate(seed.items / (high / 1000))} to ${fast}`
}
