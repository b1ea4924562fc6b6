import { element } from '../shell/element.ts'
import type { RunSummary, ThreadSummary } from './summary.ts'
import { shortDuration } from './text.ts'

/** The table under the timeline. */
export function fillSummary({ threads, extent }: RunSummary): void {
  const length = extent.to - extent.from
  element('timeline-table', HTMLTableSectionElement).replaceChildren(
    ...threads.map((thread) => rowOf(thread, length)),
  )
}

function rowOf(thread: ThreadSummary, length: number): HTMLTableRowElement {
  const share = (ms: number): string => `${Math.round((100 * ms) / length)} %`
  const row = document.createElement('tr')
  const head = document.createElement('th')
  head.scope = 'row'
  head.textContent = thread.name
  const cells = [
    thread.chunks + thread.jobs,
    thread.steals,
    thread.parks,
    shortDuration(thread.busy),
    share(thread.busy),
    thread.worker < 0 ? '–' : share(thread.idle),
    thread.worker < 0 ? '–' : share(thread.parked),
  ].map((value) => {
    const cell = document.createElement('td')
    cell.textContent = typeof value === 'number' ? value.toLocaleString('en-US') : value
    return cell
  })
  row.append(head, ...cells)
  return row
}
