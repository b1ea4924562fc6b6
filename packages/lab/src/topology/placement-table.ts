/** Where workers go, as a table: places, tiers, and whom each steals from first. */
import { formatCpuList, stealOrders } from 'spillway/topology'
import type { Placement, Topology } from 'spillway/topology'
import type { Paint } from './draw.ts'

/** Workers that are listed, and victims of each. */
const MOST_WORKERS = 64
const MOST_VICTIMS = 8

export function placementTable(topology: Topology, placement: Placement, paint: Paint): string[] {
  const { strategy, order, filter, pin, places, notes } = placement
  const heading = `${strategy}: order ${order}, filter ${filter}, pin ${pin}; ${places.length} workers`
  const remarks = notes.map((note) => paint.yellow(`note: ${note}`))
  if (strategy === 'none') {
    const [first] = places
    const where = first === undefined ? 'nowhere' : `on cpus ${formatCpuList(first.cpus)}`
    return [paint.bold(heading), `the system runs them ${where}`, ...remarks]
  }
  const steal = stealOrders(topology, placement)
  const rows = places
    .slice(0, MOST_WORKERS)
    .map(({ worker, on, tier, group }) => [
      `${worker}`,
      on,
      `${tier}`,
      `${group ?? '-'}`,
      shorten(steal[worker]!),
    ])
  const more = places.length - rows.length
  return [
    paint.bold(heading),
    ...aligned([['worker', 'bound to', 'tier', 'group', 'steals from'], ...rows]),
    ...(more > 0 ? [paint.dim(`and ${more} more`)] : []),
    ...remarks,
  ]
}

function shorten(victims: readonly number[]): string {
  const shown = victims.slice(0, MOST_VICTIMS).join(' ')
  return victims.length > MOST_VICTIMS ? `${shown} …` : shown
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  )
}
