/** Pins, live: what the system says about each thread of a program. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { JobSystem } from '../../src/index.ts'
import type { StartOptions } from '../../src/index.ts'
import {
  STRATEGIES,
  allowedCpus,
  formatCpuList,
  placeWorkers,
  readTopology,
} from '../../src/topology.ts'
import { answerOf, installedProject, linkedProject } from '../package/project.ts'
import type { Files, RunOptions } from '../package/project.ts'
import { like } from '../support/expect.ts'

const LINUX = { skip: !existsSync('/proc/thread-self/status') && 'needs threads in /proc' }
const SEVERAL = { skip: LINUX.skip || (availableParallelism() < 2 && 'needs two cpus') }

const systems: JobSystem[] = []
after(() => Promise.all(systems.map((jobs) => jobs.close())))

async function start(options: StartOptions): Promise<JobSystem> {
  const jobs = await JobSystem.start(options)
  systems.push(jobs)
  return jobs
}

/** Runs on every worker: stores whether its mask has each of the first 64 cpus. */
const lookAtMask = (_: number, { masks }: { masks: Uint8Array }): void => {
  const fs = process.getBuiltinModule('node:fs')
  const status = fs.readFileSync('/proc/thread-self/status', 'utf8')
  const list = /Cpus_allowed_list:\s*(\S+)/.exec(status)![1]!
  const id = Number(/\d+$/.exec(fs.readlinkSync('/proc/thread-self'))![0]) % 64
  for (const run of list.split(',')) {
    const [first, last = first] = run.split('-').map(Number)
    for (let cpu = first!; cpu <= Math.min(63, last!); cpu++) masks[id * 64 + cpu] = 1
  }
}

for (const pinning of ['linear', 'spread', { strategy: 'compact', pin: 'l3' }] as const) {
  test(`workers run on the cpus they were given: ${JSON.stringify(pinning)}`, SEVERAL, async () => {
    const jobs = await start({ workers: 2, pinning })
    const { placement, pinning: pins } = jobs.describe()
    assert.equal(pins.summary, 'pinned 2 of 2')
    const options = typeof pinning === 'string' ? { strategy: pinning } : pinning
    assert.deepEqual(placement, placeWorkers(readTopology(), { workers: 2, ...options }))
    for (const { worker, requested, observed, applied, lastCpu, text } of pins.workers) {
      const place = placement.places[worker]!
      assert.deepEqual([requested, observed], [place.cpus, place.cpus])
      assert.equal(applied, place.cpus.length === 1 ? 'hard' : 'soft')
      assert.equal(text, `${applied} on ${place.on}`)
      assert.ok(Number.isInteger(lastCpu))
    }
    // What the workers see themselves, by whoever comes to run a chunk.
    const masks = jobs.uint8(64 * 64)
    await jobs.parallelFor(64, lookAtMask, { masks }, { schedule: 'static' })
    const seen = new Set<string>()
    for (let id = 0; id < 64; id++) {
      const cpus = [...masks.subarray(id * 64, id * 64 + 64).entries()].filter(
        ([, set]) => set === 1,
      )
      if (cpus.length > 0) seen.add(formatCpuList(cpus.map(([cpu]) => cpu)))
    }
    const given = new Set(placement.places.map(({ cpus }) => formatCpuList(cpus)))
    assert.ok(seen.size > 0)
    for (const one of seen) assert.ok(given.has(one), `a worker runs on ${one}`)
  })
}

test('the calling thread is not pinned, and keeps its parallelism', LINUX, async () => {
  const mask = (): string =>
    /Cpus_allowed_list:\s*(\S+)/.exec(readFileSync('/proc/thread-self/status', 'utf8'))![1]!
  const before = [mask(), availableParallelism()]
  await start({ workers: 1, pinning: 'linear' })
  assert.deepEqual([mask(), availableParallelism()], before)
})

