import { milliseconds, times } from 'spillway-lab/dist/report/format.js'
import { element } from '../shell/element.ts'
import type { Comparison, Side } from './measure.ts'

/** A bar per engine, as long as its time. */
export function showComparison({ serial, messages, spillway, workers, traffic }: Comparison): void {
  const longest = Math.max(serial.ms, messages.ms, spillway.ms)
  const sent = `${traffic.messages.toLocaleString('en-US')} messages, ${megabytes(traffic.bytes)} copied`
  const own = workers === 0 ? 'in this page, without workers' : 'nothing copied'
  const rows = [
    rowOf('One thread', 'a plain loop in a worker', serial, serial, longest),
    rowOf('postMessage pool', sent, messages, serial, longest),
    rowOf('Spillway', own, spillway, serial, longest),
  ]
  element('comparison', HTMLElement).replaceChildren(...rows)
  element('compare', HTMLElement).dataset['state'] = 'full'
}

function megabytes(bytes: number): string {
  return bytes === 0 ? 'nothing' : `${(bytes / 1e6).toPrecision(3)} MB`
}

function rowOf(name: string, note: string, side: Side, serial: Side, longest: number): HTMLElement {
  const row = document.createElement('li')
  row.dataset['engine'] = name
  const speedup = side === serial ? '' : `, ${times(serial.ms / side.ms)} one thread`
  const result =
    side === serial ? '' : side.differs ? 'result differs' : 'same result to the last bit'
  row.append(
    part('name', name),
    part('time', `${milliseconds(side.ms)}${speedup}`),
    bar(side.ms / longest),
    part('note', [note, result].filter(Boolean).join('; ')),
  )
  if (side.differs) row.classList.add('differs')
  return row
}

function part(kind: string, text: string): HTMLElement {
  const span = document.createElement('span')
  span.className = kind
  span.textContent = text
  return span
}

function bar(share: number): HTMLElement {
  const span = part('bar', '')
  span.style.setProperty('--share', share.toFixed(4))
  return span
}
