import type { Colours } from '../style/colours.ts'
import { durationText } from './text.ts'
import { ticks } from './layout.ts'
import type { Bar, Row } from './layout.ts'
import { xOf } from './window.ts'
import type { Window } from './window.ts'

export const ROW = 30
export const AXIS = 26
const INSET = 5

export interface Surface {
  readonly context: CanvasRenderingContext2D
  readonly width: number
  readonly colours: Colours
}

export function heightOf(rows: number): number {
  return AXIS + rows * ROW
}

/** Draws rows below an axis. `origin` is the instant that the axis calls 0. */
export function paint(
  surface: Surface,
  rows: readonly Row[],
  window: Window,
  origin: number,
): void {
  const { context, width, colours } = surface
  context.clearRect(0, 0, width, heightOf(rows.length))
  paintAxis(surface, rows.length, window, origin)
  rows.forEach((row, at) => {
    const top = AXIS + at * ROW
    context.fillStyle = colours.line
    context.fillRect(0, top + ROW - 1, width, 1)
    for (const bar of row.bars) paintBar(surface, bar, top)
    context.fillStyle = colours.steal
    for (const { x } of row.marks) paintSteal(context, x, top)
  })
}

function paintAxis(
  { context, width, colours }: Surface,
  rows: number,
  window: Window,
  origin: number,
): void {
  const relative = { from: window.from - origin, to: window.to - origin }
  const { at, step } = ticks(relative, Math.max(2, Math.floor(width / 110)))
  context.font = '12px ui-sans-serif, system-ui, sans-serif'
  context.textBaseline = 'middle'
  for (const time of at) {
    const x = Math.round(xOf(relative, time, width))
    context.fillStyle = colours.line
    context.fillRect(x, AXIS - 6, 1, rows * ROW + 6)
    context.fillStyle = colours.muted
    const text = durationText(time, step)
    const room = context.measureText(text).width
    context.fillText(text, Math.min(width - room, Math.max(0, x - room / 2)), 10)
  }
}

function paintBar(
  { context, colours }: Surface,
  { kind, x, width, depth }: Bar,
  top: number,
): void {
  const wide = Math.max(width, 1)
  if (kind === 'park') {
    // A thin line: sleeping costs nothing.
    context.fillStyle = colours.park
    context.fillRect(x, top + ROW / 2 - 1.5, wide, 2)
    return
  }
  if (kind === 'loop') {
    context.fillStyle = colours.muted
    context.fillRect(x, top + 2, wide, 1)
    return
  }
  const inset = INSET + Math.min(depth, 3) * 3
  // A gap of a pixel tells neighbours apart where there is room for it.
  const drawn = wide > 4 ? wide - 1 : wide
  context.fillStyle = kind === 'chunk' ? colours.chunk : colours.job
  // What lies inside is darker: a job that helps with others is around them.
  context.globalAlpha = kind === 'chunk' ? 1 : Math.min(1, 0.4 + 0.2 * depth)
  context.fillRect(x, top + inset, drawn, ROW - 1 - 2 * inset)
  context.globalAlpha = 1
}

/** A small triangle that hangs from the row's top. */
function paintSteal(context: CanvasRenderingContext2D, x: number, top: number): void {
  context.beginPath()
  context.moveTo(x - 3.5, top + 1)
  context.lineTo(x + 3.5, top + 1)
  context.lineTo(x, top + 8)
  context.fill()
}
