// A compute-bound sum: the seed's kernel, 20 million times. Speedup over the plain serial loop.
import { expectAnswer } from '../benchmark.ts'
import type { Benchmark, Entry, Metric, Target } from '../benchmark.ts'
import { openMp } from '../rivals/openmp.ts'
import { sharedSystem, warmUpAsync, warmUpSync } from '../spillway-system.ts'
import { heavyWorkRangeSum, heavyWorkSum } from './heavy-work.kernels.ts'
import { DEPTH, WORK_OF_ONE_ITEM, heavyWorkLoop } from './heavy-work.ts'

const ITEMS = 20_000_000
const SERIAL = 'serial loop'
const SERIAL_C = 'serial C'
const OPENMP = 'OpenMP reduction'

/** Checked in every sample; beyond 32 bits, so it also shows that nothing wrapped. */
function checked(entry: string, ms: number, sum: number) {
  expectAnswer(`${entry}: sum of ${ITEMS} items`, sum, WORK_OF_ONE_ITEM * ITEMS)
  return { ms }
}

const serial: Entry = {
  name: SERIAL,
  role: 'baseline',
  open: () => ({
    sample: () => {
      const start = performance.now()
      const sum = heavyWorkLoop(ITEMS, DEPTH)
      return checked(SERIAL, performance.now() - start, sum)
    },
  }),
}

const system = sharedSystem()

type Sum = typeof heavyWorkSum | typeof heavyWorkRangeSum

function sync(name: string, kernel: Sum): Entry {
  const open = async () => {
    const jobs = await system.acquire()
    const sample = () => {
      warmUpSync(jobs)
      const start = performance.now()
      const sum = jobs.parallelReduceSync(ITEMS, kernel, { depth: DEPTH })
      return checked(name, performance.now() - start, sum)
    }
    return { sample, close: system.release }
  }
  return { name, role: 'spillway', open }
}

function awaited(name: string, kernel: Sum): Entry {
  const open = async () => {
    const jobs = await system.acquire()
    const sample = async () => {
      await warmUpAsync(jobs)
      const start = performance.now()
      const sum = await jobs.parallelReduce(ITEMS, kernel, { depth: DEPTH })
      return checked(name, performance.now() - start, sum)
    }
    return { sample, close: system.release }
  }
  return { name, role: 'spillway', open }
}

const SYNC = 'parallelReduceSync, fold'
const AWAITED = 'await parallelReduce, fold'
const SYNC_RANGE = 'parallelReduceSync, foldRange'
const AWAITED_RANGE = 'await parallelReduce, foldRange'

function native(name: string, command: string): Entry {
  const open = async () => {
    const rival = await openMp.acquire()
    const sample = async () => {
      const [ms, sum] = await rival.ask(`${command} ${ITEMS} ${DEPTH}`)
      return checked(name, ms, sum)
    }
    return { sample, close: openMp.release }
  }
  return { name, role: 'rival', open }
}

const metric: Metric = {
  key: 'ms',
  title: 'one sum',
  unit: 'ms',
  comparison: 'speedup',
  references: [SERIAL],
  ownReference: { [OPENMP]: SERIAL_C },
}

function target(entry: string): Target {
  return {
    row: `${entry}, 20 M x heavyWork(15), 2 threads`,
    must: '>= 1.85x the serial loop',
    entry,
    metric: 'ms',
    against: SERIAL,
    comparison: 'speedup',
    limit: 1.85,
    better: 'high',
  }
}

export const reduceBenchmark: Benchmark = {
  name: 'reduce',
  summary: 'parallelReduce over 20 M x heavyWork(15): speedup over the serial loop',
  notes: [
    'OpenMP is compared with the serial C loop, which gcc compiles better than V8 compiles the serial loop here.',
    'On machines whose two cpus share one core, or whose clock drops with two busy cores, 2.0 is out of reach.',
  ],
  experiments: [
    {
      name: 'sum',
      title: '20 M x heavyWork(15)',
      metrics: [metric],
      entries: [
        serial,
        sync(SYNC, heavyWorkSum),
        awaited(AWAITED, heavyWorkSum),
        sync(SYNC_RANGE, heavyWorkRangeSum),
        awaited(AWAITED_RANGE, heavyWorkRangeSum),
        native(SERIAL_C, 'reduce-serial'),
        native(OPENMP, 'reduce'),
      ],
      targets: [SYNC, AWAITED, SYNC_RANGE, AWAITED_RANGE].map(target),
      rounds: 15,
      warmUps: 1,
    },
  ],
}
