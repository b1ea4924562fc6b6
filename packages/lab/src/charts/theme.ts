import type { Config } from 'vega-lite'
import type { Variant } from '../analyze/variants.ts'

/** Readable with the common forms of colour blindness (Okabe and Ito, plus grey). */
export const palette = ['#0072B2', '#D55E00', '#009E73', '#CC79A7', '#E69F00', '#6b6b6b'] as const

export const variantColour: Record<Variant, string> = {
  shared: '#D55E00',
  adjacent: '#CC79A7',
  padded: '#0072B2',
  local: '#009E73',
  reduce: '#E69F00',
  none: '#6b6b6b',
}

/** The report maps these to its own colours, so that a chart inlined there follows the page's scheme. */
export const ink = '#1b1f24'
export const muted = '#57606a'
export const grid = '#e4e7eb'
export const paper = '#ffffff'

/** The first is shipped with the package and used for pictures; the others are for who opens an SVG elsewhere. */
export const fontFamilies = ['DejaVu Sans', 'Verdana', 'sans-serif'] as const

export const config: Config = {
  background: paper,
  font: fontFamilies.join(', '),
  padding: 18,
  view: { stroke: null },
  title: {
    color: ink,
    fontSize: 17,
    fontWeight: 'bold',
    subtitleColor: muted,
    subtitleFontSize: 11,
    subtitleLineHeight: 16,
    subtitlePadding: 6,
    anchor: 'start',
    frame: 'group',
    offset: 18,
  },
  axis: {
    labelFlush: false,
    labelColor: muted,
    labelFontSize: 11,
    titleColor: ink,
    titleFontSize: 11.5,
    titleFontWeight: 'normal',
    titlePadding: 10,
    gridColor: grid,
    domainColor: muted,
    tickColor: muted,
  },
  header: { labelColor: ink, labelFontSize: 12.5, labelFontWeight: 'bold', title: null },
  legend: {
    labelColor: ink,
    titleColor: muted,
    labelFontSize: 11.5,
    titleFontSize: 11,
    titleFontWeight: 'normal',
  },
  text: { color: ink, fontSize: 11 },
}

/** A logarithmic axis that marks its decades only (10, 100, 1k, …), or 1, 2, 5 of each where there are few. */
export function decadeAxis(title: string | null, low: number, high: number): object {
  const from = Math.floor(Math.log10(low))
  const to = Math.ceil(Math.log10(high))
  const steps = Math.log10(high / low) < fewDecades ? [1, 2, 5] : [1]
  const values = Array.from({ length: to - from + 1 }, (_, at) =>
    steps.map((step) => Number(`${step}e${from + at}`)),
  ).flat()
  return { title, values, labelExpr: "format(datum.value, '~s')" }
}

const fewDecades = 2.2

/** One colour per worker count, the same in every chart. */
export function workerColours(names: readonly string[], legendOrient: string): object {
  return {
    field: 'workers',
    type: 'nominal',
    scale: { domain: names, range: names.map((_, at) => palette[at % palette.length]) },
    legend: { title: null, orient: legendOrient, symbolOpacity: 1, symbolType: 'square' },
  }
}

export function workersName(workers: number): string {
  return workers === 1 ? '1 worker' : `${workers} workers`
}
