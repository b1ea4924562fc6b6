/** What holds for placement on any machine; tests call it with machines of their own and with recorded ones. */
import assert from 'node:assert/strict'
import {
  STRATEGIES,
  allowedCpus,
  distanceOn,
  placeWorkers,
  sharedGroups,
  stealOrders,
  wakeOrders,
} from '../../src/topology.ts'
import type { Cpu, Placement, Strategy, Topology } from '../../src/topology.ts'

export const NAMES = Object.keys(STRATEGIES) as Strategy[]

/** Checks every strategy with a few numbers of workers: none, one, about as many as there are cores and cpus, and too many. */
export function checkPlacement(topology: Topology): void {
  const allowed = allowedCpus(topology)
  const cores = new Set(allowed.map(({ core }) => core)).size
  const counts = new Set([0, 1, 2, 3, cores, cores + 1, allowed.length, allowed.length + 3])
  for (const strategy of NAMES) {
    for (const workers of counts) {
      const placement = placeWorkers(topology, { workers, strategy })
      const what = `${strategy}, ${workers} workers`
      assert.deepEqual(placeWorkers(topology, { workers, strategy }), placement, what)
      checkPlaces(topology, placement, workers, what)
      checkOrders(topology, placement, what)
    }
  }
  checkCores(topology, cores)
  checkIsolation(topology)
  checkTiers(topology)
  checkSpread(topology)
}

/** Workers in order, on allowed cpus, each on its own as long as there are some, and never two alone on one. */
function checkPlaces(
  topology: Topology,
  { places, strategy }: Placement,
  workers: number,
  what: string,
): void {
  const allowed = new Set(allowedCpus(topology).map(({ cpu }) => cpu))
  const groups = sharedGroups(topology.cpus)
  assert.deepEqual(
    places.map(({ worker, rank }) => [worker, rank]),
    Array.from({ length: workers }, (_, worker) => [worker, worker]),
    what,
  )
  const alone: number[] = []
  for (const { cpu, cpus, group, tier } of places) {
    assert.ok(cpus.length > 0 && cpus.every((one) => allowed.has(one)), what)
    assert.deepEqual(
      [...cpus].toSorted((a, b) => a - b),
      cpus,
      what,
    )
    if (strategy === 'none') {
      assert.deepEqual([cpu, group, tier, cpus.length], [null, null, 0, allowed.size], what)
      continue
    }
    assert.ok(cpus.includes(cpu!), what)
    assert.equal(group, groups.get(cpu!), what)
    if (cpus.length === 1) alone.push(cpu!)
  }
  const choice =
    strategy === 'ccd-isolation' ? cpusInGroupOf(topology, places[0]?.cpu ?? null) : allowed.size
  if (choice > 1) assert.equal(new Set(alone).size, alone.length, `${what}: two alone on one cpu`)
  if (strategy === 'none' || strategy === 'ccd-isolation') return
  const used = new Set(places.map(({ cpu }) => cpu))
  assert.equal(used.size, Math.min(workers, allowed.size), what)
}

function cpusInGroupOf(topology: Topology, cpu: number | null): number {
  const groups = sharedGroups(topology.cpus)
  if (cpu === null) return 0
  return allowedCpus(topology).filter((other) => groups.get(other.cpu) === groups.get(cpu)).length
}

/** Steal orders: every other worker once, never nearer again, neighbours begin apart. Wake orders: whoever looks here first. */
function checkOrders(topology: Topology, placement: Placement, what: string): void {
  const { places } = placement
  const distance = distanceOn(topology)
  const steal = stealOrders(topology, placement)
  const wake = wakeOrders(steal)
  const far = (a: number, b: number): number => {
    const [from, to] = [places[a]!.cpu, places[b]!.cpu]
    return from === null || to === null ? 0 : distance(from, to)
  }
  for (const [thief, victims] of steal.entries()) {
    const others = places.map(({ worker }) => worker).filter((worker) => worker !== thief)
    assert.deepEqual(
      victims.toSorted((a, b) => a - b),
      others,
      what,
    )
    const distances = victims.map((victim) => far(thief, victim))
    assert.deepEqual(
      distances.toSorted((a, b) => a - b),
      distances,
      what,
    )
    const turns = wake[thief]!.map((other) => steal[other]!.indexOf(thief))
    assert.deepEqual(
      wake[thief]!.toSorted((a, b) => a - b),
      others,
      what,
    )
    assert.deepEqual(
      turns.toSorted((a, b) => a - b),
      turns,
      what,
    )
  }
}

