// The tables on the terminal.
import colors from 'picocolors'
import type { ExperimentEvent, FailedEvent } from '../events.ts'
import type { Table, Verdict } from '../harness/judge.ts'
import { cells, headings, verdictValue, verdictWord } from './cells.ts'

export function experimentText(event: ExperimentEvent): string {
  const heading = `${event.benchmark} / ${event.experiment}: ${event.title}`
  const lines = [colors.bold(heading), ...event.tables.flatMap(tableText)]
  for (const { entry, reason } of event.skipped) {
    lines.push(colors.yellow(`  skipped ${entry}: ${reason}`))
  }
  lines.push(...event.verdicts.map(verdictText))
  const [before, after] = [event.loadBefore[0], event.loadAfter[0]]
  lines.push(colors.dim(`  ${event.rounds} rounds, load ${before} before, ${after} after`))
  return `${lines.join('\n')}\n`
}

function tableText(table: Table): string[] {
  const rows = [headings(table), ...table.rows.map((row) => cells(table, row))]
  const lines = aligned(rows).map((line) => `  ${line}`)
  const [head = '', ...body] = lines
  return [`  ${table.title}`, colors.dim(head), ...body]
}

/** Names to the left, numbers to the right. */
export function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  )
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0
        return column === 0 ? cell.padEnd(width) : cell.padStart(width)
      })
      .join('  ')
      .trimEnd(),
  )
}

function verdictText(verdict: Verdict): string {
  const paint = verdict.met === null ? colors.yellow : verdict.met ? colors.green : colors.red
  const word = paint(verdictWord(verdict))
  return `  ${verdict.row}: must ${verdict.must}: ${verdictValue(verdict)}: ${word}`
}

export function failedText({ benchmark, message }: FailedEvent): string {
  return `${colors.bold(benchmark)} ${colors.red('failed')}: ${message}\n`
}
