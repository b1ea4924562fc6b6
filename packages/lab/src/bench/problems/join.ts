// Recursive fork-join at every level, without a cut-off: what `ctx.join` costs where it cannot pay, and how it scales.
import type { JobSystem } from 'spillway'
import { expectAnswer } from '../benchmark.ts'
import type { Benchmark, Entry, Metric, Target } from '../benchmark.ts'
import { openMp } from '../rivals/openmp.ts'
import { sharedSystem, warmUpAsync, warmUpSync } from '../spillway-system.ts'
import { fib } from './join.kernels.ts'

const N = 32
export const FIB_OF_N = 2_178_309
const SERIAL = 'serial recursion'
const SERIAL_C = 'serial C'
const OPENMP = 'OpenMP tasks'

export function serialFib(n: number): number {
  return n < 2 ? n : serialFib(n - 1) + serialFib(n - 2)
}

function checked(name: string, ms: number, answer: number) {
  expectAnswer(`${name}: fib(${N})`, answer, FIB_OF_N)
  return { ms }
}

const serial: Entry = {
  name: SERIAL,
  role: 'baseline',
  open: () => {
    const sample = () => {
      const start = performance.now()
      const answer = serialFib(N)
      return checked(SERIAL, performance.now() - start, answer)
    }
    return { sample }
  },
}

const systems = [sharedSystem(0), sharedSystem(1), sharedSystem(2)]

function spillway(
  how: string,
  workers: number,
  run: (jobs: JobSystem) => number | PromiseLike<number>,
  warmUp: (jobs: JobSystem) => void | Promise<void>,
): Entry {
  const name = nameOf(how, workers)
  const system = systems[workers]
  const open = async () => {
    const jobs = await system.acquire()
    const sample = async () => {
      await warmUp(jobs)
      const start = performance.now()
      const result = run(jobs)
      const answer = typeof result === 'number' ? result : await result
      return checked(name, performance.now() - start, answer)
    }
    return { sample, close: system.release }
  }
  return { name, role: 'spillway', open }
}

function nameOf(how: string, workers: number): string {
  return `${how}, ${workers} worker${workers === 1 ? '' : 's'}`
}

const sync = (workers: number) =>
  spillway('runSync', workers, (jobs) => jobs.runSync(fib, N), warmUpSync)
const awaited = (workers: number) =>
  spillway('await run', workers, (jobs) => jobs.run(fib, N), warmUpAsync)

function native(name: string, command: string): Entry {
  const open = async () => {
    const rival = await openMp.acquire()
    const sample = async () => {
      const [ms, answer] = await rival.ask(`${command} ${N}`)
      return checked(name, ms, answer)
    }
    return { sample, close: openMp.release }
  }
  return { name, role: 'rival', open }
}

const metric: Metric = {
  key: 'ms',
  title: `one fib(${N})`,
  unit: 'ms',
  comparison: 'ratio',
  references: [SERIAL],
  ownReference: { [OPENMP]: SERIAL_C },
}

function slower(entry: string, threads: number, limit: number): Target {
  return {
    row: `recursive join, fib(${N}), no cut-off, ${threads} thread${threads === 1 ? '' : 's'}, ${entry}`,
    must: `<= ${limit}x serial`,
    entry,
    metric: 'ms',
    against: SERIAL,
    comparison: 'ratio',
    limit,
    better: 'low',
  }
}

function speedup(entry: string, against: string): Target {
  return {
    row: `recursive join, one thread to two, ${entry}`,
    must: `>= 1.8x ${against}`,
    entry,
    metric: 'ms',
    against,
    comparison: 'speedup',
    limit: 1.8,
    better: 'high',
  }
}

export const join: Benchmark = {
  name: 'join',
  summary: `recursive ctx.join without a cut-off, fib(${N}): times the serial recursion`,
  notes: [
    'runSync takes part: with w workers up to w + 1 threads work, but never more than there are usable cores.',
    'On machines whose two cpus share one core, twice the speed is out of reach.',
    'OpenMP tasks are compared with the serial C recursion.',
  ],
  experiments: [
    {
      name: 'fib',
      title: `fib(${N}), a join at every level`,
      metrics: [metric],
      entries: [
        serial,
        ...[0, 1, 2].map(sync),
        ...[0, 1, 2].map(awaited),
        native(SERIAL_C, 'fib-serial'),
        native(OPENMP, 'fib'),
      ],
      targets: [
        slower(nameOf('runSync', 0), 1, 3),
        slower(nameOf('await run', 1), 1, 3),
        slower(nameOf('runSync', 1), 2, 1.7),
        slower(nameOf('await run', 2), 2, 1.7),
        speedup(nameOf('runSync', 1), nameOf('runSync', 0)),
        speedup(nameOf('await run', 2), nameOf('await run', 1)),
      ],
      rounds: 15,
      warmUps: 12,
    },
  ],
}