/** No core gets a second worker while another one has none, and fast kinds come first. */
function checkCores(topology: Topology, cores: number): void {
  const rows = new Map(topology.cpus.map((cpu) => [cpu.cpu, cpu]))
  for (const strategy of ['avoid-smt', 'tiered-spillover', 'spread'] as const) {
    for (let workers = 1; workers <= cores; workers++) {
      const { places } = placeWorkers(topology, { workers, strategy })
      const used = new Set(places.map(({ cpu }) => rows.get(cpu!)!.core))
      assert.equal(used.size, workers, `${strategy} doubles a core with ${workers} workers`)
    }
  }
  const { places } = placeWorkers(topology, { workers: cores, strategy: 'avoid-smt' })
  const kinds = places.map(({ cpu }) => rows.get(cpu!)!.eff ?? 0)
  assert.deepEqual(
    kinds.toSorted((a, b) => b - a),
    kinds,
    'a slow core before a fast one',
  )
}

/** One group, with a core for each worker if any group has so many. */
function checkIsolation(topology: Topology): void {
  const groups = sharedGroups(topology.cpus)
  const allowed = allowedCpus(topology)
  const coresOf = new Map<number, Set<number>>()
  for (const cpu of allowed) {
    const group = groups.get(cpu.cpu)!
    coresOf.set(group, (coresOf.get(group) ?? new Set()).add(cpu.core))
  }
  const most = Math.max(...[...coresOf.values()].map((cores) => cores.size))
  const rows = new Map(topology.cpus.map((cpu) => [cpu.cpu, cpu]))
  for (const workers of [1, 2, most, most + 1, allowed.length + 1]) {
    const { places } = placeWorkers(topology, { workers, strategy: 'ccd-isolation' })
    const reached = new Set(places.flatMap(({ cpus }) => cpus.map((cpu) => groups.get(cpu))))
    assert.equal(reached.size, 1, `ccd-isolation of ${workers} workers leaves its group`)
    const used = new Set(places.map(({ cpu }) => rows.get(cpu!)!.core))
    if (workers <= most) assert.equal(used.size, workers)
  }
}

/** Tiers never fall; each of the first is one group's cores, whole before the next begins; second threads follow alike. */
function checkTiers(topology: Topology): void {
  const rows = new Map(topology.cpus.map((cpu) => [cpu.cpu, cpu]))
  const groups = sharedGroups(topology.cpus)
  const allowed = allowedCpus(topology)
  const { places } = placeWorkers(topology, {
    workers: allowed.length,
    strategy: 'tiered-spillover',
  })
  const tiers = places.map(({ tier }) => tier)
  assert.deepEqual(
    tiers.toSorted((a, b) => a - b),
    tiers,
  )
  const threads = new Map<number, number>()
  const seen: [thread: number, group: number][] = []
  for (const { cpu } of places) {
    const { core } = rows.get(cpu!)!
    const thread = threads.get(core) ?? 0
    threads.set(core, thread + 1)
    const last = seen.at(-1)
    const group = groups.get(cpu!)!
    if (last === undefined || last[0] !== thread || last[1] !== group) seen.push([thread, group])
  }
  assert.equal(new Set(seen.map(String)).size, seen.length, 'a group is entered twice in one tier')
  assert.deepEqual(
    seen.map(([thread]) => thread).toSorted((a, b) => a - b),
    seen.map(([thread]) => thread),
    'second threads before first ones',
  )
  assert.equal(new Set(tiers).size, seen.length)
}

/** While there are packages, or groups, without a worker, none gets a second one. */
function checkSpread(topology: Topology): void {
  const allowed = allowedCpus(topology)
  const groups = sharedGroups(topology.cpus)
  const rows = new Map(topology.cpus.map((cpu) => [cpu.cpu, cpu]))
  const home = ({ package: name }: Cpu): number | null => name
  const node = ({ numa }: Cpu): number | null => numa
  const group = ({ cpu }: Cpu): number => groups.get(cpu)!
  for (const nameOf of [home, group]) {
    const names = new Set(allowed.map(nameOf)).size
    const { places } = placeWorkers(topology, { workers: names, strategy: 'spread' })
    // Turns are taken by packages and nodes first: groups count where these have equally many of them.
    const even = isEven(allowed, group, home) && isEven(allowed, group, node)
    if (nameOf === group && !even) continue
    assert.equal(new Set(places.map(({ cpu }) => nameOf(rows.get(cpu!)!))).size, names)
  }
}

function isEven(
  cpus: readonly Cpu[],
  inner: (cpu: Cpu) => number,
  outer: (cpu: Cpu) => number | null,
): boolean {
  const counts = new Map<number | null, Set<number>>()
  for (const cpu of cpus) {
    counts.set(outer(cpu), (counts.get(outer(cpu)) ?? new Set()).add(inner(cpu)))
  }
  return new Set([...counts.values()].map((groups) => groups.size)).size === 1
}
