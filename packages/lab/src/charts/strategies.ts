import { seed } from '../analyze/seed.ts'
import { fiveStrategies } from '../simulate/reproduce.ts'
import type { SimulatedRow } from '../simulate/rows.ts'
import type { Chart, Drawable } from './chart.ts'
import { simulationLine } from './footer.ts'
import { config, muted, palette } from './theme.ts'

/** Million items a second over threads, one series per strategy: simulated machines, and the seed's figures apart. */
export function strategiesChart(analysis: Drawable): Chart[] {
  const { simulation, simulated } = analysis
  if (simulation === null) return []
  const machines = simulation.machines.map((machine, at) => {
    const rows = simulated.filter(
      (row) => row.machine === machine.name && row.items === strategyItems,
    )
    return panel(machine, rows, at === 0)
  })
  return [
    {
      name: 'comparison_strategies_batching_parallel_for_auto',
      alternative:
        "Simulated throughput of the shared counter over threads, one line per placement strategy, for the seed's " +
        "machine and a server; the seed's own figures in a panel apart.",
      spec: {
        title: {
          text: 'A shared counter by placement: simulated machines',
          subtitle: [
            `Simulated, not measured: parallelForAuto over ${strategyItems.toLocaleString('en-US')} items of heavyWork(15) + one shared atomic.`,
            'Strategies that use the same cpus share a line: on all cpus only ccd-isolation uses others.',
            simulationLine(simulation),
          ],
        },
        hconcat: [...machines, seedPanel()],
        spacing: 30,
        config,
      },
    },
  ]
}

const strategyItems = 100_000
const height = 300

function panel(
  { name, title, threads }: { name: string; title: string; threads: number },
  rows: readonly SimulatedRow[],
  first: boolean,
): object {
  const values = rows.map((row) => ({
    strategy: row.strategy,
    threads: row.workers,
    rate: row.itemsPerSecond / 1e6,
  }))
  const counts = [...new Set(values.map((value) => value.threads))]
  const x = {
    field: 'threads',
    type: 'quantitative',
    scale: { type: 'log', base: 2, domain: [1, threads], nice: false },
    axis: { title: 'threads', values: counts },
  }
  const y = {
    field: 'rate',
    type: 'quantitative',
    scale: { domain: [0, 200], nice: false },
    axis: { title: first ? 'M items/s, simulated' : null, tickCount: 5 },
  }
  const color = {
    field: 'strategy',
    type: 'nominal',
    scale: { domain: [...fiveStrategies], range: palette.slice(0, fiveStrategies.length) },
    legend: { title: null, orient: 'bottom', columns: 5, symbolOpacity: 1, symbolType: 'square' },
  }
  const shape = { ...color, scale: { domain: [...fiveStrategies], range: shapes } }
  return {
    title: {
      text: `simulated: ${name}`,
      subtitle: title.replace(/^[^:]*: /, ''),
      fontSize: 12.5,
      offset: 10,
    },
    data: { values },
    width: 300,
    height,
    layer: [
      { mark: { type: 'line', strokeWidth: 2 }, encoding: { x, y, color } },
      {
        mark: { type: 'point', size: 60, opacity: 1, strokeWidth: 1.6 },
        encoding: { x, y, color, shape },
      },
    ],
  }
}

const shapes = ['circle', 'square', 'cross', 'diamond', 'triangle-up']

function seedPanel(): object {
  const values = [
    { what: 'cap, 8 cores on', rate: seed.throughputCap / 1e6 },
    { what: 'TieredSpillover, 32', rate: seed.tieredThroughput / 1e6 },
  ]
  const y = {
    field: 'rate',
    type: 'quantitative',
    scale: { domain: [0, 200], nice: false },
    axis: { title: 'M items/s, as the seed says', tickCount: 5 },
  }
  const x = {
    field: 'what',
    type: 'nominal',
    sort: null,
    axis: { title: null, labelAngle: 0, labelLimit: 140 },
  }
  return {
    title: { text: "the seed's figures, not simulated", color: muted, fontSize: 12.5, offset: 10 },
    data: { values },
    width: 240,
    height,
    layer: [
      {
        mark: {
          type: 'point',
          shape: 'diamond',
          filled: false,
          size: 90,
          color: muted,
          opacity: 1,
        },
        encoding: { x, y },
      },
      {
        mark: { type: 'text', dy: -14, color: muted },
        encoding: { x, y, text: { field: 'rate', format: '.0f' } },
      },
    ],
  }
}
