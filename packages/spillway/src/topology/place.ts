/** Where workers go: a pure function of topology, number of workers and strategy. */
import { rangeError, show, typeError } from '../errors.ts'
import { MAX_WORKERS } from '../layout/layout.ts'
import { formatCpuList } from './cpu-list.ts'
import { allowedCpus, usableCores } from './model.ts'
import type { Topology } from './model.ts'
import { inOrder, spotsOf } from './spots.ts'
import type { Spot } from './spots.ts'
import { recipeOf } from './strategies.ts'
import type { CpuPlaces, Order, PinLevel, Recipe, Strategy } from './strategies.ts'

export interface PlaceOptions {
  /** 0 to 1024. Default: a worker for every place (`avoid-smt`: for every core), but no more than the quota pays for. */
  readonly workers?: number
  /** A strategy by name, or the cpus of each worker in turn. Default `'none'`. */
  readonly strategy?: Strategy | CpuPlaces
  /** Binds workers more loosely or tightly than the strategy does by itself. */
  readonly pin?: PinLevel
}

export interface Place {
  readonly worker: number
  /** The cpu this worker was given, null if the system decides. */
  readonly cpu: number | null
  /** Cpus it may run on, ascending: what it is to be pinned to. */
  readonly cpus: readonly number[]
  /** The same for people: `cpu 3`, `L3 0-7`, `cpus 0-1`. */
  readonly on: string
  /** 0 is woken first: workers by preference of their places. */
  readonly rank: number
  /** Label of the place: cores of group 0, of group 1 and so on, then second threads; 0 if the system decides. */
  readonly tier: number
  /** Lowest online cpu of the group that shares an L3 or what comes nearest; null if the system decides. */
  readonly group: number | null
}

export interface Placement extends Recipe {
  readonly strategy: Strategy | 'list'
  readonly places: readonly Place[]
  /** What the reader should know: more workers than places, or than the quota pays for. */
  readonly notes: readonly string[]
}

/**
 * Places workers on the allowed cpus of a machine. The same input gives the same output.
 *
 * With more workers than places, the rest shares: each is bound to a whole group, never to a cpu of its own that has a worker.
 *
 * @throws TypeError or RangeError on a wrong option, and if a list names a cpu that is not allowed or has fewer places than workers.
 */
export function placeWorkers(topology: Topology, options: PlaceOptions = {}): Placement {
  const { strategy = 'none', pin } = options
  const recipe = recipeOf(strategy, pin)
  const spots = spotsOf(topology.cpus)
  const list = typeof strategy === 'string' ? null : readList(strategy, topology)
  const workers = workerCount(
    topology,
    options.workers,
    recipe,
    list?.length ?? spots.length,
    spots,
  )
  const name = typeof strategy === 'string' ? strategy : 'list'
  const places =
    list === null
      ? spotPlaces(spots, recipe, workers)
      : listPlaces(list.slice(0, workers), spots, recipe.pin)
  return { strategy: name, ...recipe, places, notes: remarks(topology, workers, places) }
}

function workerCount(
  topology: Topology,
  workers: number | undefined,
  recipe: Recipe,
  places: number,
  spots: readonly Spot[],
): number {
  if (workers === undefined) {
    if (recipe.order === 'list') return places
    return Math.min(MAX_WORKERS, usableCores(roomFor(recipe, spots), topology.quota))
  }
  if (typeof workers !== 'number') {
    throw typeError('ERR_OPTION', `workers must be a number; got ${show(workers)}`)
  }
  if (!Number.isInteger(workers) || workers < 0 || workers > MAX_WORKERS) {
    throw rangeError(
      'ERR_OPTION',
      `workers must be an integer from 0 to ${MAX_WORKERS}; got ${show(workers)}`,
    )
  }
  if (recipe.order === 'list' && workers > places) {
    throw rangeError(
      'ERR_OPTION',
      `the list of cpus must have a place for each of ${workers} workers; it has ${places}`,
    )
  }
  return workers
}

/** How many workers a strategy has places for that keep its promise. */
function roomFor({ order, filter }: Recipe, spots: readonly Spot[]): number {
  if (filter === 'one-group') return isolated(spots, 0).length
  return order === 'kinds' ? spots.filter(({ thread }) => thread === 0).length : spots.length
}

function readList(list: CpuPlaces, topology: Topology): (readonly number[])[] {
  const allowed = new Set(allowedCpus(topology).map(({ cpu }) => cpu))
  if (list.length > MAX_WORKERS) {
    throw rangeError(
      'ERR_OPTION',
      `the list of cpus must have at most ${MAX_WORKERS} places; it has ${list.length}`,
    )
  }
  return list.map((entry) => {
    const cpus: readonly unknown[] = Array.isArray(entry) ? entry : [entry]
    const wrong = cpus.find((cpu) => !allowed.has(cpu as number))
    if (wrong === undefined && cpus.length > 0) {
      return [...new Set(cpus as readonly number[])].toSorted((a, b) => a - b)
    }
    throw rangeError(
      'ERR_OPTION',
      `the list of cpus must name cpus that are allowed (${formatCpuList(allowed)}); got ${show(cpus.length === 0 ? entry : wrong)}`,
    )
  })
}