test('a worker that was replaced is pinned like the lost one', LINUX, async () => {
  const jobs = await start({ workers: 1, pinning: 'linear' })
  const [before] = jobs.describe().pinning.workers
  const lost = new Promise((told) => jobs.on('worker-lost', told))
  await jobs.parallelFor(1000, () => process.exit(), undefined).catch(() => {})
  await lost
  const end = Date.now() + 10_000
  while (
    jobs.describe().workers.ready < 1 ||
    jobs.describe().pinning.workers[0]!.applied === 'none'
  ) {
    assert.ok(Date.now() < end, String(jobs.describe()))
    await new Promise((soon) => setTimeout(soon, 5))
  }
  assert.deepEqual(jobs.describe().pinning.workers[0]!.observed, before!.requested)
})

test('the number of workers is that of places, if none is given', async () => {
  for (const strategy of ['linear', 'avoid-smt', 'ccd-isolation'] as const) {
    const jobs = await start({ pinning: strategy })
    assert.equal(jobs.workers, placeWorkers(readTopology(), { strategy }).places.length)
  }
})

test('every strategy is an option, and a system without workers has nothing to pin', async () => {
  for (const strategy of Object.keys(STRATEGIES) as (keyof typeof STRATEGIES)[]) {
    const jobs = await start({ workers: 0, pinning: { strategy } })
    assert.equal(jobs.describe().placement.strategy, strategy)
    assert.deepEqual(jobs.describe().pinning.workers, [])
  }
})

