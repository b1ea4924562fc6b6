// The seed's table on the seed's machine, simulated, beside the bands it has to fall in; what was fitted is told from what follows.
import type { CpuPlaces, Strategy } from 'spillway/topology'
import { variants, type Variant } from '../analyze/variants.ts'
import { findKnee } from '../stats/knee.ts'
import { fitUsl } from '../stats/usl.ts'
import type { CallResult, Costs, SimulateCall } from './engine.ts'
import { findMachine, type SimulatedMachine } from './machines.ts'
import { seatsOf } from './seats.ts'
import { simulateRow, simulateRows, type SimulatedRow } from './rows.ts'

export interface Check {
  /** Row of docs/seed.md. */
  readonly id: string
  readonly says: string
  readonly value: number
  readonly low: number
  readonly high: number
  readonly ok: boolean
  /** Whether parameters were fitted to this figure, or it follows from the model. */
  readonly kind: 'fit' | 'prediction'
  readonly note: string | null
}

export interface Sensitivity {
  readonly sameCcd: number
  readonly crossCcd: number
  readonly burst: number
  /** Milliseconds for a million items. */
  readonly eight: number
  readonly sixteen: number
  readonly tiered: number
  /** Million items a second with tiered-spillover on 32. */
  readonly tieredRate: number
  /** On 8 cores; S23 asks for more than 0.5. */
  readonly transfersPerItem: number
}

export interface Reproduction {
  readonly machine: string
  readonly costs: Costs
  /** The shared counter over cores, with linear placement, as the seed's plot of cores. */
  readonly cores: SimulatedRow[]
  /** The shared counter on all 32 cpus by strategy. */
  readonly strategies: SimulatedRow[]
  /** All variants on 32, and the chunk-local sum over physical cores. */
  readonly kernels: SimulatedRow[]
  readonly local: SimulatedRow[]
  readonly checks: Check[]
  readonly sensitivity: Sensitivity[]
}

export const fiveStrategies = [
  'none',
  'linear',
  'avoid-smt',
  'ccd-isolation',
  'tiered-spillover',
] as const

const counts = [1, 2, 4, 8, 16, 32]
const physical = [1, 2, 4, 8, 16]
const items = 1_000_000
/** Of the sensitivity table, whose times are scaled. */
const fewItems = 200_000
/** Random hand-offs differ by less. */
const tie = 0.03

export async function reproduce(
  simulate: SimulateCall,
  seed: number,
  step: (words: string) => void,
): Promise<Reproduction> {
  const machine = findMachine('desktop-16')
  const setup = { machine, items, seed }
  const over = (
    strategy: (typeof fiveStrategies)[number],
    kernel: Variant,
    list: readonly number[],
  ) => simulateRows(simulate, { ...setup, strategy, kernel }, list, step)
  const cores = await over('linear', 'shared', counts)
  const strategies: SimulatedRow[] = []
  for (const strategy of fiveStrategies) strategies.push(...(await over(strategy, 'shared', [32])))
  const kernels: SimulatedRow[] = []
  for (const kernel of variants) kernels.push(...(await over('linear', kernel, [32])))
  const local = await over('avoid-smt', 'local', physical)
  step('ablations')
  const checks = [
    ...fitted(cores, strategies),
    ...shapes(cores, strategies, kernels, local),
    ...(await ablations(simulate, machine, seed, strategies)),
    ...(await placements(simulate, machine, seed)),
  ]
  const sensitivity = await sensitivities(simulate, machine, seed, step)
  return {
    machine: machine.name,
    costs: machine.costs,
    cores,
    strategies,
    kernels,
    local,
    checks,
    sensitivity,
  }
}

function check(
  id: string,
  says: string,
  value: number,
  [low, high]: readonly [low: number, high: number],
  kind: Check['kind'] = 'prediction',
  note: string | null = null,
): Check {
  return { id, says, value, low, high, ok: value >= low && value <= high, kind, note }
}

function at(rows: readonly SimulatedRow[], workers: number): SimulatedRow {
  return rows.find((row) => row.workers === workers)!
}

function of(rows: readonly SimulatedRow[], strategy: string): SimulatedRow {
  return rows.find((row) => row.strategy === strategy)!
}