function listPlaces(
  list: readonly (readonly number[])[],
  spots: readonly Spot[],
  pin: PinLevel,
): Place[] {
  const byCpu = new Map(spots.map((spot) => [spot.cpu.cpu, spot]))
  return list.map((cpus, worker) => {
    const spot = byCpu.get(cpus[0]!)!
    const wider = pin === 'cpu' ? cpus : cpus.flatMap((cpu) => sharing(byCpu.get(cpu)!, pin, spots))
    const all = [...new Set(wider)].toSorted((a, b) => a - b)
    return placeAt(worker, spot, all, 'none')
  })
}

function spotPlaces(spots: readonly Spot[], recipe: Recipe, workers: number): Place[] {
  const { filter, pin } = recipe
  const within = filter === 'one-group' ? isolated(spots, workers) : spots
  if (pin === 'none')
    return Array.from({ length: workers }, (_, worker) => unplaced(worker, within))
  const seats = inOrder(within, recipe.order as Exclude<Order, 'list'>)
  const lastTier = seats.reduce((most, { tier }) => Math.max(most, tier), 0)
  return Array.from({ length: workers }, (_, worker) => {
    const spot = seats[worker % seats.length]!
    if (worker < seats.length) return placeAt(worker, spot, sharing(spot, pin, within), pin)
    return { ...placeAt(worker, spot, roomAround(spot, within), 'none'), tier: lastTier + 1 }
  })
}

function placeAt(
  worker: number,
  { cpu, tier, group }: Spot,
  cpus: readonly number[],
  level: PinLevel,
): Place {
  const known = (level !== 'l3' || cpu.l3 !== null) && (level !== 'l2' || cpu.l2 !== null)
  const name = known ? LEVEL_NAMES[level] : 'cpus'
  const on = cpus.length === 1 ? `cpu ${cpus[0]}` : `${name} ${formatCpuList(cpus)}`
  return { worker, cpu: cpu.cpu, cpus, on, rank: worker, tier, group }
}

const LEVEL_NAMES: Readonly<Record<PinLevel, string>> = {
  cpu: 'cpus',
  core: 'core',
  l2: 'L2',
  l3: 'L3',
  numa: 'node',
  none: 'cpus',
}

function unplaced(worker: number, spots: readonly Spot[]): Place {
  const cpus = spots.map(({ cpu }) => cpu.cpu)
  const on = `cpus ${formatCpuList(cpus)}`
  return { worker, cpu: null, cpus, on, rank: worker, tier: 0, group: null }
}

const SHARED: Readonly<Record<PinLevel, (spot: Spot) => number | null>> = {
  cpu: ({ cpu }) => cpu.cpu,
  core: ({ cpu }) => cpu.core,
  l2: ({ cpu }) => cpu.l2,
  l3: ({ group }) => group,
  numa: ({ cpu }) => cpu.numa,
  none: () => 0,
}

/** Cpus among `spots` that share so much with a spot; its core where nothing is known to be shared. */
function sharing(spot: Spot, pin: PinLevel, spots: readonly Spot[]): number[] {
  const shared = SHARED[pin](spot) === null ? SHARED.core : SHARED[pin]
  const name = shared(spot)
  return spots.filter((other) => shared(other) === name).map(({ cpu }) => cpu.cpu)
}

/** For a worker without a cpu of its own: the nearest set around a spot that leaves a choice. */
function roomAround(spot: Spot, spots: readonly Spot[]): number[] {
  for (const level of ['l3', 'numa'] as const) {
    const cpus = sharing(spot, level, spots)
    if (cpus.length > 1) return cpus
  }
  return sharing(spot, 'none', spots)
}

/**
 * Spots of the group to isolate workers in: the first, fast kinds before others, with a core for each worker, else with a cpu for each,
 * else the one with most cpus. Without a number of workers: the one with most cores among those with the fastest kind.
 */
function isolated(spots: readonly Spot[], workers: number): Spot[] {
  const groups = new Map<number, Spot[]>()
  for (const spot of spots.toSorted((a, b) => a.groupRank - b.groupRank)) {
    const group = groups.get(spot.groupRank)
    if (group === undefined) groups.set(spot.groupRank, [spot])
    else group.push(spot)
  }
  const all = [...groups.values()].map((group) => ({
    group: group.toSorted((a, b) => a.cpu.cpu - b.cpu.cpu),
    cores: group.filter(({ thread }) => thread === 0).length,
    kind: group.reduce((most, { cpu }) => Math.max(most, cpu.eff ?? 0), 0),
  }))
  const fast = all.filter(({ kind }) => kind === all[0]!.kind)
  const most = (list: typeof all, size: (entry: (typeof all)[0]) => number): Spot[] =>
    list.reduce((best, entry) => (size(entry) > size(best) ? entry : best)).group
  if (workers === 0) return most(fast, ({ cores }) => cores)
  return (
    all.find(({ cores }) => cores >= workers)?.group ??
    all.find(({ group }) => group.length >= workers)?.group ??
    most(all, ({ group }) => group.length)
  )
}

function remarks(topology: Topology, workers: number, places: readonly Place[]): string[] {
  const notes: string[] = []
  const own = new Set(places.flatMap(({ cpu }) => cpu ?? []))
  const shared = places.length - own.size
  if (own.size > 0 && shared > 0) {
    notes.push(`${workers} workers on ${own.size} cpus: ${shared} without a cpu of their own`)
  }
  const { quota } = topology
  if (quota !== null && workers > Math.ceil(quota)) {
    notes.push(`${workers} workers on a quota of ${quota} cores: they will be held up in turn`)
  }
  return notes
}
