import type { Drawable } from './chart.ts'
import { decadeAxis, palette } from './theme.ts'

const height = 260

/** The same question asked of simulated machines: time over items, one series per number of threads. Empty without a simulator. */
export function simulatedPanels({ simulation, simulated }: Drawable): object[] {
  if (simulation === null) return []
  return simulation.machines.map(({ name, title }, at) => {
    const values = simulated
      .filter((row) => row.machine === name && row.strategy === 'linear')
      .map(({ items, ms, workers }) => ({
        items,
        ms,
        order: workers,
        threads: threadsName(workers),
      }))
    const lengths = new Set(values.map(({ items }) => items)).size
    // Counts that only one length was simulated with make no line.
    const lines = values.filter(
      ({ order }) => values.filter((other) => other.order === order).length === lengths,
    )
    return panel(lines, { name, title, first: at === 0 })
  })
}

interface Value {
  items: number
  ms: number
  order: number
  threads: string
}

function panel(
  values: readonly Value[],
  { name, title, first }: { name: string; title: string; first: boolean },
): object {
  const names = [...new Set(values.toSorted((a, b) => a.order - b.order).map((one) => one.threads))]
  const ranges = values.map(({ items }) => items)
  const times = values.map(({ ms }) => ms)
  const x = {
    field: 'items',
    type: 'quantitative',
    scale: {
      type: 'log',
      domain: [Math.min(...ranges), Math.max(...ranges)],
      nice: false,
    },
    axis: decadeAxis('items in the range', Math.min(...ranges), Math.max(...ranges)),
  }
  const y = {
    field: 'ms',
    type: 'quantitative',
    scale: {
      type: 'log',
      nice: false,
      domain: [Math.min(...times) / 1.3, Math.max(...times) * 1.3],
    },
    axis: {
      ...decadeAxis(first ? 'time (ms), simulated' : null, Math.min(...times), Math.max(...times)),
      labelExpr: "format(datum.value, '~g')",
    },
  }
  const color = {
    field: 'threads',
    type: 'nominal',
    scale: { domain: names, range: names.map((_, at) => palette[at % palette.length]) },
    legend: { title: null, orient: 'right', symbolOpacity: 1, symbolType: 'square' },
  }
  return {
    title: {
      text: `simulated: shared counter on ${name}`,
      subtitle: title.replace(/^[^:]*: /, ''),
      fontSize: 12.5,
      offset: 10,
    },
    data: { values },
    width: 330,
    height,
    layer: [
      { mark: { type: 'line', strokeWidth: 2, strokeDash: [6, 3] }, encoding: { x, y, color } },
      { mark: { type: 'point', filled: true, size: 34, opacity: 1 }, encoding: { x, y, color } },
    ],
  }
}

/** The caller is one of them. */
function threadsName(threads: number): string {
  return threads === 1 ? '1 thread' : `${threads} threads`
}
