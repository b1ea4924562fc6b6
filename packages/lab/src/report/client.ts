import type uPlotType from 'uplot'
import type { PageData } from './page-data.ts'

// Runs in the report, as an inline module beside uPlot's script. It reads the data that the page carries and draws
// two charts that can be zoomed (drag), reset (double click) and read (hover).

declare const uPlot: typeof uPlotType

const data: PageData = JSON.parse(find('#data', HTMLScriptElement).text)

interface Plot {
  host: HTMLElement
  build: () => {
    options: Omit<uPlotType.Options, 'width' | 'height'>
    values: uPlotType.AlignedData
  }
}

function draw({ host, build }: Plot): () => void {
  let plot: uPlotType | undefined
  const redraw = (): void => {
    plot?.destroy()
    const { options, values } = build()
    const size = { width: host.clientWidth, height: 380 }
    plot = new uPlot({ ...options, ...size, padding: [null, 32, null, null] }, values, host)
  }
  redraw()
  new ResizeObserver(() => {
    if (plot && host.clientWidth !== plot.width)
      plot.setSize({ width: host.clientWidth, height: 380 })
  }).observe(host)
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw)
  return redraw
}

function axis(label: string): uPlotType.Axis {
  const css = getComputedStyle(document.documentElement)
  const line = { stroke: css.getPropertyValue('--line'), width: 1 }
  return {
    label,
    stroke: css.getPropertyValue('--muted'),
    grid: line,
    ticks: line,
    labelSize: 26,
    labelFont: '13px system-ui',
  }
}

function option(select: HTMLSelectElement, value: string, text: string): void {
  const element = document.createElement('option')
  element.value = value
  element.textContent = text
  select.append(element)
}

/** The page this script is part of has it. */
function find<T extends Element>(selector: string, type: new () => T): T {
  const element = document.querySelector(selector)
  if (!(element instanceof type)) throw new Error(`${selector} is missing`)
  return element
}

const shortNumber = new Intl.NumberFormat('en', { notation: 'compact' })

/** Ticks without a label come as null. */
function compact(_plot: uPlotType, ticks: (number | null)[]): string[] {
  return ticks.map((tick) => (tick === null ? '' : shortNumber.format(tick)))
}

const rounded = (unit: string) => (_plot: uPlotType, value: number | null) =>
  value === null || value === undefined ? '' : `${value.toPrecision(4)} ${unit}`

/** Time over items: a line per worker count with its interval as a band. */
function timePlot(): void {
  const variant = find('#time-variant', HTMLSelectElement)
  for (const name of Object.keys(data.titles)) option(variant, name, data.titles[name])
  const build: Plot['build'] = () => {
    const rows = data.calls.filter((row) => row.variant === variant.value)
    const counts = [...new Set(rows.map((row) => row.workers))]
    const items = [...new Set(rows.map((row) => row.items))].toSorted((left, right) => left - right)
    const column = (workers: number, field: 'median' | 'low' | 'high'): (number | null)[] =>
      items.map(
        (n) => rows.find((row) => row.workers === workers && row.items === n)?.[field] ?? null,
      )
    const series = counts.flatMap((workers, at): uPlotType.Series[] => {
      const colour = data.palette[at % data.palette.length]
      const label = workers === 1 ? '1 worker' : `${workers} workers`
      const edge = { label: '', class: 'edge', stroke: 'transparent', points: { show: false } }
      return [
        { label, stroke: colour, width: 2, points: { size: 6 }, value: rounded('ms') },
        edge,
        edge,
      ]
    })
    const bands = counts.map((_, at): uPlotType.Band => {
      const median = 3 * at + 1
      return {
        series: [median + 2, median + 1],
        fill: `${data.palette[at % data.palette.length]}29`,
      }
    })
    return {
      options: {
        scales: { x: { time: false, distr: 3 }, y: { distr: 3 } },
        axes: [
          { ...axis('items in the range'), values: compact },
          { ...axis('time of a call (ms)'), size: 64 },
        ],
        series: [{ label: 'items' }, ...series],
        bands,
        hooks: { setSeries: [followEdges] },
      },
      values: [
        items,
        ...counts.flatMap((n) => [column(n, 'median'), column(n, 'low'), column(n, 'high')]),
      ],
    }
  }
  const redraw = draw({ host: find('#time-plot', HTMLElement), build })
  variant.addEventListener('change', redraw)
}

/** Hiding a line in the legend hides its band. */
function followEdges(plot: uPlotType, index: number | null, change: uPlotType.Series): void {
  if (index === null || index % 3 !== 1 || change.show === undefined) return
  for (const edge of [index + 1, index + 2]) {
    if (plot.series[edge]?.show !== change.show) plot.setSeries(edge, { show: change.show })
  }
}

/** Every burst in the order in which it was measured: what the medians were taken from. */
function burstPlot(): void {
  const workers = find('#burst-workers', HTMLSelectElement)
  for (const count of [...new Set(data.bursts.map((row) => row.workers))].toReversed()) {
    option(workers, String(count), String(count))
  }
  const build: Plot['build'] = () => {
    const rows = data.bursts.filter((row) => row.workers === Number(workers.value))
    const longest = Math.max(...rows.map((row) => row.ns.length))
    const series = rows.map((row): uPlotType.Series => {
      const colour = data.colours[row.variant]
      return {
        label: data.titles[row.variant],
        stroke: colour,
        width: 1,
        points: { show: true, size: 5, fill: colour },
        paths: () => null,
        value: rounded('ns'),
      }
    })
    const pad = (values: number[]): (number | null)[] =>
      Array.from({ length: longest }, (_, at) => values[at] ?? null)
    return {
      options: {
        scales: { x: { time: false }, y: { distr: 3 } },
        axes: [
          axis('burst, in the order of measuring'),
          { ...axis('time per item of the slower worker (ns)'), size: 64 },
        ],
        series: [{ label: 'burst' }, ...series],
      },
      values: [
        Array.from({ length: longest }, (_, at) => at + 1),
        ...rows.map((row) => pad(row.ns)),
      ],
    }
  }
  const redraw = draw({ host: find('#burst-plot', HTMLElement), build })
  workers.addEventListener('change', redraw)
}

timePlot()
burstPlot()
