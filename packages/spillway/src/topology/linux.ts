/** Reads a Linux machine's topology from sysfs and procfs, this machine's or a recorded tree's. */
import { readLimits } from './cgroup.ts'
import { formatCpuList, parseCpuList, parseCpuMask } from './cpu-list.ts'
import type { SystemFiles } from './files.ts'
import { contradictions, oddities } from './check.ts'
import { kindsBySmt, readKinds } from './kinds.ts'
import { MAX_CPUS } from './model.ts'
import type { Cpu, NodeDistances, Topology } from './model.ts'
import { contradicting, dropEqual, ranks, sizes } from './partition.ts'
import type { Column } from './partition.ts'

const CPU = 'sys/devices/system/cpu'
const NODE = 'sys/devices/system/node'

/** Null if there is no folder of cpus. */
export function readLinux(files: SystemFiles, source: string): Topology | null {
  const notes: string[] = []
  const present = numbered(files.list(CPU), 'cpu')
  const online = readOnline(files, present, notes)
  if (online.length === 0) return null
  const machine = new Machine(files, online, notes)
  const topology = (name: string, cpu: number): string => `${CPU}/cpu${cpu}/topology/${name}`
  const cores = machine.column('core', (cpu) =>
    machine.set(topology('core_cpus', cpu), topology('thread_siblings', cpu)),
  )
  if (cores.includes(null)) {
    const lost = online.filter((_, at) => cores[at] === null)
    notes.push(`cpus ${formatCpuList(lost)} have no core: each counts as one`)
  }
  const core = cores.map((name, at) => name ?? online[at]!)
  const packages = machine.packages()
  const die = dropEqual(machine.dies(), packages)
  const { l2, l3 } = machine.caches()
  const cluster = machine.clusters([core, l2, l3, die, packages])
  const { numa, distances } = machine.nodes()
  const smt = ranks(core)
  const awake = new Set(online)
  const offline = present.filter((cpu) => !awake.has(cpu))
  const kinds =
    readKinds(files, online, (path) => parseCpuList(files.text(path) ?? 'none')) ??
    (offline.length === 0 ? kindsBySmt(sizes(core)) : null)
  const { quota, cpuset } = readLimits(files)
  const allowed = new Set(readAllowed(files, online, cpuset, notes))
  const cpus = online.map((cpu, at): Cpu => ({
    cpu,
    package: packages[at]!,
    die: die[at]!,
    numa: numa[at]!,
    l3: l3[at]!,
    l2: l2[at]!,
    cluster: cluster[at]!,
    core: core[at]!,
    smt: smt[at]!,
    eff: kinds === null ? null : kinds[at]!,
    allowed: allowed.has(cpu),
  }))
  notes.push(...contradictions(cpus), ...oddities(cpus))
  return { source, cpus, offline, quota, distances, notes }
}

/** Numbers of the folders `prefixN`, ascending. */
function numbered(names: readonly string[], prefix: string): number[] {
  return names
    .filter((name) => name.startsWith(prefix) && /^\d{1,6}$/.test(name.slice(prefix.length)))
    .map((name) => Number(name.slice(prefix.length)))
    .filter((number) => number < MAX_CPUS)
    .toSorted((a, b) => a - b)
}

function readOnline(files: SystemFiles, present: readonly number[], notes: string[]): number[] {
  const text = files.text(`${CPU}/online`)
  const listed = text === null ? [] : (parseCpuList(text) ?? [])
  const there = new Set(present)
  const found = listed.filter((cpu) => there.has(cpu))
  const lost = listed.filter((cpu) => !there.has(cpu))
  if (present.length === 0 && lost.length > 0) {
    notes.push('cpus are listed, and nothing is said about any of them')
    return lost
  }
  if (lost.length > 0) {
    notes.push(`cpus ${formatCpuList(lost)} are said to be online and have no folder: left out`)
  }
  if (found.length > 0) return found
  if (text !== null) notes.push('the list of online cpus is empty or damaged: the folders count')
  const awake = present.filter((cpu) => files.text(`${CPU}/cpu${cpu}/online`) !== '0')
  const known = awake.filter((cpu) => files.list(`${CPU}/cpu${cpu}/topology`).length > 0)
  return known.length > 0 ? known : awake
}

