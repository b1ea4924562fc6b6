// Simulated values as tables; every caption says what they are.
import { seed } from '../analyze/seed.ts'
import { count, percent, rate, times } from '../report/format.ts'
import { makeTable, type Table } from '../report/table.ts'
import type { Fit } from './fit.ts'
import type { Check, Sensitivity } from './reproduce.ts'
import type { SimulatedRow } from './rows.ts'
import type { SpillRow } from './spill.ts'
import type { ValidationRow } from './validate.ts'

const absent = '-'
const ms = (value: number): string => `${value.toFixed(value < 1 ? 3 : 2)} ms`

export function rowTable(title: string, rows: readonly SimulatedRow[]): Table {
  return makeTable<SimulatedRow>(
    `Simulated, not measured: ${title}`,
    [
      ['kernel', 'left', (row) => row.kernel],
      ['strategy', 'left', (row) => row.strategy],
      ['workers', 'right', (row) => count(row.workers)],
      ['items', 'right', (row) => count(row.items)],
      ['time', 'right', (row) => ms(row.ms)],
      ['items/s', 'right', (row) => rate(row.itemsPerSecond)],
      ['speedup', 'right', (row) => (row.speedup === null ? absent : times(row.speedup))],
      [
        'efficiency',
        'right',
        (row) => (row.efficiency === null ? absent : percent(row.efficiency)),
      ],
      ['writes', 'right', (row) => count(row.writes)],
      ['transfers', 'right', (row) => count(row.transfers)],
      ['per item', 'right', (row) => row.transfersPerItem.toFixed(3)],
      ['across CCDs', 'right', (row) => percent(row.crossShare)],
      ['invalidations', 'right', (row) => count(row.invalidations)],
      ['waiting', 'right', (row) => percent(row.waitShare)],
    ],
    rows,
  )
}

export function checkTable(checks: readonly Check[]): Table {
  return makeTable<Check>(
    `Simulated against the bands of "${seed.source}". Fit: parameters were chosen for this figure, which proves nothing. Prediction: it follows.`,
    [
      ['', 'left', ({ ok }) => (ok ? 'pass' : 'FAIL')],
      ['row', 'left', ({ id }) => id],
      ['kind', 'left', ({ kind }) => kind],
      ['value', 'right', ({ value }) => figure(value)],
      ['band', 'right', band],
      ['says', 'left', ({ says, note }) => (note === null ? says : `${says} (${note})`)],
    ],
    checks,
  )
}

export function band({ low, high }: Pick<Check, 'low' | 'high'>): string {
  if (high === Infinity) return `>= ${figure(low)}`
  return low === high ? figure(low) : `${figure(low)} .. ${figure(high)}`
}

export function figure(value: number): string {
  return Number(value.toFixed(Math.abs(value) < 10 ? 3 : 1)).toLocaleString('en-US')
}

export function sensitivityTable(rows: readonly Sensitivity[]): Table {
  return makeTable<Sensitivity>(
    'Simulated: what the figures of the shared counter hang on; the first line is the fit',
    [
      ['cycles within a CCD', 'right', (row) => count(row.sameCcd)],
      ['across', 'right', (row) => count(row.crossCcd)],
      ['burst', 'right', (row) => row.burst.toFixed(2)],
      ['8 cores', 'right', (row) => ms(row.eight)],
      ['16 cores', 'right', (row) => ms(row.sixteen)],
      ['32, tiered-spillover', 'right', (row) => ms(row.tiered)],
      ['items/s', 'right', (row) => rate(row.tieredRate * 1e6)],
      ['transfers per item', 'right', (row) => row.transfersPerItem.toFixed(3)],
    ],
    rows,
  )
}

export function spillTable(rows: readonly SpillRow[]): Table {
  return makeTable<SpillRow>(
    'Simulated: an uncontended loop on all cpus, from rest; tiers of tiered-spillover open as they are shipped to',
    [
      ['machine', 'left', (row) => row.machine],
      ['strategy', 'left', (row) => row.strategy],
      ['threads', 'right', (row) => count(row.threads)],
      ['first call', 'right', (row) => ms(row.firstMs)],
      ['mean', 'right', (row) => ms(row.meanMs)],
      ['of the best', 'right', (row) => row.ofBest.toFixed(3)],
      ['active at first', 'right', (row) => count(row.activeBefore)],
      ['in the end', 'right', (row) => count(row.activeAfter)],
    ],
    rows,
  )
}

export function validationTable(rows: readonly ValidationRow[]): Table {
  return makeTable<ValidationRow>(
    'Simulation against this machine: costs from one contended variant and the bare work, the others predicted; measured and simulated side by side',
    [
      ['variant', 'left', (row) => row.variant],
      ['workers', 'right', (row) => count(row.workers)],
      ['role', 'left', (row) => row.role],
      ['measured ns/item', 'right', (row) => row.measuredNs.toFixed(1)],
      ['simulated ns/item', 'right', (row) => row.simulatedNs.toFixed(1)],
      ['error', 'right', (row) => `${row.error < 0 ? '-' : '+'}${percent(Math.abs(row.error))}`],
    ],
    rows,
  )
}

export function fitTable(fits: readonly Fit[]): Table {
  return makeTable<Fit>(
    "Fits to the seed's figures, the best first (bands: S04, S05, S08, S23)",
    [
      ['local cycles', 'right', (fit) => String(fit.localRmwCycles)],
      ['within a CCD', 'right', (fit) => String(fit.transferCyclesSameCcd)],
      ['across', 'right', (fit) => fit.transferCyclesCrossCcd.toFixed(0)],
      ['burst', 'right', (fit) => fit.burst.toFixed(1)],
      ['8 cores', 'right', (fit) => ms(fit.eight)],
      ['16 cores', 'right', (fit) => ms(fit.sixteen)],
      ['32, tiered-spillover', 'right', (fit) => ms(fit.tiered)],
      ['transfers per item', 'right', (fit) => fit.transfersPerItem.toFixed(3)],
      ['bands', 'right', (fit) => `${fit.bands} of 4`],
      ['error', 'right', (fit) => percent(fit.error)],
    ],
    fits,
  )
}
