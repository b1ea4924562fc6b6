import pico from 'picocolors'
import type { Analysis } from '../analyze/model.ts'
import { seed } from '../analyze/seed.ts'
import { percent, plural } from './format.ts'
import { rowTable, validationTable } from '../simulate/tables.ts'
import { renderText } from './table.ts'
import { burstTable, callTable, scalingTable, verdictTable } from './tables.ts'

/** What `spillway analyze` prints. Colours only on a terminal. */
export function textReport(analysis: Analysis, colour: boolean): string {
  const paint = pico.createColors(colour)
  const { machine, recipe } = analysis
  const heading = `${machine.cpu}, ${plural(machine.usableCores, 'usable core')}, ${machine.system}, ${recipe.runtime}`
  const steal = recipe.steal === null ? '' : `, ${percent(recipe.steal)} stolen by the hypervisor`
  const load = `load ${recipe.loadBefore[0]} before, ${recipe.loadAfter[0]} after${steal}`
  const measured = `${recipe.passes} interleaved passes in ${recipe.seconds.toFixed(0)} s, ${load}, commit ${recipe.commit}`
  const tables = [
    callTable(analysis, seed.items),
    burstTable(analysis),
    scalingTable(analysis),
  ].map(renderText)
  const notes = analysis.diagnosis.map(
    (note) => `${paint.bold(note.title)}\n${wrap(note.text, 100)}`,
  )
  const verdicts = renderText(verdictTable(analysis))
    .split('\n')
    .map((line) => line.replace(/^pass/, paint.green('pass')).replace(/^FAIL/, paint.red('FAIL')))
    .join('\n')
  return [
    paint.bold(heading),
    measured,
    ...interleave([...tables, ...simulatedTables(analysis)]),
    '',
    notes.join('\n\n'),
    '',
    verdicts,
    '',
  ].join('\n')
}

function simulatedTables({ simulation, simulated, validation }: Analysis): string[] {
  if (simulation === null) return []
  const tables = simulation.machines.map(({ name, title }) =>
    rowTable(
      title,
      simulated.filter((row) => row.machine === name && row.strategy === 'linear'),
    ),
  )
  if (validation !== null) tables.push(validationTable(validation.rows))
  return tables.map(renderText)
}

function interleave(blocks: string[]): string[] {
  return blocks.flatMap((block) => ['', block])
}

export function wrap(text: string, width: number): string {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = ''
    }
    line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line].join('\n')
}