test(
  'a description is plain data, and a text that tells machine, placement and pins',
  LINUX,
  async () => {
    const none = await start({ workers: 2 })
    assert.equal(none.describe().pinning.summary, "not pinned: pinning is 'none'")
    assert.deepEqual(
      none.describe().placement.places.map(({ cpu }) => cpu),
      [null, null],
    )
    const jobs = await start({ workers: 3, pinning: 'linear', name: 'three' })
    const description = jobs.describe()
    assert.deepEqual(structuredClone({ ...description }), { ...description })
    assert.deepEqual(description.topology, readTopology())
    const text = String(description)
    assert.match(text, /^JobSystem "three" \(/)
    assert.match(text, /\n  machine  .*\d+ cpus?.*; Linux sysfs/)
    assert.match(
      text,
      /\n  workers  3 of 3 ready; placed linear \(order number, filter all, pin cpu\)/,
    )
    assert.match(
      text,
      /\n  pinning  pinned 3 of 3 \(by (?:koffi|taskset|node:ffi)\)\n +worker 0  hard on cpu \d+, last on cpu \d+/,
    )
  },
)

test('wrong pinning options throw where start is called, or reject if only the machine tells', async () => {
  const wrong: [pinning: unknown, type: typeof Error, message: RegExp][] = [
    [
      'fast',
      TypeError,
      /^pinning must be one of none, linear, avoid-smt, ccd-isolation, tiered-spillover, compact, spread; got "fast"/,
    ],
    [true, TypeError, /^pinning must be one of none, .*; got true/],
    [null, TypeError, /^pinning must be one of none, .*; got null/],
    [{ strategy: 'fast' }, TypeError, /^pinning\.strategy must be one of none, .*; got "fast"/],
    [
      { strategy: 'linear', pin: 'socket' },
      TypeError,
      /^pinning\.pin must be one of cpu, core, l2, l3, numa, none; got "socket"/,
    ],
    [{ strategy: 'linear', strict: 1 }, TypeError, /^pinning\.strict must be true or false; got 1/],
    [
      { strategy: 'linear', level: 'cpu' },
      TypeError,
      /^unknown pinning option "level"; known: strategy, pin, strict/,
    ],
  ]
  for (const [pinning, type, message] of wrong) {
    const options = { workers: 1, pinning } as StartOptions
    assert.throws(
      () => void JobSystem.start(options),
      like({ type, code: 'ERR_OPTION', message }),
      String(message),
    )
  }
  for (const [pinning, message] of [
    [[8191], /^the list of cpus must name cpus that are allowed \(.*\); got 8191/],
    [[0, 'x'], /^the list of cpus must name cpus that are allowed \(.*\); got "x"/],
    [[], /^the list of cpus must have a place for each of 1 workers; it has 0/],
  ] as const) {
    await assert.rejects(
      JobSystem.start({ workers: 1, pinning: pinning as StartOptions['pinning'] & object }),
      like({ type: RangeError, code: 'ERR_OPTION', message }),
    )
  }
})

/** A program whose kernels start things, and then tells how many of its threads, and which of these things, have a narrow mask. */
const STARTERS: Files = {
  'kernels.js': `
    import { each, kernels } from 'spillway/kernel'
    import { execFileSync, execSync, spawn, spawnSync } from 'node:child_process'
    import { readFileSync } from 'node:fs'
    import { Worker } from 'node:worker_threads'
    import { deflateRaw } from 'node:zlib'
    const list = (status) => /Cpus_allowed_list:\\s*(\\S+)/.exec(status)[1]
    const own = () => list(readFileSync('/proc/thread-self/status', 'utf8'))
    const cat = ['/proc/self/status']
    // 2: as wide as the program's own mask; 1: narrower.
    export const { start } = kernels(import.meta.url, { start: each((i, { seen, wide }) => {
      const judge = (status) => (list(status).split(',').length === wide || list(status) === '0-' + (wide - 1) ? 2 : 1)
      const at = i * 8
      // Whoever uses the threads of asynchronous calls first makes them.
      for (let call = 0; call < 4; call++) deflateRaw('text', () => {})
      seen[at] = judge('Cpus_allowed_list: ' + own())
      seen[at + 1] = judge(execFileSync('cat', cat, { encoding: 'utf8' }))
      seen[at + 2] = judge(execSync('cat /proc/self/status', { encoding: 'utf8' }))
      seen[at + 3] = judge(spawnSync('cat', cat, { encoding: 'utf8' }).stdout)
      const child = spawn('sleep', ['5'], { stdio: 'ignore' })
      seen[at + 4] = judge(readFileSync('/proc/' + child.pid + '/status', 'utf8'))
      child.kill()
      const text = "const { workerData: { seen, at, all } } = require('node:worker_threads')\\n" +
        "const own = /Cpus_allowed_list:\\\\s*(\\\\S+)/.exec(require('node:fs').readFileSync('/proc/thread-self/status', 'utf8'))[1]\\n" +
        "Atomics.store(seen, at, own === all ? 2 : 1); Atomics.notify(seen, at)"
      new Worker(text, { eval: true, workerData: { seen, at: at + 5, all: list(readFileSync('/proc/self/status', 'utf8')) } })
      Atomics.wait(seen, at + 5, 0, 5000)
      seen[at + 6] = judge('Cpus_allowed_list: ' + own())
    }) })`,
  'main.js': `
    import { JobSystem } from 'spillway'
    import { start } from './kernels.js'
    import { createHash, pbkdf2 } from 'node:crypto'
    import { readFileSync, readdirSync } from 'node:fs'
    import { availableParallelism } from 'node:os'
    const jobs = await JobSystem.start({ workers: 2, pinning: 'linear' })
    const seen = jobs.int32(16)
    await jobs.parallelForChunks(2, 1, (await import('spillway/kernel')).range((from) => { Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50) }))
    await jobs.parallelFor(2, start, { seen, wide: availableParallelism() }, { schedule: 'static' })
    await Promise.all([1, 2, 3, 4].map(() => new Promise((done) => pbkdf2('a', 'b', 1000, 32, 'sha256', done))))
    // A thread that has just ended has no list any more.
    const list = (thread) => {
      try { return /Cpus_allowed_list:\\s*(\\S+)/.exec(readFileSync('/proc/self/task/' + thread + '/status', 'utf8'))[1] } catch { return null }
    }
    const own = list(process.pid)
    const narrow = readdirSync('/proc/self/task').map(list).filter((one) => one !== null && one !== own).length
    const { backend, summary } = jobs.describe().pinning
    await jobs.close()
    console.log(JSON.stringify({ seen: [...seen], narrow, backend, summary }))
    process.exit()`,
}

interface Started {
  readonly seen: readonly number[]
  readonly narrow: number
  readonly backend: string
  readonly summary: string
}

function checkStarted({ seen, narrow, summary }: Started): void {
  assert.equal(summary, 'pinned 2 of 2')
  assert.equal(narrow, 2, 'threads beside the workers are pinned')
  for (const at of [0, 8]) {
    // Before and after starting things the worker itself is pinned; what it started is not.
    assert.deepEqual(seen.slice(at, at + 7), [1, 2, 2, 2, 2, 2, 1])
  }
}

const OPTIONS: RunOptions = { timeoutMs: 60_000 }

test('what a pinned worker starts is not pinned, with koffi', SEVERAL, async () => {
  const started = answerOf<Started>(await linkedProject().run(STARTERS, OPTIONS))
  checkStarted(started)
  assert.match(started.backend, /^(?:koffi|node:ffi)$/)
})

test(
  'the same with taskset, and without any backend workers run unpinned and say so',
  SEVERAL,
  async () => {
    const project = installedProject()
    const started = answerOf<Started>(await project.run(STARTERS, OPTIONS))
    checkStarted(started)
    assert.match(started.backend, /^(?:taskset|node:ffi)$/)
    const answers = answerOf<[string, string, number, string[]]>(
      await project.run(
        {
          'main.js': `
        import { JobSystem } from 'spillway'
        process.env.PATH = ''
        const flags = process.execArgv
        const jobs = await JobSystem.start({ workers: 2, pinning: 'linear' })
        const x = jobs.float64(100)
        await jobs.parallelFor(100, (i, { x }) => { x[i] = 1 }, { x })
        const { summary, workers } = jobs.describe().pinning
        await jobs.close()
        const refused = await JobSystem.start({ workers: 2, pinning: { strategy: 'linear', strict: true } }).catch((error) => error)
        console.log(JSON.stringify([summary, refused.code + ' ' + refused.message, x[99], workers.map(({ applied }) => applied)]))`,
        },
        {
          ...OPTIONS,
          flags: Number(process.versions.node.split('.')[0]) >= 26 ? ['--no-experimental-ffi'] : [],
        },
      ),
    )
    const none =
      'pinned 0 of 2; worker 0-1 not pinned: no backend: neither koffi nor taskset is installed'
    assert.deepEqual(answers, [
      none,
      `ERR_PINNING pinning is strict, and not every worker is pinned: ${none}. Install the optional package koffi, or taskset (util-linux), or leave strict out`,
      1,
      ['none', 'none'],
    ])
  },
)

/** Binds itself to one cpu, and tells how many of its threads have one cpu after asynchronous calls: the trap that `warmThreads` avoids. */
const TRAP = `
  const { warmThreads } = require(process.argv[2])
  const { execFileSync } = require('node:child_process')
  const { readFileSync, readdirSync } = require('node:fs')
  const { deflateRaw } = require('node:zlib')
  async function main() {
    if (process.argv[3] === 'warm') await warmThreads()
    execFileSync('taskset', ['-p', '-c', process.argv[4], String(process.pid)], { stdio: 'ignore' })
    await Promise.all([1, 2, 3, 4].map(() => new Promise((done) => deflateRaw('text', done))))
    const bound = (thread) => {
      try { return /Cpus_allowed_list:\\s*(\\d+)\\n/.test(readFileSync('/proc/self/task/' + thread + '/status', 'utf8')) } catch { return false }
    }
    console.log(readdirSync('/proc/self/task').filter(bound).length)
  }
  main()`

test(
  'threads of asynchronous calls stay with who makes them first, unless they are warmed',
  SEVERAL,
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'spillway-trap-'))
    try {
      const program = join(folder, 'main.cjs')
      writeFileSync(program, TRAP)
      const affinity = fileURLToPath(new URL('../../src/host/affinity.js', import.meta.url))
      const cpu = String(allowedCpus(readTopology())[0]!.cpu)
      const boundAfter = (how: string): number =>
        Number(execFileSync(process.execPath, [program, affinity, how, cpu], { encoding: 'utf8' }))
      assert.equal(boundAfter('warm'), 1, 'the thread itself')
      assert.equal(boundAfter('cold'), 5, 'and the four that it made')
    } finally {
      rmSync(folder, { recursive: true })
    }
  },
)
