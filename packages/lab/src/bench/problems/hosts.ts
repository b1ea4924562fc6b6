// Start, dispatch and a sum in every host that is installed: one program, in a fresh process or page for every sample.
import type { Benchmark, Metric } from '../benchmark.ts'
import { BROWSERS, browserEntry } from '../hosts/browsers.ts'
import { PROCESS_HOSTS, THIS_NODE, processEntry } from '../hosts/processes.ts'

const ITEMS = 20_000_000

function metric(key: string, title: string, unit: string): Metric {
  return { key, title, unit, comparison: 'ratio', references: [THIS_NODE.name] }
}

/** Engines compile one loop to very different code, so the library's part in a time is told by the host's own loop. */
const sum: Metric = {
  key: 'reduceMs',
  title: 'await parallelReduce, 20 M x heavyWork(15)',
  unit: 'ms',
  comparison: 'speedup',
  references: [],
  within: { key: 'serialMs', title: "the host's own serial loop" },
}

export const hosts: Benchmark = {
  name: 'hosts',
  summary: 'start, dispatch and a sum in Node, Bun, Deno, Chromium and Firefox',
  notes: [
    'Each sample is a fresh process, or a page in a browser just started; that start is not timed.',
    'The start is from `JobSystem.start` to the first sum. The page is bundled with esbuild, minified, and served from this machine.',
  ],
  experiments: [
    {
      name: 'awaited',
      title: 'two workers, awaited',
      metrics: [
        metric('startMs', 'start to first result', 'ms'),
        metric('awaitUs', 'one empty await parallelFor, N = 1000', 'us'),
        metric('serialMs', 'serial loop, 20 M x heavyWork(15)', 'ms'),
        sum,
      ],
      entries: [
        ...PROCESS_HOSTS.map((host) => processEntry(host, 'awaited', String(ITEMS))),
        ...BROWSERS.map((browser) => browserEntry(browser, ITEMS)),
      ],
      targets: [],
      rounds: 5,
      warmUps: 1,
    },
    {
      name: 'blocking',
      title: 'two workers and the caller, blocking: hosts whose main thread may',
      metrics: [
        metric('sync2Us', 'one empty parallelForSync, N = 2', 'us'),
        metric('sync1000Us', 'one empty parallelForSync, N = 1000', 'us'),
      ],
      entries: PROCESS_HOSTS.map((host) => processEntry(host, 'blocking')),
      targets: [],
      rounds: 5,
      warmUps: 1,
    },
  ],
}
