/** Runs a load on a virtual machine and says how it went. */
import { createMemory, wordName } from '../explore/word-name.ts'
import type { Layout } from '../explore/word-name.ts'
import type * as program from '../programs/machine.ts'
import { weave } from '../weave/program.ts'
import { FLAT, flatCost } from './cost.ts'
import type { CostModel } from './cost.ts'
import { createLoad } from './loads.ts'
import type { Load, LoadName } from './loads.ts'
import { Machine } from './machine.ts'
import type { MachineEvent } from './machine.ts'

export interface Simulation {
  readonly workers: number
  readonly load: LoadName
  readonly seed: number
  readonly spinMs?: number
  readonly cost?: CostModel
  readonly onEvent?: (event: MachineEvent, nameOf: (word: number) => string) => void
}

export interface SimulationResult {
  readonly workers: number
  readonly load: LoadName
  readonly seed: number
  /** Nanoseconds that the calls took by the caller's clock, gaps between them left out. */
  readonly makespan: number
  /** The same with the gaps. */
  readonly time: number
  readonly ideal: number
  readonly efficiency: number
  readonly steals: number
  readonly wakes: number
  readonly atomics: number
  /** Kernel time asked for, and run. */
  readonly work: number
  readonly worked: number
  /** Nanoseconds of all threads together. */
  readonly asleep: number
  readonly overhead: number
}

/** Job records of each thread. */
const RECORDS = 256

export async function simulate(options: Simulation): Promise<SimulationResult> {
  const { workers, load: name, seed, spinMs = 0.05, cost = flatCost(FLAT), onEvent } = options
  const woven = await weave<typeof program>('sim/programs/machine.ts', { fast: true })
  const { exports: layout } = await weave<Layout>('sim/programs/layout.ts', { fast: true })
  const load = createLoad(name, workers + 1, seed)
  const memory = createMemory(layout as Layout, workers, RECORDS, 0)
  const { words } = memory
  const area = memory.area!
  memory.layout.initialise(words, workers)
  const nameOf = (word: number): string => (word < 0 ? '' : wordName(memory, word))
  const machine = new Machine({
    program: woven,
    words,
    cost,
    ...(onEvent !== undefined && { onEvent: (event) => onEvent(event, nameOf) }),
  })
  const spans: number[] = []
  const { workerThread, treeCaller, loopCaller } = woven.exports
  for (let self = 0; self < workers; self++) {
    machine.start(() => workerThread(words, area, self, spinMs, load.loops, load.leaf), false)
  }
  machine.start(
    () =>
      load.leaf > 0
        ? treeCaller(words, area, spinMs, load.depth, load.leaf)
        : loopCaller(words, workers, spinMs, load.loops, spans),
    true,
  )
  const end = machine.run()
  const makespan = spans.length > 0 ? spans.reduce((sum, span) => sum + span, 0) * 1e6 : end
  return { workers, load: name, seed, ...judge(machine, load, makespan, end) }
}

function judge(
  { threads, wakes, atomics, taken }: Machine,
  load: Load,
  makespan: number,
  end: number,
) {
  const total = (key: 'work' | 'asleep' | 'overhead'): number =>
    Math.round(threads.reduce((sum, thread) => sum + thread[key], 0))
  // Who sleeps to the end has not woken to be counted.
  const asleepNow = threads.reduce(
    (sum, { asleepSince }) => sum + (asleepSince < 0 ? 0 : Math.max(0, end - asleepSince)),
    0,
  )
  const gaps = load.loops.reduce((sum, { gap }) => sum + gap, 0)
  return {
    makespan: Math.round(makespan),
    time: Math.round(end),
    ideal: Math.round(load.ideal),
    efficiency: load.ideal / makespan,
    steals: (taken.get('stealHalf') ?? 0) + (taken.get('steal') ?? 0),
    wakes,
    atomics,
    work: load.work,
    worked: total('work') - gaps,
    asleep: total('asleep') + Math.round(asleepNow),
    overhead: total('overhead'),
  }
}
