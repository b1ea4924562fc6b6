import { median } from '../stats/median.ts'
import type { Chart, Drawable } from './chart.ts'
import { machineLine } from './footer.ts'
import { config, decadeAxis, muted, palette, workersName } from './theme.ts'

/** From here on a call's overhead no longer shows. */
const largest = 10_000
const plainLoop = 'plain loop, no library'

interface Point {
  series: string
  items: number
  ns: number
  low: number
  high: number
}

/** What a call costs per item when the range is small, beside the plain loop. */
export function overheadChart(analysis: Drawable): Chart {
  const points = [...callPoints(analysis), ...serialPoints(analysis)]
  return {
    name: 'overhead_batching_parallel_for_auto',
    alternative:
      'Time per item of small ranges, by worker count, beside the plain loop without the library.',
    spec: {
      title: {
        text: 'Small ranges: what a call costs per item',
        subtitle: [
          'Whole awaited parallelForAuto calls, chunk-local sum, fewer than 10,000 items; median and 95 % interval.',
          machineLine(analysis),
        ],
      },
      data: { values: points },
      width: 620,
      height: 320,
      layer: layers(points),
      config,
    },
  }
}

function callPoints({ rows }: Drawable): Point[] {
  return rows
    .filter((row) => row.protocol === 'call' && row.variant === 'local' && row.items < largest)
    .map((row) => {
      const scale = row.nsPerItem / row.median
      const series = workersName(row.workers)
      return {
        series,
        items: row.items,
        ns: row.nsPerItem,
        low: row.low * scale,
        high: row.high * scale,
      }
    })
}

function serialPoints({ serial }: Drawable): Point[] {
  return serial
    .filter((row) => row.items < largest)
    .map((row) => {
      const ns = (median(row.ms) * 1e6) / row.items
      return { series: plainLoop, items: row.items, ns, low: ns, high: ns }
    })
}

function layers(points: Point[]): object[] {
  const names = [...new Set(points.map((point) => point.series))]
  const range = names.map((name, at) => (name === plainLoop ? muted : palette[at % palette.length]))
  const legend = { title: null, orient: 'top', symbolOpacity: 1, symbolType: 'square' }
  const color = { field: 'series', type: 'nominal', scale: { domain: names, range }, legend }
  const ranges = points.map((point) => point.items)
  const costs = points.flatMap((point) => [point.low, point.high])
  const log = { type: 'log', nice: false }
  const x = {
    field: 'items',
    type: 'quantitative',
    scale: log,
    axis: decadeAxis('items in the range', Math.min(...ranges), Math.max(...ranges)),
  }
  const y = (field: string): object => ({
    field,
    type: 'quantitative',
    scale: { ...log, domain: [Math.min(...costs) / 1.5, Math.max(...costs) * 1.3] },
    axis: decadeAxis('time per item (ns)', Math.min(...costs), Math.max(...costs)),
  })
  const dashed = {
    condition: { test: `datum.series === '${plainLoop}'`, value: [5, 4] },
    value: [1, 0],
  }
  return [
    {
      mark: { type: 'area', opacity: 0.16 },
      encoding: { x, y: y('low'), y2: { field: 'high' }, color },
    },
    {
      mark: { type: 'line', strokeWidth: 2 },
      encoding: { x, y: y('ns'), color, strokeDash: dashed },
    },
    {
      mark: { type: 'point', filled: true, size: 34, opacity: 1 },
      encoding: { x, y: y('ns'), color },
    },
  ]
}
