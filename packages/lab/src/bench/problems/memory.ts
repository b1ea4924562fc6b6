// What a pool holds: resident memory per worker, scheduler state at rest, JavaScript heap per call.
import type { Benchmark, Entry, Experiment, Target } from '../benchmark.ts'
import { runFresh } from '../harness/fresh.ts'
import { sharedSystem } from '../spillway-system.ts'

const RSS_WORKERS = 8
const BARE = 'bare worker, a module'
const SPILLWAY = 'spillway worker'
const KIB = 1024

function rssEntry(name: string, role: Entry['role'], kind: string): Entry {
  const program = new URL('../fresh/memory.js', import.meta.url)
  const options = { flags: ['--expose-gc'] }
  const sample = () => runFresh(program, [kind, String(RSS_WORKERS)], options)
  return { name, role, open: () => ({ sample }) }
}

const residentPerWorker: Experiment = {
  name: 'rss',
  title: `resident memory per worker, ${RSS_WORKERS} workers`,
  metrics: [
    { key: 'mb', title: 'one worker', unit: 'MiB', comparison: 'ratio', references: [BARE] },
  ],
  entries: [
    rssEntry(BARE, 'baseline', 'bare'),
    rssEntry('bare worker, a script', 'baseline', 'script'),
    rssEntry(SPILLWAY, 'spillway', 'spillway'),
  ],
  targets: [
    {
      row: 'resident memory per worker',
      must: '<= 1.2x a bare worker thread',
      entry: SPILLWAY,
      metric: 'mb',
      against: BARE,
      comparison: 'ratio',
      limit: 1.2,
      better: 'low',
    },
  ],
  rounds: 9,
  warmUps: 0,
}

function stateEntry(workers: number): Entry {
  const system = sharedSystem(workers)
  const open = async () => {
    const jobs = await system.acquire()
    const sample = () => ({ kib: jobs.describe().heap.schedulerBytes / KIB })
    return { sample, close: system.release }
  }
  return { name: `${workers} workers`, role: 'spillway', open }
}

function stateTarget(workers: number): Target {
  return {
    row: `scheduler state at rest, ${workers} workers`,
    must: '<= 256 KiB + 64 KiB per worker',
    entry: `${workers} workers`,
    metric: 'kib',
    comparison: 'none',
    limit: 256 + 64 * workers,
    better: 'low',
  }
}

const schedulerState: Experiment = {
  name: 'state',
  title: 'scheduler state at rest',
  metrics: [{ key: 'kib', title: 'shared bytes', unit: 'KiB', comparison: 'none', references: [] }],
  entries: [stateEntry(2), stateEntry(8)],
  targets: [stateTarget(2), stateTarget(8)],
  rounds: 1,
  warmUps: 0,
}

/** 256 MiB of young generation: nothing is collected between the two readings. */
const HEAP_OPTIONS = {
  flags: ['--expose-gc', '--min-semi-space-size=256', '--max-semi-space-size=256'],
}

function heapEntry(name: string, role: Entry['role'], kind: string): Entry {
  const program = new URL('../fresh/heap-per-call.js', import.meta.url)
  return { name, role, open: () => ({ sample: () => runFresh(program, [kind], HEAP_OPTIONS) }) }
}

function heapTarget(entry: string): Target {
  return {
    row: `JavaScript heap per steady-state ${entry}`,
    must: '0 bytes (< 1 on average)',
    entry,
    metric: 'bytes',
    comparison: 'none',
    limit: 1,
    better: 'low',
  }
}

const heapPerCall: Experiment = {
  name: 'heap',
  title: 'JavaScript heap per call in steady state',
  metrics: [{ key: 'bytes', title: 'one call', unit: 'bytes', comparison: 'none', references: [] }],
  entries: [
    heapEntry('the readings alone', 'control', 'none'),
    heapEntry('parallelForSync', 'spillway', 'for'),
    heapEntry('parallelReduceSync', 'spillway', 'reduce'),
    heapEntry('await parallelFor', 'spillway', 'await'),
  ],
  targets: [heapTarget('parallelForSync'), heapTarget('parallelReduceSync')],
  rounds: 5,
  warmUps: 0,
}

export const memory: Benchmark = {
  name: 'memory',
  summary: 'resident memory per worker, scheduler state at rest, JavaScript heap per call',
  notes: [
    'Resident memory is read after a full collection and half a second of rest, before the workers start and after their first work.',
    'Awaited calls allocate their promises; they have no target.',
  ],
  experiments: [residentPerWorker, schedulerState, heapPerCall],
}
