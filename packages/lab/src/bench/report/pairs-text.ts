// What two builds did, side by side on the terminal.
import colors from 'picocolors'
import type { PairedEvent, PairedTable } from '../pairs.ts'
import { digits, interval } from './format.ts'
import { aligned } from './text.ts'

export function pairsText({
  benchmark,
  experiment,
  title,
  pairs,
  rounds,
  tables,
}: PairedEvent): string {
  const lines = [
    colors.bold(`${benchmark} / ${experiment}: ${title}`),
    ...tables.flatMap(tableText),
  ]
  lines.push(
    colors.dim(`  ${pairs} ${pairs === 1 ? 'pair' : 'pairs'} of processes, ${rounds} rounds each`),
  )
  return `${lines.join('\n')}\n`
}

function tableText({ title, unit, comparisonTitle, rows }: PairedTable): string[] {
  const compares = rows.some(({ comparison }) => comparison !== undefined)
  const heads = ['entry', `here ${unit}`, `there ${unit}`, 'here / there [95 %]']
  if (compares) heads.push(`${comparisonTitle}: here`, 'there')
  const [head = '', ...body] = aligned([
    heads,
    ...rows.map(({ entry, here, there, ratio, comparison }) => {
      const cells = [entry, digits(here), digits(there), interval(ratio)]
      if (comparison !== undefined) cells.push(digits(comparison.here), digits(comparison.there))
      return cells
    }),
  ]).map((line) => `  ${line}`)
  return [`  ${title}`, colors.dim(head), ...body]
}
