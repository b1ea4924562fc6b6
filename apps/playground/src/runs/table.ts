import { milliseconds, times } from 'spillway-lab/dist/report/format.js'
import { element } from '../shell/element.ts'
import type { Run } from './history.ts'

const engines = {
  serial: 'one thread',
  messages: 'postMessage pool',
  spillway: 'Spillway',
} as const

/** The list of runs, the latest first; times are compared only with runs of the same program, kernel and size. */
export function fillRuns(runs: readonly Run[]): void {
  element('runs', HTMLElement).dataset['state'] = runs.length === 0 ? 'empty' : 'full'
  element('runs-table', HTMLTableSectionElement).replaceChildren(
    ...runs.map((run) => rowOf(run, besideFirst(run, runs))),
  )
}

/** Speedup over the oldest kept run of the same thing. */
function besideFirst(run: Run, runs: readonly Run[]): string {
  const first = runs.findLast((other) => isSame(run, other))
  return first === undefined || first === run ? '–' : times(first.ms / run.ms)
}

function isSame(a: Run, b: Run): boolean {
  return a.program === b.program && a.size === b.size && a.edited === b.edited
}

function rowOf(run: Run, beside: string): HTMLTableRowElement {
  const row = document.createElement('tr')
  const head = document.createElement('th')
  head.scope = 'row'
  head.textContent = `${run.title}${run.edited ? ', edited' : ''}`
  const time = new Date(run.when).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' })
  const values = [run.size, engines[run.engine], run.workers, milliseconds(run.ms), beside, time]
  row.append(
    head,
    ...values.map((value) => {
      const cell = document.createElement('td')
      cell.textContent = String(value)
      return cell
    }),
  )
  return row
}