/** The affinity mask is the authority: it has the cpuset in it already. */
function readAllowed(
  files: SystemFiles,
  online: readonly number[],
  cpuset: readonly number[] | null,
  notes: string[],
): readonly number[] {
  const status = files.text('proc/thread-self/status') ?? files.text('proc/self/status') ?? ''
  const line = /^Cpus_allowed_list:\s*(\S+)/m.exec(status)?.[1]
  const mask = line === undefined ? null : parseCpuList(line)
  if (line !== undefined && mask === null) notes.push(`the affinity mask is damaged: not used`)
  const named = mask ?? cpuset
  if (named === null) return online
  const set = new Set(named)
  const allowed = online.filter((cpu) => set.has(cpu))
  if (allowed.length > 0) return allowed
  notes.push(`allowed are only cpus that are not online (${formatCpuList(set)}): taken for all`)
  return online
}

/** Whether an ascending set holds a number. */
function holds(set: readonly number[], cpu: number): boolean {
  let [low, high] = [0, set.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (set[middle]! < cpu) low = middle + 1
    else high = middle
  }
  return set[low] === cpu
}

/** Reads the columns of one machine. */
class Machine {
  readonly #files: SystemFiles
  readonly #online: readonly number[]
  readonly #notes: string[]
  readonly #places: ReadonlyMap<number, number>
  /** Members by the text that names them, and by the members: one array for all cpus of a group, which may be thousands. */
  readonly #read = new Map<string, readonly number[] | null>()
  readonly #sets = new Map<string, readonly number[]>()

  constructor(files: SystemFiles, online: readonly number[], notes: string[]) {
    this.#files = files
    this.#online = online
    this.#notes = notes
    this.#places = new Map(online.map((cpu, at) => [cpu, at]))
  }

  /**
   * Online members of a set; equal sets are the same array. Masks first, then lists: some trees have no lists, and in one they
   * contradict the masks, which are right.
   */
  set(...paths: readonly string[]): readonly number[] | null {
    for (const path of paths) {
      const members = this.#members(this.#files.text(path), parseCpuMask)
      if (members !== null) return members
    }
    for (const path of paths) {
      const list = path.endsWith('_map') ? path.replace(/_map$/, '_list') : `${path}_list`
      const members = this.#members(this.#files.text(list), parseCpuList)
      if (members !== null) return members
    }
    return null
  }

