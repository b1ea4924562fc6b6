// From start to first result with two workers, a fresh process for every sample.
import type { Benchmark, Entry, Metric, Target } from '../benchmark.ts'
import { runFresh } from '../harness/fresh.ts'
import { WORKERS } from '../spillway-system.ts'

const BARE = 'two bare workers'
const SPILLWAY = 'spillway'

function entry(name: string, role: Entry['role'], program: string, argument: string): Entry {
  const url = new URL(`../fresh/${program}.js`, import.meta.url)
  return { name, role, open: () => ({ sample: () => runFresh(url, [argument]) }) }
}

function metric(key: string, title: string): Metric {
  return { key, title, unit: 'ms', comparison: 'ratio', references: [BARE] }
}

const target: Target = {
  row: 'start to first result, 2 workers',
  must: '<= 1.3x two bare workers',
  entry: SPILLWAY,
  metric: 'startMs',
  against: BARE,
  comparison: 'ratio',
  limit: 1.3,
  better: 'low',
}

export const startup: Benchmark = {
  name: 'startup',
  summary: 'start to first result with two workers, fresh processes',
  notes: [
    'A bare worker is a module that answers over shared memory; the first result there is the sum of both answers.',
    'The second table adds the import of the library (of nothing, for bare workers) in the main thread.',
    'The third is the cpu time from start to first result: it tells changes apart on a machine that is not idle.',
  ],
  experiments: [
    {
      name: 'two-workers',
      title: 'two workers',
      metrics: [
        metric('startMs', 'start to first result'),
        metric('totalMs', 'import included'),
        metric('cpuMs', 'cpu of all threads'),
      ],
      entries: [
        entry(BARE, 'baseline', 'startup-bare', String(WORKERS)),
        entry(SPILLWAY, 'spillway', 'startup-spillway', String(WORKERS)),
        entry('piscina', 'rival', 'startup-pool', 'piscina'),
        entry('tinypool', 'rival', 'startup-pool', 'tinypool'),
      ],
      targets: [target],
      rounds: 20,
      warmUps: 1,
    },
  ],
}
