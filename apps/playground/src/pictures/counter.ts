import { LINE_WORDS } from '../programs/counter.ts'
import type { Variant } from 'spillway-lab/dist/analyze/variants.js'
import type { Colours } from '../style/colours.ts'
import { workerColours } from '../style/colours.ts'
import type { Picture } from './picture.ts'

// Not the result, which is one number, but where it is written: the words of a cache line, and who writes which.

/** Workers beyond this many are not drawn. */
const MOST = 8

interface Target {
  readonly line: number
  readonly word: number
}

interface Drawing {
  readonly context: CanvasRenderingContext2D
  readonly colours: Colours
  readonly width: number
  readonly height: number
  readonly workers: number
}

/** Which word worker `worker` writes; null if it writes none. */
function targetOf(variant: Variant, worker: number): Target | null {
  if (variant === 'none') return null
  if (variant === 'adjacent') return { line: 0, word: worker }
  return { line: linesOf(variant, worker + 1) - 1, word: 0 }
}

const how: Record<Variant, string> = {
  shared: 'every item: all on one word of one line',
  adjacent: 'every item: own words, but one line',
  padded: 'every item: a line each',
  local: 'once per chunk',
  reduce: 'one plain store per chunk, a line each',
  none: 'nothing is written',
}

export function counterPicture(variant: Variant): Picture {
  return {
    kind: 'drawing',
    draw({ workers, colours }, context, width, height) {
      const drawing = {
        context,
        colours,
        width,
        height,
        workers: Math.max(1, Math.min(MOST, workers)),
      }
      context.font = '13px ui-sans-serif, system-ui, sans-serif'
      context.textAlign = 'left'
      context.textBaseline = 'middle'
      drawLines(drawing, variant)
      for (let worker = 0; worker < drawing.workers; worker++) drawWorker(drawing, variant, worker)
      context.fillStyle = colours.ink
      context.textAlign = 'center'
      context.fillText(how[variant], width / 2, height - 18)
    },
  }
}

function workerY({ height, workers }: Drawing, worker: number): number {
  const step = Math.min(44, (height - 70) / workers)
  return (height - 40) / 2 + (worker - (workers - 1) / 2) * step
}

function lineBox(
  drawing: Drawing,
  variant: Variant,
  line: number,
): { x: number; y: number; word: number; high: number } {
  const { width, height } = drawing
  const lines = linesOf(variant, drawing.workers)
  const x = width * 0.36
  const word = (width - x - 20) / LINE_WORDS
  const step = Math.min(44, (height - 70) / lines)
  const y = (height - 40) / 2 + (line - (lines - 1) / 2) * step
  return { x, y, word, high: Math.min(22, step * 0.6) }
}

function linesOf(variant: Variant, workers: number): number {
  return variant === 'padded' || variant === 'reduce' ? workers : 1
}

function drawLines(drawing: Drawing, variant: Variant): void {
  const { context, colours, workers } = drawing
  for (let line = 0; line < linesOf(variant, workers); line++) {
    const { x, y, word, high } = lineBox(drawing, variant, line)
    context.strokeStyle = colours.line
    for (let at = 0; at < LINE_WORDS; at++) {
      context.strokeRect(x + at * word, y - high / 2, word, high)
    }
    context.strokeStyle = colours.muted
    context.strokeRect(x, y - high / 2, word * LINE_WORDS, high)
    if (line > 0) continue
    context.fillStyle = colours.muted
    context.fillText('128 bytes of memory', x, y - high / 2 - 12)
  }
}

function drawWorker(drawing: Drawing, variant: Variant, worker: number): void {
  const { context, colours } = drawing
  const y = workerY(drawing, worker)
  const colour = workerColours[worker % workerColours.length]!
  const target = targetOf(variant, worker)
  context.fillStyle = colour
  context.fillRect(16, y - 7, 14, 14)
  context.fillStyle = colours.ink
  context.fillText(`worker ${worker}`, 38, y)
  if (target === null) return
  const box = lineBox(drawing, variant, target.line)
  const to = { x: box.x + (target.word + 0.5) * box.word, y: box.y }
  context.strokeStyle = colour
  context.lineWidth = 2
  context.setLineDash(variant === 'local' || variant === 'reduce' ? [2, 6] : [])
  context.beginPath()
  context.moveTo(106, y)
  context.bezierCurveTo(box.x - 20, y, box.x - 30, to.y, box.x, to.y)
  context.lineTo(to.x, to.y)
  context.stroke()
  context.setLineDash([])
  context.lineWidth = 1
  context.fillStyle = colour
  context.fillRect(
    to.x - box.word / 2 + 0.5,
    box.y - box.high / 2 + 1,
    Math.max(2, box.word - 1),
    box.high - 2,
  )
}
