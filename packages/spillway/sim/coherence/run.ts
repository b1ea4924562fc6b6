/** One call of a loop on a machine with cores, caches and distances, under the shipped scheduler. Simulated values, never measured ones. */
import { chunkCount, cut, indexOfUnit } from '../../src/core/geometry.ts'
import type { Geometry } from '../../src/core/geometry.ts'
import { randomFrom } from '../explore/random.ts'
import { createMemory } from '../explore/word-name.ts'
import type { Layout } from '../explore/word-name.ts'
import { FLAT } from '../machine/cost.ts'
import type { CostModel } from '../machine/cost.ts'
import { Machine } from '../machine/machine.ts'
import type * as program from '../programs/machine.ts'
import { LOAD, NOTIFY, NOW, PAUSE, WAIT } from '../steps.ts'
import { weave } from '../weave/program.ts'
import type { WovenProgram } from '../weave/program.ts'
import { coreNumbers, cyclesOf, distances, slowdowns } from './costs.ts'
import type { Costs, Seat } from './costs.ts'
import { Kernels, amountOf } from './kernel.ts'
import { Lines } from './lines.ts'
import type { Far } from './lines.ts'
import { LINE_BYTES, writesOf } from './variant.ts'
import type { Variant } from './variant.ts'

export interface CallSetup {
  /** Where the threads run: the caller, then the workers. */
  readonly seats: readonly Seat[]
  readonly variant: Variant
  readonly items: number
  readonly costs: Costs
  readonly seed: number
  /** Chunks per thread, by default those of `parallelForAuto`, or of a reduction. */
  readonly chunksPerThread?: number
  /** Distance between the slots of a reduction. */
  readonly slotBytes?: number
}

export interface CallResult {
  /** Nanoseconds of the call. */
  readonly ns: number
  /** Nanoseconds in which the caller put a reduction together, part of `ns`. */
  readonly combineNs: number
  readonly chunks: number
  /** Writes to results. */
  readonly writes: number
  /** Lines with results that a write brought from another core, and those from behind another last-level cache. */
  readonly transfers: number
  readonly crossTransfers: number
  /** Copies of such lines that writes took away. */
  readonly invalidations: number
  /** Nanoseconds, summed over threads, waited for lines with results while others had them. */
  readonly waitedNs: number
  /** The same transfers from core to core, cores in the order of their first seat: `handOffs[from][to]`. */
  readonly handOffs: readonly (readonly number[])[]
  /** Lines of the scheduler that moved. */
  readonly schedulerTransfers: number
  readonly steals: number
}

/** As `parallelForAuto` and `parallelReduce` cut a range, see `options.ts`. */
const CHUNKS_PER_THREAD = 4
const REDUCE_CHUNKS = 512
/** As in `loops/estimate.ts`. */
const CLAIM_NS = 50_000
/** Items of a chunk in the call before the one that counts. */
const WARM_ITEMS = 16
/** Milliseconds. */
export const SPIN = 0.05
const WORD_BYTES = 4

/** The scheduler, woven, and its layout. */
type Programs = [WovenProgram<typeof program>, Layout]

let loaded: Promise<Programs> | null = null

/** The core is linked and woven once: calls run one after the other. */
export function loadPrograms(): Promise<Programs> {
  loaded ??= Promise.all([
    weave<typeof program>('sim/programs/machine.ts', { fast: true }),
    weave<Layout>('sim/programs/layout.ts', { fast: true }).then(
      ({ exports }) => exports as Layout,
    ),
  ])
  return loaded
}

/** A call right after a short one: nobody sleeps. The same setup gives the same result. */
export async function simulateCall(setup: CallSetup): Promise<CallResult> {
  const { seats } = setup
  const [woven, layout] = await loadPrograms()
  const workers = seats.length - 1
  const { words, area } = createMemory(layout, workers, 1, 0)
  layout.initialise(words, workers)
  const chunks = chunkSizes(setup)
  const claim = claimSize(setup, chunks.length)
  const amounts = chunks.map(amountOf)
  const warm = chunks.map((size) => amountOf(Math.min(size, WARM_ITEMS)))
  const loops = [warm, amounts].map((sizes) => ({ chunks: sizes, claim, gap: 0 }))
  const model = createModel(setup, Math.floor(warm.reduce((sum, amount) => sum + amount, 0)))
  const machine = new Machine({ program: woven, words, cost: model.cost })
  const { workerThread, loopCaller } = woven.exports
  const spans: number[] = []
  // The caller is thread 0 of the seats, and the last of the machine.
  for (let self = 0; self < workers; self++) {
    machine.start(() => workerThread(words, area!, self, SPIN, loops, 0), false)
  }
  machine.start(() => loopCaller(words, workers, SPIN, loops, spans), true)
  machine.run()
  return judge(setup, model, spans[1]! * 1e6, machine)
}

