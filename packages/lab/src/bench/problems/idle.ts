// What a pool costs while it has nothing to do: cpu time and wake-ups of a whole process, a fresh one for each sample.
import type { Benchmark, Entry, Experiment, Metric, Target } from '../benchmark.ts'
import { runFresh } from '../harness/fresh.ts'

const SECONDS = 3
const SPILLWAY = 'spillway'
const JOBS = 'spillway, has run jobs'
const program = new URL('../fresh/idle.js', import.meta.url)

function entry(name: string, role: Entry['role'], kind: string, workers: number): Entry {
  const sample = () => runFresh(program, [kind, String(workers), String(SECONDS)])
  return { name, role, open: () => ({ sample }) }
}

const metrics: readonly Metric[] = [
  { key: 'percent', title: 'cpu time', unit: '% of a core', comparison: 'none', references: [] },
  { key: 'wakeUps', title: 'wake-ups', unit: 'per second', comparison: 'none', references: [] },
]

function target(who: string, workers: number): Target {
  return {
    row: `idle pool of ${workers} workers, ${who}`,
    must: '< 0.1 % of a core',
    entry: who,
    metric: 'percent',
    comparison: 'none',
    limit: 0.1,
    better: 'low',
  }
}

function experiment(workers: number): Experiment {
  return {
    name: `workers=${workers}`,
    title: `idle pool of ${workers} workers`,
    metrics,
    entries: [
      entry('no pool', 'control', 'none', 0),
      entry(SPILLWAY, 'spillway', 'spillway', workers),
      entry(JOBS, 'spillway', 'jobs', workers),
      entry('piscina', 'rival', 'piscina', workers),
      entry('tinypool', 'rival', 'tinypool', workers),
    ],
    targets: [target(SPILLWAY, workers), target(JOBS, workers)],
    rounds: 3,
    warmUps: 0,
  }
}

export const idle: Benchmark = {
  name: 'idle',
  summary: 'cpu time and wake-ups of a process with an idle pool of 2 and of 8 workers',
  notes: [
    `${SECONDS} s, one second after the pool's last work. The process's own timer and runtime are in every row.`,
  ],
  experiments: [experiment(2), experiment(8)],
}
