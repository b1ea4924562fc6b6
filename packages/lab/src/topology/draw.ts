/** Draws a machine as a tree of boxes: packages, NUMA nodes, L3 groups, and in them one cell for each core. */
import { formatCpuList, groupsOf, summariseMachine } from 'spillway/topology'
import type { Cpu, GroupColumn, Placement, Topology } from 'spillway/topology'
import type pico from 'picocolors'

export type Paint = ReturnType<typeof pico.createColors>

const MOST_COLUMNS = 100

/** Levels to draw a box around. */
const LEVELS: readonly [column: GroupColumn, name: string][] = [
  ['package', 'package'],
  ['die', 'die'],
  ['numa', 'NUMA node'],
  ['l3', 'L3'],
  ['cluster', 'cluster'],
]

/** Lines without line feeds, as wide as 100 columns where a core is not wider. */
export function drawMachine(topology: Topology, placement: Placement, paint: Paint): string[] {
  const { cpus, notes, offline } = topology
  const drawer = new Drawer(topology, placement, paint)
  return [
    paint.bold(summariseMachine(topology)),
    ...notes.map((note) => paint.yellow(`note: ${note}`)),
    '',
    ...drawer.boxes(cpus, nestedLevels(cpus), MOST_COLUMNS),
    ...(offline.length > 0 ? [paint.dim(`offline: cpus ${formatCpuList(offline)}`)] : []),
    paint.dim(drawer.legend()),
  ]
}

function isOneGroup(cpus: readonly Cpu[], column: GroupColumn): boolean {
  return cpus[0]![column] !== null && cpus.every((cpu) => cpu[column] === cpus[0]![column])
}

function titleOf(column: GroupColumn, name: string, [first]: readonly Cpu[]): string {
  return column === 'numa' ? `${name} ${first!.numa}` : name
}

/** The levels that this machine has, wide ones first: a NUMA node may hold several L3 groups, or an L3 group several nodes. */
function nestedLevels(cpus: readonly Cpu[]): typeof LEVELS {
  return LEVELS.filter(([column]) => groupsOf(cpus, column).size > 0).toSorted(
    ([a], [b]) => groupsOf(cpus, a).size - groupsOf(cpus, b).size,
  )
}

class Drawer {
  readonly #topology: Topology
  readonly #paint: Paint
  readonly #workers = new Map<number, number[]>()
  readonly #fastest: number
  readonly #width: number

  constructor(topology: Topology, placement: Placement, paint: Paint) {
    this.#topology = topology
    this.#paint = paint
    for (const { cpu, worker } of placement.places) {
      if (cpu === null) continue
      const workers = this.#workers.get(cpu)
      if (workers === undefined) this.#workers.set(cpu, [worker])
      else workers.push(worker)
    }
    this.#fastest = topology.cpus.reduce((most, { eff }) => Math.max(most, eff ?? 0), 0)
    const cores = [...groupsOf(topology.cpus, 'core').values()]
    this.#width = Math.max(...cores.map((threads) => this.#plainCell(threads).length))
  }

  legend(): string {
    const kinds = this.#topology.cpus.some(({ eff }) => eff !== null)
    const workers = this.#workers.size > 0
    return [
      'a cell is a core, its numbers are cpus',
      ...(kinds ? ['P performance, E efficiency'] : []),
      ...(workers ? ['›n worker n'] : []),
      ...(this.#topology.cpus.some(({ allowed }) => !allowed) ? ['(n) not allowed'] : []),
    ].join('; ')
  }

  /** A box for each group of the widest level, one under the other; cells where no level is left. */
  boxes(cpus: readonly Cpu[], levels: typeof LEVELS, width: number): string[] {
    const [level, ...inner] = levels
    if (level === undefined) return this.#cells(cpus, width)
    const [column] = level
    const outside = cpus.filter((cpu) => cpu[column] === null)
    return [
      ...[...groupsOf(cpus, column).values()].flatMap((members) => {
        // Levels that hold just the same cpus share a box.
        const same = inner.filter(([other]) => isOneGroup(members, other))
        const within = inner.filter((one) => !same.includes(one))
        const names = [level, ...same].map(([of, name]) => titleOf(of, name, members))
        const title = `${names.join(', ')}: cpus ${formatCpuList(members.map(({ cpu }) => cpu))}`
        return this.#box(title, this.boxes(members, within, width - 4), width)
      }),
      ...(outside.length > 0 ? this.boxes(outside, inner, width) : []),
    ]
  }

  #box(title: string, lines: readonly string[], width: number): string[] {
    const { dim } = this.#paint
    const most = Math.max(title.length + 3, ...lines.map((line) => visible(line)))
    const inside = Math.min(Math.max(most, 1), Math.max(width - 4, most))
    const top = `┌ ${title} ${'─'.repeat(Math.max(0, inside - title.length))}┐`
    const bottom = `└${'─'.repeat(inside + 2)}┘`
    const bar = dim('│')
    return [
      dim(top),
      ...lines.map((line) => `${bar} ${line}${' '.repeat(inside - visible(line))} ${bar}`),
      dim(bottom),
    ]
  }

  #cells(cpus: readonly Cpu[], width: number): string[] {
    const cores = [...groupsOf(cpus, 'core').values()]
    const perLine = Math.max(1, Math.floor((width + 1) / (this.#width + 1)))
    const lines: string[] = []
    for (let at = 0; at < cores.length; at += perLine) {
      lines.push(
        cores
          .slice(at, at + perLine)
          .map((threads) => this.#cell(threads))
          .join(' '),
      )
    }
    return lines
  }

  /** `[P 3›0 19]`: the kind, and each thread's cpu with its workers. */
  #plainCell(threads: readonly Cpu[]): string {
    const [first] = threads
    const kind = first!.eff === null ? '' : `${first!.eff === this.#fastest ? 'P' : 'E'} `
    return `[${kind}${threads.map((cpu) => this.#thread(cpu)).join(' ')}]`
  }

  #thread({ cpu, allowed }: Cpu): string {
    const workers = this.#workers.get(cpu)
    if (workers === undefined) return allowed ? `${cpu}` : `(${cpu})`
    return `${cpu}›${workers.join('+')}`
  }

  #cell(threads: readonly Cpu[]): string {
    const plain = this.#plainCell(threads).padEnd(this.#width)
    const { green, dim } = this.#paint
    if (threads.some(({ cpu }) => this.#workers.has(cpu))) return green(plain)
    return threads.some(({ allowed }) => allowed) ? plain : dim(plain)
  }
}

// eslint-disable-next-line no-control-regex
const COLOURS = /\u001b\[\d+m/g

/** Columns a text takes on a terminal. */
function visible(line: string): number {
  return line.replace(COLOURS, '').length
}
