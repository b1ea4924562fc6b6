import { describeVariant, variants } from '../analyze/variants.ts'
import type { Chart, Drawable } from './chart.ts'
import { machineLine } from './footer.ts'
import { config, ink, muted, variantColour, workerColours, workersName } from './theme.ts'

const titles = variants.map((variant) => describeVariant[variant].title)

interface Value {
  variant: string
  workers: string
  order: number
  ns: number
  low: number
  high: number
  speedup: number | null
}

interface Layout {
  names: string[]
  order: number[]
  height: number
}

/** What an item costs in each layout, alone and with others at once, and what that makes of more workers. */
export function variantsChart(analysis: Drawable): Chart {
  const rows = analysis.rows.filter((row) => row.protocol === 'burst')
  const order = [...new Set(rows.map((row) => row.workers))].toSorted((left, right) => left - right)
  const values = rows.map((row): Value => {
    const scale = row.nsPerItem / row.median
    return {
      variant: describeVariant[row.variant].title,
      workers: workersName(row.workers),
      order: row.workers,
      ns: row.nsPerItem,
      low: row.low * scale,
      high: row.high * scale,
      speedup: row.speedup,
    }
  })
  const bar = order.length > 3 ? 13 : 20
  const layout = {
    names: order.map(workersName),
    order,
    height: titles.length * (order.length * bar + 14),
  }
  const panels = [costPanel(values, layout)]
  if (order.length === 2) panels.push(speedupDots(values, layout))
  if (order.length > 2) panels.push(speedupLines(values, layout))
  return {
    name: 'comparison_variants_batching_parallel_for_auto',
    alternative:
      'Cost of one item for each of six ways to write the result and each worker count, and the speedup.',
    spec: {
      title: {
        text: 'The same work, six ways to write the result',
        subtitle: [
          'Barrier-synchronised bursts, interleaved: each worker times the same number of items and the slower one counts.',
          'Median and 95 % interval.',
          machineLine(analysis),
        ],
      },
      hconcat: panels,
      resolve: { scale: { color: order.length > 2 ? 'independent' : 'shared' } },
      spacing: 36,
      config,
    },
  }
}

function rowsOf(labels: boolean): object {
  const axis = labels
    ? {
        title: null,
        labelFontSize: 12,
        labelColor: ink,
        ticks: false,
        domain: false,
        labelPadding: 8,
      }
    : null
  const scale = { type: 'band', paddingInner: 0.22, paddingOuter: 0.11 }
  return { field: 'variant', type: 'nominal', sort: titles, axis, scale }
}

/** Bars need a linear axis from 0; where that would hide the cheap ones, dots on a logarithmic axis. */
const widestLinear = 15

function costPanel(values: Value[], { names, order, height }: Layout): object {
  const y = rowsOf(true)
  const yOffset = { field: 'order', type: 'ordinal', sort: order }
  const linear =
    Math.max(...values.map((one) => one.ns)) <=
    widestLinear * Math.min(...values.map((one) => one.ns))
  const x = (field: string): object => ({
    field,
    type: 'quantitative',
    scale: linear ? { zero: true } : { type: 'log', nice: true },
    axis: { title: 'time per item of one worker (ns)', tickCount: 6 },
  })
  const color = workerColours(names, 'top')
  const mark = linear
    ? { type: 'bar', cornerRadiusEnd: 2 }
    : { type: 'point', filled: true, size: 50, opacity: 1 }
  return {
    data: { values },
    width: 440,
    height,
    layer: [
      { mark, encoding: { y, yOffset, x: x('ns'), color } },
      {
        mark: { type: 'rule', strokeWidth: 1.5, color: ink },
        encoding: { y, yOffset, x: x('low'), x2: { field: 'high' } },
      },
      {
        mark: { type: 'text', align: 'left', dx: 6, fontSize: 10.5 },
        encoding: { y, yOffset, x: x('high'), text: { field: 'ns', format: '.1f' } },
      },
    ],
  }
}

/** Two worker counts: one dot per variant, in its row. */
function speedupDots(values: Value[], { names, height }: Layout): object {
  const y = rowsOf(false)
  const x = {
    field: 'speedup',
    type: 'quantitative',
    scale: { domain: [0, 2.6], nice: false },
    axis: { title: 'speedup over one worker (dashed: no gain)', tickCount: 5 },
  }
  return {
    data: { values: values.filter((one) => one.order > 1) },
    width: 260,
    height,
    layer: [
      {
        data: { values: [{ speedup: 1 }] },
        mark: { type: 'rule', strokeDash: [4, 3], strokeWidth: 1.5, color: muted },
        encoding: { x },
      },
      {
        mark: { type: 'point', filled: true, size: 90, opacity: 1 },
        encoding: { y, x, color: workerColours(names, 'top') },
      },
      {
        mark: { type: 'text', align: 'left', dx: 8, fontSize: 10.5 },
        encoding: { y, x, text: { field: 'speedup', format: '.2f' } },
      },
    ],
  }
}

/** More counts: speedup over workers, one line per variant. */
function speedupLines(values: Value[], { order, height }: Layout): object {
  const log = { type: 'log', base: 2, nice: false }
  const x = {
    field: 'order',
    type: 'quantitative',
    scale: log,
    axis: { title: 'workers', values: order },
  }
  const y = {
    field: 'speedup',
    type: 'quantitative',
    scale: log,
    axis: { title: 'speedup over one worker (dashed: ideal)', tickCount: 6 },
  }
  const color = {
    field: 'variant',
    type: 'nominal',
    scale: { domain: titles, range: variants.map((variant) => variantColour[variant]) },
    legend: { title: null, orient: 'bottom', columns: 3, symbolOpacity: 1, symbolType: 'square' },
  }
  return {
    data: { values },
    width: 300,
    height,
    layer: [
      {
        data: { values: order.map((count) => ({ order: count, speedup: count })) },
        mark: { type: 'line', strokeDash: [4, 3], strokeWidth: 1.5, color: muted },
        encoding: { x, y },
      },
      { mark: { type: 'line', strokeWidth: 2 }, encoding: { x, y, color } },
      { mark: { type: 'point', filled: true, size: 44, opacity: 1 }, encoding: { x, y, color } },
    ],
  }
}
