// How long it takes until something runs on a pool that is asleep: from the call to the first instruction of the job.
import { setTimeout as sleep } from 'node:timers/promises'
import { median } from '../../stats/median.ts'
import { WrongAnswer } from '../benchmark.ts'
import type { Benchmark, Entry, Metric, Sample } from '../benchmark.ts'
import { StampingWorker } from '../rivals/stamps.ts'
import { taskPools } from '../rivals/task-pools.ts'
import type { PoolForm } from '../rivals/task-pools.ts'
import { WORKERS, sharedSystem } from '../spillway-system.ts'
import { nanoseconds } from './nanoseconds.ts'
import { stamp } from './wake.kernels.ts'

const CALLS = 20
const IDLE_MS = 10
const FLOOR = 'bare worker in Atomics.wait'
const SHOWN_POOLS = ['piscina', 'tinypool']

/** Throws unless the instruction ran between the call and the answer. */
export function wakeUs(name: string, called: number, ran: number, answered: number): number {
  if (called <= ran && ran <= answered) return (ran - called) / 1000
  throw new WrongAnswer(`${name}: called at ${called}, ran at ${ran}, answered at ${answered}`)
}

async function wakeUps(name: string, call: () => PromiseLike<unknown>): Promise<Sample> {
  const us: number[] = []
  for (let count = 0; count < CALLS; count++) {
    await sleep(IDLE_MS)
    const called = nanoseconds()
    const ran = Number(await call())
    us.push(wakeUs(name, called, ran, nanoseconds()))
  }
  return { us: median(us), bestUs: Math.min(...us) }
}

function bare(name: string, role: 'baseline' | 'rival', byMessage: boolean): Entry {
  const open = async () => {
    const worker = await StampingWorker.start({ byMessage })
    const sample = () => wakeUps(name, () => worker.stamp())
    return { sample, close: () => worker.close() }
  }
  return { name, role, open }
}

const SPILLWAY = 'jobs.run'
const system = sharedSystem(WORKERS)

const spillway: Entry = {
  name: SPILLWAY,
  role: 'spillway',
  open: async () => {
    const jobs = await system.acquire()
    const sample = () => wakeUps(SPILLWAY, () => jobs.run(stamp))
    return { sample, close: system.release }
  },
}

function taskPool(form: PoolForm): Entry {
  const open = async () => {
    const pool = await form.start()
    const sample = () => wakeUps(form.name, () => pool.run(undefined, { name: 'stampTask' }))
    return { sample, close: () => pool.close() }
  }
  return { name: `${form.name}, one task`, role: 'rival', open }
}

const metric: Metric = {
  key: 'us',
  title: 'call to first instruction',
  unit: 'us',
  comparison: 'ratio',
  references: [FLOOR],
  best: 'bestUs',
}

export const wake: Benchmark = {
  name: 'wake',
  summary: 'from jobs.run on an idle pool to the first instruction of the job: us',
  notes: [
    `A sample is the median of ${CALLS} calls, each after ${IDLE_MS} ms in which nothing ran.`,
    'No target: the floor is the time the system needs to start a sleeping thread.',
  ],
  experiments: [
    {
      name: 'idle',
      title: 'one job on an idle pool',
      metrics: [metric],
      entries: [
        bare(FLOOR, 'baseline', false),
        spillway,
        bare('bare worker, postMessage', 'rival', true),
        ...taskPools.filter(({ name }) => SHOWN_POOLS.includes(name)).map(taskPool),
      ],
      targets: [],
      rounds: 15,
      warmUps: 1,
    },
  ],
}
