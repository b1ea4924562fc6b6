/** The timeline on the page: a canvas that is zoomed and panned by mouse, touch and keys, and a table of the same numbers. */
import type { Trace, TraceThread } from 'spillway'
import { element } from '../shell/element.ts'
import { colours } from '../style/colours.ts'
import { barAt, layOut } from './layout.ts'
import type { Row } from './layout.ts'
import { AXIS, ROW, heightOf, paint } from './paint.ts'
import { nameOf } from './spans.ts'
import { saveTrace } from './save.ts'
import { summarise } from './summary.ts'
import type { RunSummary } from './summary.ts'
import { fillSummary } from './summary-table.ts'
import { barText, shortDuration } from './text.ts'
import { pan, timeAt, zoom } from './window.ts'
import type { Window } from './window.ts'

const STEP = 1.5
/** Room around a run, as a share of its length. */
const MARGIN = 0.02

export class Timeline {
  readonly #canvas = element('timeline-canvas', HTMLCanvasElement)
  readonly #names = element('timeline-names', HTMLElement)
  readonly #hint = element('timeline-hover', HTMLElement)
  readonly #section = element('timeline', HTMLElement)
  #trace: Trace | null = null
  #bounds: Window = { from: 0, to: 1 }
  #window: Window = this.#bounds
  #origin = 0
  #rows: readonly Row[] = []
  #painting = false

  constructor() {
    new ResizeObserver(() => this.repaint()).observe(this.#canvas)
    this.#listenToPointer()
    this.#canvas.addEventListener('keydown', (event) => this.#key(event))
    const buttons: Readonly<Record<string, () => Window>> = {
      'timeline-in': () => this.#zoomed(STEP),
      'timeline-out': () => this.#zoomed(1 / STEP),
      'timeline-all': () => this.#bounds,
    }
    element('timeline-save', HTMLButtonElement).addEventListener('click', () => {
      if (this.#trace !== null) saveTrace(this.#trace)
    })
    for (const [id, next] of Object.entries(buttons)) {
      element(id, HTMLButtonElement).addEventListener('click', () => this.#show(next()))
    }
  }

  /** Shows one run, whole. Returns its summary, null if nothing was recorded. */
  show(trace: Trace): RunSummary | null {
    const summary = summarise(trace)
    this.#section.dataset['state'] = summary === null ? 'empty' : 'full'
    if (summary === null) return null
    const { from, to } = summary.extent
    const room = MARGIN * (to - from)
    this.#trace = trace
    this.#origin = from
    this.#bounds = { from: from - room, to: to + room }
    this.#names.replaceChildren(...trace.threads.map(listItem))
    this.#show(this.#bounds)
    fillSummary(summary)
    return summary
  }

  repaint(): void {
    if (this.#painting) return
    this.#painting = true
    requestAnimationFrame(() => {
      this.#painting = false
      this.#paint()
    })
  }

  #paint(): void {
    const { clientWidth: width } = this.#canvas
    if (this.#trace === null || width === 0) return
    const height = heightOf(this.#trace.threads.length)
    const density = devicePixelRatio
    this.#canvas.style.height = `${height}px`
    this.#canvas.width = Math.round(width * density)
    this.#canvas.height = Math.round(height * density)
    const context = this.#canvas.getContext('2d')!
    context.scale(density, density)
    this.#rows = layOut(this.#trace, this.#window, width)
    paint({ context, width, colours: colours() }, this.#rows, this.#window, this.#origin)
    const shown = `${shortDuration(this.#window.from - this.#origin)} to ${shortDuration(this.#window.to - this.#origin)}`
    this.#canvas.setAttribute('aria-label', `Timeline of the last run, showing ${shown}`)
    this.#canvas.dataset['from'] = String(this.#window.from - this.#origin)
    this.#canvas.dataset['to'] = String(this.#window.to - this.#origin)
  }

  #show(window: Window): void {
    this.#window = window
    this.repaint()
  }

  #zoomed(factor: number, at = (this.#window.from + this.#window.to) / 2): Window {
    return zoom(this.#window, factor, at, this.#bounds)
  }

  #key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const moves: Readonly<Record<string, () => Window>> = {
      ArrowLeft: () => pan(this.#window, -0.2, this.#bounds),
      ArrowRight: () => pan(this.#window, 0.2, this.#bounds),
      ArrowUp: () => this.#zoomed(STEP),
      ArrowDown: () => this.#zoomed(1 / STEP),
      '+': () => this.#zoomed(STEP),
      '=': () => this.#zoomed(STEP),
      '-': () => this.#zoomed(1 / STEP),
      '0': () => this.#bounds,
      Home: () => this.#bounds,
    }
    const next = moves[event.key]
    if (next === undefined) return
    event.preventDefault()
    this.#show(next())
  }

  #listenToPointer(): void {
    const canvas = this.#canvas
    let last: number | null = null
    canvas.addEventListener('pointerdown', (event) => {
      last = event.offsetX
      canvas.setPointerCapture(event.pointerId)
    })
    for (const type of ['pointerup', 'pointercancel'] as const) {
      canvas.addEventListener(type, () => (last = null))
    }
    canvas.addEventListener('pointermove', (event) => {
      if (last === null) return this.#hover(event)
      const moved = (last - event.offsetX) / canvas.clientWidth
      last = event.offsetX
      this.#show(pan(this.#window, moved, this.#bounds))
    })
    canvas.addEventListener('pointerleave', () => (this.#hint.textContent = ''))
    canvas.addEventListener('dblclick', (event) => {
      this.#show(this.#zoomed(STEP * STEP, this.#timeOf(event)))
    })
    canvas.addEventListener('wheel', (event) => this.#wheel(event), { passive: false })
  }

  /** A wheel scrolls the page, as everywhere, unless Ctrl or Shift is held or the timeline was chosen by a click. */
  #wheel(event: WheelEvent): void {
    const chosen = document.activeElement === this.#canvas
    if (!event.ctrlKey && !event.shiftKey && !chosen && event.deltaX === 0) return
    event.preventDefault()
    const sideways = event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)
    const by = event.deltaX === 0 ? event.deltaY : event.deltaX
    if (sideways) return this.#show(pan(this.#window, by / 1000, this.#bounds))
    this.#show(this.#zoomed(Math.exp(-event.deltaY / 300), this.#timeOf(event)))
  }

  #timeOf({ offsetX }: MouseEvent): number {
    return timeAt(this.#window, offsetX, this.#canvas.clientWidth)
  }

  #hover({ offsetX, offsetY }: PointerEvent): void {
    const row = this.#rows[Math.floor((offsetY - AXIS) / ROW)]
    const bar = row === undefined ? null : barAt(row, offsetX)
    this.#hint.textContent = row === undefined || bar === null ? '' : barText(row, bar)
  }
}

function listItem(thread: TraceThread): HTMLElement {
  const item = document.createElement('li')
  item.textContent = nameOf(thread)
  return item
}