/** Figures that the parameters were fitted to, or that hang on the same ones. */
function fitted(cores: readonly SimulatedRow[], strategies: readonly SimulatedRow[]): Check[] {
  const [one, eight, sixteen] = [1, 8, 16].map((count) => at(cores, count).ms)
  const times = strategies.map(({ ms }) => ms)
  const [fastest, slowest] = [Math.min(...times), Math.max(...times)]
  const tiered = of(strategies, 'tiered-spillover')
  const cap = Math.max(
    ...cores.filter(({ workers }) => workers >= 8).map((row) => row.itemsPerSecond),
  )
  const ties = strategies
    .filter(({ ms }) => ms > (1 - tie) * slowest)
    .map(({ strategy }) => strategy)
  return [
    check('S04', '8 cores, shared counter, ms', eight, [9.9 * 0.75, 9.9 * 1.25], 'fit'),
    check('S05', '16 cores, shared counter, ms', sixteen, [8, 14], 'fit'),
    check('S05', '16 cores over 8 cores, times', sixteen / eight, [0.95, Infinity]),
    check('S06', 'fastest of five strategies on 32, ms', fastest, [9, 18]),
    check('S06', 'slowest of five strategies on 32, ms', slowest, [9, 18], 'fit'),
    check('S06', 'slowest over fastest', slowest / fastest, [1.3, Infinity]),
    check('S07', 'highest rate from 8 cores on, M items/s', cap / 1e6, [80, 125], 'fit'),
    check('S08', 'tiered-spillover on 32, M items/s', tiered.itemsPerSecond / 1e6, [50, 75], 'fit'),
    check(
      'S08',
      'tiered-spillover over the slowest strategy, times',
      tiered.ms / slowest,
      [1 - tie, 1],
      'prediction',
      `not told apart from others on the same 32 cpus: ${ties.join(', ')}`,
    ),
    check('S12', '16 cores over 1 core, times', sixteen / one, [1, Infinity]),
  ]
}

function shapes(
  cores: readonly SimulatedRow[],
  strategies: readonly SimulatedRow[],
  kernels: readonly SimulatedRow[],
  local: readonly SimulatedRow[],
): Check[] {
  const perItem = cores.map(({ transfersPerItem }) => transfersPerItem)
  const rise = Math.min(...perItem.slice(1).map((value, index) => value - perItem[index]))
  const wide = cores.filter(({ workers }) => workers >= 8).map((row) => row.transfersPerItem)
  const points = (rows: readonly SimulatedRow[]) =>
    rows.map(({ workers, itemsPerSecond }) => ({ workers, throughput: itemsPerSecond }))
  const knee = findKnee(cores.map(({ workers, speedup }) => ({ workers, speedup: speedup ?? 0 })))
  const times = kernels.map(({ ms }) => ms)
  const rest = times.slice(2)
  const gaps = [times[0] / times[1], times[1] / times[2]]
  const waits = of(strategies, 'tiered-spillover')
  const latency = (row: SimulatedRow): number => (row.ms * row.workers) / row.items
  return [
    check('S03', 'knee of the shared counter, workers', knee.kneeWorkers ?? 33, [1, 16]),
    check(
      'S09',
      'share of hand-offs across CCDs, tiered-spillover on 32',
      waits.crossShare,
      [0.3, 1],
    ),
    check('S14', 'transfers on 1 core', at(cores, 1).transfers, [0, 0]),
    check(
      'S18',
      'time of a thread per item, 16 cores over 1, times',
      latency(at(cores, 16)) / latency(at(cores, 1)),
      [1.5, Infinity],
    ),
    check('S23', 'least rise of transfers per item, 1 to 32 cores', rise, [0, Infinity]),
    check('S23', 'transfers per item from 8 cores on, least', Math.min(...wide), [0.5, 1], 'fit'),
    check('S24', 'sigma of the shared counter', fitUsl(points(cores))?.sigma ?? 0, [0.5, 1]),
    check('S24', 'sigma of the chunk-local sum', fitUsl(points(local))?.sigma ?? 1, [0, 0.05]),
    check(
      'S37',
      'shared over adjacent over padded on 32, least step',
      Math.min(...gaps),
      [1, Infinity],
      'prediction',
      `padded, local, reduce and none are within ${((Math.max(...rest) / Math.min(...rest) - 1) * 100).toFixed(0)} %`,
    ),
    check(
      'S39',
      'efficiency of the chunk-local sum to 16 physical cores, least',
      Math.min(...local.map((row) => row.efficiency ?? 0)),
      [0.9, 1.01],
    ),
  ]
}

/** What is left when one cause is taken away. */
async function ablations(
  simulate: SimulateCall,
  machine: SimulatedMachine,
  seed: number,
  strategies: readonly SimulatedRow[],
): Promise<Check[]> {
  const near = { ...machine.costs, transferCyclesCrossCcd: machine.costs.transferCyclesSameCcd }
  const setup = { machine, items, seed, workers: 16, kernel: 'shared' } as const
  const penalty = async (costs: Costs): Promise<number> => {
    const spilt = await simulateRow(simulate, { ...setup, costs, strategy: 'tiered-spillover' })
    const home = await simulateRow(simulate, {
      ...setup,
      costs,
      workers: 8,
      strategy: 'tiered-spillover',
    })
    return spilt.ms / home.ms
  }
  const run = (variant: Variant, slotBytes?: number): Promise<CallResult> =>
    simulate({
      variant,
      items,
      seed,
      costs: machine.costs,
      seats: seatsOf(machine.topology, 'linear', 32, seed),
      ...(slotBytes !== undefined && { slotBytes }),
    })
  const padded = await run('padded')
  const adjacent = await run('adjacent')
  const shared = await run('shared')
  const rows = shared.handOffs.reduce((sum, row) => sum + row.reduce((all, one) => all + one, 0), 0)
  const tiered = of(strategies, 'tiered-spillover').ms / of(strategies, 'ccd-isolation').ms
  return [
    check('S09', 'spilling from 8 to 16 cores, times', await penalty(machine.costs), [
      1.2,
      Infinity,
    ]),
    check('S09', 'the same with cross-CCD cost = same-CCD cost', await penalty(near), [0.95, 1.05]),
    check('S09', 'tiered-spillover over ccd-isolation on 32, times', tiered, [1.3, Infinity]),
    check(
      'S11',
      'transfers of padded cells on 32',
      padded.transfers + padded.invalidations,
      [0, 0],
    ),
    check('S11', 'invalidations of adjacent cells on 32', adjacent.invalidations, [1, Infinity]),
    check('S16', 'hand-off matrix, sum over transfers', rows / shared.transfers, [1, 1]),
    check('S33', 'transfers of padded slots', (await run('reduce')).transfers, [0, 0]),
    check('S33', 'transfers of slots 8 bytes apart', (await run('reduce', 8)).transfers, [
      1,
      Infinity,
    ]),
  ]
}