export interface SimulatedCall {
  readonly cost: CostModel
  readonly kernels: Kernels
  readonly data: Lines
  readonly scheduler: Lines
  readonly far: Far
  /** The caller's core. */
  readonly home: number
  readonly groups: readonly number[]
}

export function createModel(setup: CallSetup, warmItems: number): SimulatedCall {
  const { costs, variant, slotBytes, seed } = setup
  // The machine's threads are the workers, then the caller.
  const seats = [...setup.seats.slice(1), setup.seats[0]!]
  const numbers = coreNumbers(setup.seats)
  const cores = [...numbers.slice(1), numbers[0]!]
  const far = distances(setup.seats, costs)
  const count = Math.max(...cores) + 1
  const [data, scheduler] = [new Lines(count, far), new Lines(count, far)]
  const writes = writesOf(variant, slotBytes)
  const kernels = new Kernels({
    writes,
    costs,
    far,
    cores,
    lines: data,
    warmItems,
    slowdowns: slowdowns(seats, costs.smtYield),
    random: randomFrom(seed),
  })
  const cost = schedulerCost(costs, scheduler, far, cores, kernels)
  const groups: number[] = []
  cores.forEach((core, at) => (groups[core] = seats[at]!.group))
  return { cost, kernels, data, scheduler, far, groups, home: cores.at(-1)! }
}

/** The scheduler's own words, on lines like any others. */
function schedulerCost(
  costs: Costs,
  lines: Lines,
  far: Far,
  cores: readonly number[],
  kernels: Kernels,
): CostModel {
  /** When the last access that moved a line was done. */
  const busyUntil = new Map<number, number>()
  return {
    kernels,
    wakeLatency: () => FLAT.wakeNs,
    costOf(thread, op, word, time) {
      if (op === PAUSE) return FLAT.pauseNs
      if (op === NOW) return FLAT.clockNs
      if (op === NOTIFY) return FLAT.notifyNs
      const line = Math.floor((word * WORD_BYTES) / LINE_BYTES)
      const core = cores[thread]!
      const access = op === LOAD || op === WAIT ? lines.read(line, core) : lines.write(line, core)
      const cycles = cyclesOf(access, core, far, costs)
      if (cycles <= costs.localRmwCycles) return cycles / costs.clockGhz
      const start = Math.max(time, busyUntil.get(line) ?? 0)
      const end = start + cycles / costs.clockGhz
      busyUntil.set(line, end)
      return end - time
    },
  }
}

function judge(setup: CallSetup, model: SimulatedCall, ns: number, { taken }: Machine): CallResult {
  const { kernels, data, scheduler, far, home, groups } = model
  const { cores } = data
  const { writes } = data
  const handOffs = Array.from({ length: cores }, (_, from) => [
    ...data.handOffs.subarray(from * cores, (from + 1) * cores),
  ])
  const crossTransfers = handOffs.reduce(
    (sum, row, from) =>
      row.reduce((all, count, to) => all + (groups[from] === groups[to] ? 0 : count), sum),
    0,
  )
  const { transfers } = data
  const invalidations = data.invalidations.reduce((sum, one) => sum + one, 0)
  let combineNs = 0
  for (const line of kernels.slots) {
    combineNs += cyclesOf(data.read(line, home), home, far, setup.costs) / setup.costs.clockGhz
  }
  return {
    ns: ns + combineNs,
    combineNs,
    chunks: kernels.chunks,
    writes,
    transfers,
    crossTransfers,
    invalidations,
    waitedNs: kernels.waited,
    handOffs,
    schedulerTransfers: scheduler.transfers,
    steals: taken.get('stealHalf') ?? 0,
  }
}

/** Chunks per claim, as the library reckons once it knows the kernel. */
export function claimSize({ items, costs }: CallSetup, chunks: number): number {
  return Math.max(1, Math.floor(CLAIM_NS / ((items / chunks) * costs.workNs)))
}

export function chunkSizes({ seats, variant, items, chunksPerThread }: CallSetup): number[] {
  const wanted =
    variant === 'reduce' && chunksPerThread === undefined
      ? Math.min(items, REDUCE_CHUNKS)
      : chunkCount(items, seats.length, chunksPerThread ?? CHUNKS_PER_THREAD)
  const geometry: Geometry = {
    start: 0,
    end: 0,
    origin: 0,
    step: 1,
    units: 0,
    blocksPerUnit: 0,
    longerUnits: 0,
  }
  cut(geometry, 0, items, 0, 1, wanted)
  return Array.from(
    { length: geometry.units },
    (_, unit) => indexOfUnit(geometry, unit + 1) - indexOfUnit(geometry, unit),
  )
}