  #members(
    text: string | null,
    parse: (text: string) => readonly number[] | null,
  ): readonly number[] | null {
    if (text === null) return null
    const key = `${parse.name} ${text}`
    let members = this.#read.get(key)
    if (members === undefined) {
      members = parse(text)?.filter((cpu) => this.#places.has(cpu)) ?? null
      const known = members === null ? undefined : this.#sets.get(members.join())
      if (known !== undefined) members = known
      else if (members !== null) this.#sets.set(members.join(), members)
      this.#read.set(key, members)
    }
    return members
  }

  #number(path: string): number | null {
    const text = this.#files.text(path)
    return text !== null && /^-?\d{1,15}$/.test(text) ? Number(text) : null
  }

  /** A column from the set that each cpu says it belongs to: the name is the lowest member. */
  column(name: string, setOf: (cpu: number) => readonly number[] | null): Column {
    const strangers: number[] = []
    const sets = this.#online.map((cpu) => {
      const set = setOf(cpu)
      if (set === null || holds(set, cpu)) return set
      strangers.push(cpu)
      return null
    })
    if (strangers.length > 0) {
      const who = formatCpuList(strangers)
      this.#notes.push(
        `cpus ${who} are not in what they say is their ${name}: it counts for nothing`,
      )
    }
    const odd = contradicting(this.#online, sets, this.#places)
    if (odd.length > 0) {
      this.#notes.push(
        `cpus ${formatCpuList(odd)} do not agree about their ${name}: each goes by what it says itself`,
      )
    }
    return sets.map((set) => (set === null ? null : set[0]!))
  }

  packages(): Column {
    const found = this.column('package', (cpu) =>
      this.set(`${CPU}/cpu${cpu}/topology/package_cpus`, `${CPU}/cpu${cpu}/topology/core_siblings`),
    )
    if (!found.includes(null)) return found
    return this.#byId((cpu) => this.#number(`${CPU}/cpu${cpu}/topology/physical_package_id`), found)
  }

  dies(): Column {
    return this.column('die', (cpu) => {
      const id = this.#number(`${CPU}/cpu${cpu}/topology/die_id`)
      return id === null || id < 0 ? null : this.set(`${CPU}/cpu${cpu}/topology/die_cpus`)
    })
  }

  /** Names where `found` has none, from ids below which cpus are grouped. */
  #byId(idOf: (cpu: number) => number | null, found: Column): Column {
    const lowest = new Map<number, number>()
    return this.#online.map((cpu, at) => {
      const id = found[at] === null ? idOf(cpu) : null
      if (id === null || id < 0) return found[at]!
      if (!lowest.has(id)) lowest.set(id, cpu)
      return lowest.get(id)!
    })
  }

  /** Clusters that are no group of another column. Ids say nothing; a cluster of one cpu is none. */
  clusters(others: readonly Column[]): Column {
    const all = this.column('cluster', (cpu) => {
      const set = this.set(`${CPU}/cpu${cpu}/topology/cluster_cpus`)
      return set !== null && set.length > 1 ? set : null
    })
    return others.reduce((column, other) => dropEqual(column, other), all)
  }

  caches(): { l2: Column; l3: Column } {
    const places = this.#online.map((cpu) => this.#cachesOf(cpu))
    const column = (level: number): Column =>
      this.column(`L${level}`, (cpu) => {
        const place = places[this.#places.get(cpu)!]!.get(level)
        return place === undefined ? null : this.set(`${place}/shared_cpu_map`)
      })
    return { l2: column(2), l3: column(3) }
  }

  /** Folders of a cpu's caches of data by level. */
  #cachesOf(cpu: number): Map<number, string> {
    const found = new Map<number, string>()
    for (const index of numbered(this.#files.list(`${CPU}/cpu${cpu}/cache`), 'index')) {
      const place = `${CPU}/cpu${cpu}/cache/index${index}`
      const level = this.#number(`${place}/level`)
      if (level === null || found.has(level)) continue
      if (this.#files.text(`${place}/type`) !== 'Instruction') found.set(level, place)
    }
    return found
  }

  /** No folder of nodes: one node. A node without cpus is only memory. */
  nodes(): { numa: Column; distances: NodeDistances | null } {
    const nodes = numbered(this.#files.list(NODE), 'node')
    if (nodes.length === 0) return { numa: this.#online.map(() => 0), distances: null }
    const numa: (number | null)[] = this.#online.map(() => null)
    for (const node of nodes) {
      const place = `${NODE}/node${node}`
      const members = parseCpuMask(this.#files.text(`${place}/cpumap`) ?? '')
      const listed = this.#files.text(`${place}/cpulist`)
      for (const cpu of members ?? (listed === null ? null : parseCpuList(listed)) ?? []) {
        const at = this.#places.get(cpu)
        if (at === undefined) continue
        if (numa[at] === null) numa[at] = node
        else
          this.#notes.push(`cpu ${cpu} is in NUMA nodes ${numa[at]} and ${node}: the first counts`)
      }
    }
    return { numa, distances: this.#distances(nodes) }
  }

  #distances(nodes: readonly number[]): NodeDistances | null {
    const rows = nodes.map((node) =>
      (this.#files.text(`${NODE}/node${node}/distance`) ?? '').split(/\s+/).map(Number),
    )
    const good = rows.every(
      (row) => row.length === nodes.length && row.every((far) => far > 0 && far <= 255),
    )
    return good ? { nodes, rows } : null
  }
}