/** Where tiered-spillover is slower than others, and where it cannot be: costs follow from the cpus, not from a strategy's name. */
async function placements(
  simulate: SimulateCall,
  machine: SimulatedMachine,
  seed: number,
): Promise<Check[]> {
  const time = async (strategy: Strategy | CpuPlaces, workers: number): Promise<number> => {
    const setup = { machine, strategy, workers, items: fewItems, seed, kernel: 'shared' } as const
    return (await simulateRow(simulate, setup)).ms
  }
  const spilt = await time('tiered-spillover', 16)
  const compact = Math.max(await time('linear', 16), await time('ccd-isolation', 16))
  const spread = Math.max(await time('none', 16), await time('avoid-smt', 16))
  const own = rustFiberPlaces(machine.topology.cpus.length)
  const others = [
    await time('none', 32),
    await time(own.linear, 32),
    await time(own.avoidSmt, 32),
    await time(own.ccdIsolation, 32),
  ]
  const tiered = await time(own.tiered, 32)
  return [
    check(
      'S08',
      'tiered-spillover on 16, over those that stay on one CCD, times',
      spilt / compact,
      [1.3, Infinity],
    ),
    check('S08', 'the same, over those that use both CCDs, times', spilt / spread, [
      1 - tie,
      1 + tie,
    ]),
    check(
      'S08',
      "on 32 with RustFiber's own lists of cpus, over the slowest of the others, times",
      tiered / Math.max(...others),
      [1 - tie, 1 + tie],
      'prediction',
      'its lists use the same cores, with two or four threads on a cpu in some',
    ),
  ]
}

/** The cpus of each worker as RustFiber takes them: every second one for a core, the first eight of those for a CCD, lists wrap around. */
function rustFiberPlaces(
  cpus: number,
): Record<'linear' | 'avoidSmt' | 'ccdIsolation' | 'tiered', number[]> {
  const all = Array.from({ length: cpus }, (_, cpu) => cpu)
  const even = all.filter((cpu) => cpu % 2 === 0)
  const wrapped = (list: readonly number[]): number[] =>
    all.map((worker) => list[worker % list.length])
  return {
    linear: all,
    avoidSmt: wrapped(even),
    ccdIsolation: wrapped(even.slice(0, 8)),
    tiered: [...even, ...all.filter((cpu) => cpu % 2 === 1)],
  }
}

async function sensitivities(
  simulate: SimulateCall,
  machine: SimulatedMachine,
  seed: number,
  step: (words: string) => void,
): Promise<Sensitivity[]> {
  const found: Sensitivity[] = []
  const { transferCyclesSameCcd: same, transferCyclesCrossCcd: cross, burst: fit } = machine.costs
  const triples = [
    [same, cross, fit],
    [100, 100, fit],
    [100, 200, fit],
    [100, 300, fit],
    [200, 200, fit],
    [200, 300, fit],
    [300, 300, fit],
    // Longer bursts make up for dearer transfers, and break S23.
    [150, 270, 1.5 * fit],
    [200, 300, 2 * fit],
    [300, 300, 3 * fit],
  ] as const
  for (const [sameCcd, crossCcd, burst] of triples) {
    step(`sensitivity: ${sameCcd} and ${crossCcd} cycles, bursts of ${burst.toFixed(2)}`)
    const costs = {
      ...machine.costs,
      burst,
      transferCyclesSameCcd: sameCcd,
      transferCyclesCrossCcd: crossCcd,
    }
    const setup = { machine, items: fewItems, seed, kernel: 'shared', costs } as const
    const run = (workers: number, strategy: Strategy): Promise<SimulatedRow> =>
      simulateRow(simulate, { ...setup, workers, strategy })
    const { ms, transfersPerItem } = await run(8, 'linear')
    const scale = items / fewItems
    const eight = ms * scale
    const sixteen = (await run(16, 'linear')).ms * scale
    const tiered = (await run(32, 'tiered-spillover')).ms * scale
    const times = { eight, sixteen, tiered, tieredRate: 1000 / tiered }
    found.push({ sameCcd, crossCcd, burst, ...times, transfersPerItem })
  }
  return found
}
