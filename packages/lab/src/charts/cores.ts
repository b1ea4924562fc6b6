import { seed } from '../analyze/seed.ts'
import { describeVariant, type Variant } from '../analyze/variants.ts'
import { milliseconds } from '../report/format.ts'
import type { Chart, Drawable } from './chart.ts'
import { simulatedPanels } from './cores-simulated.ts'
import { busyLine, machineLine, simulationLine } from './footer.ts'
import { config, decadeAxis, muted, workerColours, workersName } from './theme.ts'

const smallest = 1000
const shown: Variant[] = ['shared', 'local']
/** Beyond this ratio of the slowest to the fastest end, a linear axis would hide the fast one. */
const widestLinear = 12
/** More end labels than this would overlap. */
const mostLabels = 3
const panelHeight = 300
const labelHeight = 14

interface Point {
  variant: Variant
  workers: string
  items: number
  ms: number
  low: number
  high: number
  words: string
}

/** Time over items, one series per worker count: before the cure and after; the seed's figures in a panel apart. */
export function coresChart(analysis: Drawable): Chart {
  const points = measuredPoints(analysis)
  const time = timeScale(points)
  const panels = shown.map((variant, at) => measuredPanel(points, variant, time, at === 0))
  return {
    name: 'comparison_cores_batching_parallel_for_auto',
    alternative:
      'Time of one parallelForAuto call over the number of items, one line per worker count, for the shared counter ' +
      "and for a chunk-local sum; the seed's own figures in a panel apart.",
    spec: {
      title: {
        text: 'More workers on one loop: a shared counter against a chunk-local sum',
        subtitle: [
          'Whole parallelForAuto calls over heavyWork(15), interleaved; median and 95 % interval.',
          ...busyLine(analysis),
          machineLine(analysis),
          ...(analysis.simulation === null
            ? []
            : [`Below: simulated, not measured; ${simulationLine(analysis.simulation)}`]),
        ],
      },
      ...arranged([...panels, seedPanel()], simulatedPanels(analysis)),
      spacing: 30,
      config,
    },
  }
}

/** Simulated panels in a row of their own. */
function arranged(measured: object[], simulated: object[]): object {
  if (simulated.length === 0) return { hconcat: measured }
  const row = (panels: object[]): object => ({
    hconcat: panels,
    spacing: 30,
    resolve: { scale: { color: 'independent' } },
  })
  return {
    vconcat: [{ hconcat: measured, spacing: 30 }, row(simulated)],
    resolve: { scale: { color: 'independent' } },
  }
}

function measuredPoints({ rows }: Drawable): Point[] {
  return rows
    .filter((row) => row.protocol === 'call' && shown.includes(row.variant))
    .filter((row) => row.items >= smallest && row.items <= seed.items)
    .map((row) => ({
      variant: row.variant,
      workers: workersName(row.workers),
      items: row.items,
      ms: row.median,
      low: row.low,
      high: row.high,
      words: milliseconds(row.median),
    }))
}

interface TimeScale {
  scale: object
  /** Share of the panel's height, from below. */
  position: (ms: number) => number
}

/** The same for both panels, or they could not be compared. */
function timeScale(points: Point[]): TimeScale {
  const ends = points.filter((point) => point.items === seed.items).map((point) => point.ms)
  const top = Math.max(...points.map((point) => point.high)) * 1.04
  if (Math.max(...ends) <= widestLinear * Math.min(...ends)) {
    return { scale: { domain: [0, top], nice: false }, position: (ms) => ms / top }
  }
  const low = Math.min(...points.map((point) => point.low))
  return {
    scale: { type: 'log', domain: [low, top], nice: false },
    position: (ms) => Math.log(ms / low) / Math.log(top / low),
  }
}

function measuredPanel(points: Point[], variant: Variant, time: TimeScale, first: boolean): object {
  const own = points.filter((point) => point.variant === variant)
  const names = [...new Set(points.map((point) => point.workers))]
  const color = workerColours(names, 'top')
  const x = {
    field: 'items',
    type: 'quantitative',
    scale: { type: 'log', domain: [smallest, seed.items] },
    axis: decadeAxis('items in the range', smallest, seed.items),
  }
  const y = (field: string): object => ({
    field,
    type: 'quantitative',
    scale: time.scale,
    axis: { title: first ? 'time (ms)' : null, tickCount: 6 },
  })
  const labels = endLabels(own, time).map(({ point, dy }) => ({
    data: { values: [point] },
    mark: { type: 'text', align: 'left', dx: 8, dy },
    encoding: { x, y: y('ms'), text: { field: 'words' }, color },
  }))
  return {
    title: { text: `measured: ${describeVariant[variant].title}`, fontSize: 12.5, offset: 10 },
    data: { values: own },
    width: 290,
    height: panelHeight,
    layer: [
      {
        mark: { type: 'area', opacity: 0.16 },
        encoding: { x, y: y('low'), y2: { field: 'high' }, color },
      },
      { mark: { type: 'line', strokeWidth: 2 }, encoding: { x, y: y('ms'), color } },
      {
        mark: { type: 'point', filled: true, size: 34, opacity: 1 },
        encoding: { x, y: y('ms'), color },
      },
      ...(names.length <= mostLabels ? labels : []),
    ],
  }
}

/** The last point of each line, labels pushed apart where they would overlap. */
function endLabels(own: Point[], time: TimeScale): { point: Point; dy: number }[] {
  const ends = own
    .filter((point) => point.items === seed.items)
    .toSorted((left, right) => right.ms - left.ms)
  let above = Number.NEGATIVE_INFINITY
  return ends.map((point) => {
    const at = panelHeight * (1 - time.position(point.ms))
    const placed = Math.max(at, above + labelHeight)
    above = placed
    return { point, dy: placed - at }
  })
}

function seedTime(field: string): object {
  const axis = { title: 'time (ms), 1,000,000 items', tickCount: 6 }
  return { field, type: 'quantitative', scale: { domain: [0, 18] }, axis }
}

function seedPanel(): object {
  const x = {
    field: 'cores',
    type: 'ordinal',
    axis: { title: 'cores of the seed’s machine (32-thread Ryzen)', labelAngle: 0 },
  }
  const y = seedTime
  const values = seed.times.map((one) => ({
    ...one,
    words: one.low === one.high ? `${one.low}` : `${one.low}–${one.high}`,
  }))
  return {
    title: {
      text: "the seed's figures, not measured here",
      color: muted,
      fontSize: 12.5,
      offset: 10,
    },
    data: { values },
    width: 230,
    height: panelHeight,
    layer: [
      {
        mark: { type: 'rule', strokeWidth: 6, opacity: 0.35, color: muted },
        encoding: { x, y: y('low'), y2: { field: 'high' } },
      },
      {
        mark: {
          type: 'point',
          shape: 'diamond',
          filled: false,
          size: 90,
          color: muted,
          opacity: 1,
        },
        encoding: { x, y: y('low') },
      },
      {
        mark: { type: 'text', dy: -12, color: muted },
        encoding: { x, y: y('high'), text: { field: 'words' } },
      },
    ],
  }
}
