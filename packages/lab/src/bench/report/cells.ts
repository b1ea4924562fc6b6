// One table as rows of text, the same for the terminal and for the results page.
import type { Row, Table, Verdict } from '../harness/judge.ts'
import { digits, interval } from './format.ts'

export function headings(table: Table): string[] {
  const heads = ['entry', `median ${table.unit}`, 'p10', 'p90', 'best']
  return table.comparisonTitle === '' ? heads : [...heads, `${table.comparisonTitle} [95 %]`]
}

export function cells(table: Table, row: Row): string[] {
  const numbers = [row.median, row.p10, row.p90, row.best].map(digits)
  return table.comparisonTitle === ''
    ? [row.entry, ...numbers]
    : [row.entry, ...numbers, comparisonCell(table, row)]
}

/** Says whom a row is compared with when it is not whom the heading names. */
function comparisonCell(table: Table, row: Row): string {
  if (row.comparison === undefined || row.reference === undefined) return ''
  const text = interval(row.comparison)
  return table.comparisonTitle.endsWith(` ${row.reference}`) ? text : `${text} (${row.reference})`
}

export function verdictWord({ met, clear }: Verdict): string {
  if (met === null) return 'not judged'
  const word = met ? 'met' : 'not met'
  return clear ? word : `${word} (the interval crosses the limit)`
}

export function verdictValue(verdict: Verdict): string {
  return verdict.value === undefined ? (verdict.reason ?? '') : interval(verdict.value)
}
