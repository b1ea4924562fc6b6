/** Speedup over workers as an SVG: what was measured, the law fitted to it, and the line of who loses nothing. */
import { uslThroughput } from 'spillway-lab/dist/stats/usl.js'
import type { Scaling } from './measure.ts'

export interface Series {
  readonly scaling: Scaling
  readonly label: string
  readonly colour: string
}

const HEIGHT = 300
const LEFT = 44
const RIGHT = 112
const TOP = 14
const BOTTOM = 40

/** The fit is drawn up to this multiple of what was measured, dashed. */
const BEYOND = 1.5

/** `width` is that of its place on the screen: letters keep their size. */
export function scalingChart(series: readonly Series[], width: number): SVGSVGElement {
  const measured = Math.max(
    2,
    ...series.flatMap(({ scaling }) => scaling.points.map(({ workers }) => workers)),
  )
  const widest = Math.max(measured + 1, Math.round(measured * BEYOND))
  const x = (workers: number): number =>
    LEFT + ((workers - 1) / (widest - 1)) * (width - LEFT - RIGHT)
  const y = (speedup: number): number =>
    HEIGHT - BOTTOM - (speedup / widest) * (HEIGHT - TOP - BOTTOM)
  const chart = svg('svg', { viewBox: `0 0 ${width} ${HEIGHT}`, role: 'img' })
  chart.setAttribute(
    'aria-label',
    `Speedup on 1 to ${measured} workers; the numbers are in the table below`,
  )
  chart.append(...axes(widest, x, y))
  chart.append(
    line(
      [
        [1, 1],
        [widest, widest],
      ].map(([w, s]) => [x(w!), y(s!)]),
      'ideal',
    ),
    text(x(widest) + 6, y(widest) + 4, 'ideal', 'axis'),
  )
  const ends = spread(series.map((one) => y(speedupAt(one.scaling, widest))))
  series.forEach((one, at) => chart.append(...curve(one, measured, widest, x, y, ends[at]!)))
  return chart
}

function speedupAt({ fit, points }: Scaling, workers: number): number {
  if (fit === null) return points.at(-1)?.speedup ?? 1
  return uslThroughput(fit, workers) / uslThroughput(fit, 1)
}

type Place = (value: number) => number

function axes(widest: number, x: Place, y: Place): SVGElement[] {
  const step = Math.max(1, Math.ceil(widest / 8))
  const marks = Array.from({ length: Math.floor(widest / step) }, (_, at) => (at + 1) * step)
  const workers = step === 1 ? marks : [1, ...marks]
  return [
    ...marks.flatMap((mark) => [
      line(
        [
          [LEFT, y(mark)],
          [x(widest), y(mark)],
        ],
        'grid',
      ),
      text(LEFT - 8, y(mark) + 4, `${mark}x`, 'axis end'),
    ]),
    ...workers.map((mark) => text(x(mark), HEIGHT - BOTTOM + 18, String(mark), 'axis middle')),
    line(
      [
        [LEFT, y(0)],
        [x(widest), y(0)],
      ],
      'base',
    ),
    text((LEFT + x(widest)) / 2, HEIGHT - 4, 'workers', 'axis middle'),
  ]
}

function curve(
  { scaling, label, colour }: Series,
  measured: number,
  widest: number,
  x: Place,
  y: Place,
  labelY: number,
): SVGElement[] {
  const at = (workers: number): [number, number] => [x(workers), y(speedupAt(scaling, workers))]
  const between = (from: number, to: number): [number, number][] =>
    Array.from({ length: 41 }, (_, step) => at(from + ((to - from) * step) / 40))
  const parts: SVGElement[] = []
  if (scaling.fit !== null) {
    parts.push(line(between(1, measured), 'fit'), line(between(measured, widest), 'fit beyond'))
  }
  for (const { workers, speedup } of scaling.points) {
    parts.push(svg('circle', { cx: x(workers), cy: y(speedup), r: 4.5 }))
  }
  parts.push(text(x(widest) + 6, labelY + 4, label, 'label'))
  for (const part of parts) part.style.setProperty('--series', colour)
  return parts
}

/** Moves labels apart that would lie on each other; keeps their order. */
function spread(places: readonly number[]): number[] {
  const order = places.map((_, at) => at).toSorted((a, b) => places[b]! - places[a]!)
  const moved = [...places]
  let last = Infinity
  for (const at of order) {
    moved[at] = Math.min(moved[at]!, last - 15)
    last = moved[at]!
  }
  return moved
}

function line(points: readonly (readonly number[])[], kind: string): SVGElement {
  return svg('polyline', {
    points: points.map(([x, y]) => `${x!.toFixed(1)},${y!.toFixed(1)}`).join(' '),
    class: kind,
  })
}

function text(x: number, y: number, content: string, kind: string): SVGElement {
  const element = svg('text', { x, y, class: kind })
  element.textContent = content
  return element
}

function svg<K extends keyof SVGElementTagNameMap>(
  name: K,
  attributes: Readonly<Record<string, string | number>>,
): SVGElementTagNameMap[K] {
  const element = document.createElementNS('http://www.w3.org/2000/svg', name)
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value))
  return element
}
