/** What every host must do. Plain async functions without a test runner, so that one text runs in processes, pages and workers. */
import { JobSystem } from 'spillway'
import { jobScenarios } from './job-scenarios.ts'
import { check, equal, failureOf } from './check.ts'
import { loops, spin } from './scenarios.kernels.ts'

/** The host as a scenario sees it. */
export interface Setting {
  /** What `describe().runtime` begins with. */
  readonly runtime: string
  /** Workers to ask for. */
  readonly workers: number
  /** Whether sync calls work in this thread. */
  readonly mayBlock: boolean
  /** Whether everything runs in this thread, whatever was asked for. */
  readonly isSerial: boolean
  /** Whether a kernel may end its thread with `process.exit`. */
  readonly canExit: boolean
}

export type Scenario = (setting: Setting) => Promise<void>

/** Runs `use` with a system, and closes that. */
export async function withSystem(
  { workers }: Setting,
  use: (jobs: JobSystem) => Promise<void>,
): Promise<void> {
  const jobs = await JobSystem.start({ workers })
  try {
    await use(jobs)
  } finally {
    await jobs.close()
  }
}

/** The same kernel as another value: a first call is shared with the workers, whatever was learnt of the kernel before. */
export function fresh<K extends object>(kernel: K): K {
  return { ...kernel }
}

/** The coarsest clock of a thread. */
const CLOCK_STEP_MS = 2

const SCHEDULES = ['adaptive', 'static', 'guided'] as const

export const scenarios: Readonly<Record<string, Scenario>> = {
  async 'describes itself'(setting) {
    await withSystem(setting, async (jobs) => {
      const { runtime, workers, serial, cores } = jobs.describe()
      check(runtime.startsWith(setting.runtime), `${runtime} begins with ${setting.runtime}`)
      const count = setting.isSerial ? 0 : setting.workers
      equal([jobs.workers, workers.count, workers.ready], [count, count, count], 'workers')
      equal(serial !== null, setting.isSerial, 'a reason for being serial')
      check(cores.usable >= 1, 'cores')
      if (serial !== null)
        check(String(jobs.describe()).includes(serial), 'the text has the reason')
    })
  },

  async 'awaited loops run every index once'(setting) {
    await withSystem(setting, async (jobs) => {
      const counts = jobs.int32(30_000)
      for (const schedule of SCHEDULES) {
        await jobs.parallelFor(counts.length, fresh(loops.count), { counts }, { schedule })
      }
      await jobs.parallelForAuto(counts.length, fresh(loops.countRange), { counts })
      await jobs.parallelForChunks(counts.length, 64, fresh(loops.countRange), { counts })
      check(
        counts.every((count) => count === 5),
        'every index ran in every loop',
      )
      await jobs.parallelFor(0, loops.count, { counts })
    })
  },

  async 'sync loops work where a thread may block, and say why elsewhere'(setting) {
    await withSystem(setting, async (jobs) => {
      const counts = jobs.int32(30_000)
      const run = (): void => jobs.parallelForSync(counts.length, fresh(loops.count), { counts })
      if (!setting.mayBlock) {
        const { code, message } = await failureOf('a sync loop', run)
        equal(code, 'ERR_WOULD_BLOCK', 'code')
        check(/main thread/.test(message) && /await parallelFor/.test(message), message)
        equal(counts[0], 0, 'nothing has run')
        return
      }
      run()
      for (const schedule of SCHEDULES) {
        jobs.parallelForSync(counts.length, fresh(loops.countRange), { counts }, { schedule })
      }
      check(
        counts.every((count) => count === 4),
        'every index ran in every loop',
      )
      equal(
        jobs.parallelReduceSync(10_000, fresh(loops.harmonic)),
        await jobs.parallelReduce(10_000, fresh(loops.harmonic)),
        'sums',
      )
    })
  },

  async 'more than one worker takes part'(setting) {
    if (setting.isSerial) return
    await withSystem(setting, async (jobs) => {
      const arrived = jobs.int32(1)
      await jobs.parallelForChunks(
        2,
        1,
        (_start, _end, { arrived: words }) => {
          Atomics.add(words, 0, 1)
          const late = performance.now() + 15_000
          while (Atomics.load(words, 0) < 2) {
            if (performance.now() > late) throw new Error('nobody else came')
          }
        },
        { arrived },
      )
    })
  },

  async 'reductions are equal to the last bit, whatever runs them'(setting) {
    const alone = await JobSystem.start({ workers: 0 })
    await withSystem(setting, async (jobs) => {
      for (const n of [1, 1000, 123_457]) {
        const sum = await jobs.parallelReduce(n, fresh(loops.harmonic))
        equal(sum, await alone.parallelReduce(n, loops.harmonic), `sum of ${n}`)
        check(Math.abs(sum - Math.log(n) - 0.5772) < 0.6, `${sum} is the harmonic number of ${n}`)
      }
      equal(
        await jobs.parallelReduce(3001, fresh(loops.histogram)),
        [1001, 1000, 1000],
        'a histogram',
      )
    })
    await alone.close()
  },

  async 'plain functions are shipped as text; captured names are refused'(setting) {
    await withSystem(setting, async (jobs) => {
      const x = jobs.float64(20_000)
      await jobs.parallelFor(
        x.length,
        (i, { x: values, by }) => void (values[i] = Math.sqrt(i) * by),
        {
          x,
          by: 2,
        },
      )
      check(
        x.every((value, i) => value === Math.sqrt(i) * 2),
        'values',
      )
      const factor = x.length
      const { code, message } = await failureOf('a captured name', () =>
        jobs.parallelFor(x.length, (i, { x: values }) => void (values[i] = factor), { x }),
      )
      equal(code, 'ERR_CAPTURED', 'code')
      check(message.includes('"factor"'), message)
    })
  },

  async 'a kernel’s error arrives with its class, and the lowest index wins'(setting) {
    await withSystem(setting, async (jobs) => {
      const failure = await failureOf('failing', () =>
        jobs.parallelFor(100_000, fresh(loops.failFrom), { at: 60_000 }),
      )
      equal([failure.name, failure.message], ['RangeError', 'index 60000 is too far'], 'error')
      check(failure.raw instanceof RangeError, 'its class')
      await jobs.parallelFor(10, loops.failFrom, { at: 10 })
    })
  },

  async 'signals and timeouts end loops early'(setting) {
    await withSystem(setting, async (jobs) => {
      const done = jobs.int32(1)
      const args = { done, ms: 1 }
      const stop = new AbortController()
      const reason = new Error('enough')
      const aborted = failureOf('aborting', () =>
        jobs.parallelFor(60_000, fresh(loops.slow), args, { signal: stop.signal }),
      )
      setTimeout(() => stop.abort(reason), 20)
      equal((await aborted).raw === reason, true, 'the reason')
      const after = done[0]
      const late = await failureOf('timing out', () =>
        jobs.parallelFor(60_000, fresh(loops.slow), args, { timeout: 20 }),
      )
      equal([late.name, late.code], ['TimeoutError', 'ERR_TIMEOUT'], 'error')
      check(after! < 60_000 && done[0]! < 120_000, 'not all ran')
    })
  },

  async 'foreign shared buffers are arguments'(setting) {
    if (typeof SharedArrayBuffer === 'undefined') return
    await withSystem(setting, async (jobs) => {
      const x = new Float64Array(new SharedArrayBuffer(8 * 20_000))
      await jobs.parallelFor(x.length, fresh(loops.add), { x, by: 3 })
      await jobs
        .parallelFor(x.length, fresh(loops.add), { x: x.subarray(0, 10), by: 1 })
        .catch(() => {})
      check(x[15_000] === 3, 'values')
    })
  },

  async 'the heap grows, and older arrays stay good'(setting) {
    const jobs = await JobSystem.start({
      workers: setting.workers,
      heap: { initialBytes: 65_536, maximumBytes: 64 * 1024 * 1024 },
    })
    const small = jobs.float64(1000)
    const large = jobs.float64(1_000_000)
    await jobs.parallelFor(large.length, fresh(loops.add), { x: large, by: 2 })
    await jobs.parallelFor(small.length, fresh(loops.add), { x: small, by: 1 })
    check(small.every((value) => value === 1) && large.every((value) => value === 2), 'values')
    jobs.free(large)
    const full = await failureOf('too much', () => jobs.float64(100_000_000))
    equal(full.code, 'ERR_HEAP_FULL', 'code')
    await jobs.close()
  },

  async 'misuse fails at the call'(setting) {
    await withSystem(setting, async (jobs) => {
      const run = (): unknown => jobs.parallelFor(10, loops.add, { x: new Float64Array(10), by: 1 })
      equal((await failureOf('an array of its own', run)).code, 'ERR_NOT_SHARED', 'code')
      equal(
        (
          await failureOf('half an index', () =>
            jobs.parallelFor(0.5, loops.count, { counts: jobs.int32(1) }),
          )
        ).code,
        'ERR_RANGE',
        'code',
      )
      equal(
        (await failureOf('an option', () => JobSystem.start({ workers: -1 }))).code,
        'ERR_OPTION',
        'code',
      )
    })
  },

  async 'a long awaited loop leaves the event loop its turns'(setting) {
    await withSystem(setting, async (jobs) => {
      const done = jobs.int32(1)
      let turns = 0
      let isOver = false
      const tick = (): void => {
        turns++
        if (!isOver) setTimeout(tick, 1)
      }
      setTimeout(tick, 1)
      await jobs.parallelFor(300, fresh(loops.slow), { done, ms: 1 })
      isOver = true
      equal(done[0], 300, 'indexes')
      check(turns >= 10, `${turns} turns in a loop of 150 ms or more`)
    })
  },

  async 'kernels imported after the start are loaded on first use'(setting) {
    await withSystem(setting, async (jobs) => {
      const { late } = await import('./late.kernels.ts')
      const x = jobs.float64(20_000)
      await jobs.parallelFor(x.length, fresh(late), { x })
      check(
        x.every((value, i) => value === 2 * i),
        'values',
      )
    })
  },

  async 'a trace has every chunk in its time, whatever clocks threads have'(setting) {
    const jobs = await JobSystem.start({ workers: setting.workers, trace: true })
    const done = jobs.int32(1)
    await jobs.parallelFor(40, fresh(loops.slow), { done, ms: 1 })
    const { threads, until, lost, origin } = jobs.trace()
    const events = threads.flatMap((thread) => thread.events)
    const loop = events.find((event) => event.kind === 'loop')
    check(loop !== undefined && lost === 0, 'the loop is there, and nothing is lost')
    const chunks = events.filter((event) => event.kind === 'chunk')
    let next = 0
    for (const { from, to } of chunks.toSorted((a, b) => a.from - b.from)) {
      equal(from, next, 'the next index')
      next = to
    }
    equal(next, 40, 'the last index')
    for (const { begin, end } of chunks) {
      const inside = begin >= loop.begin - CLOCK_STEP_MS && end <= loop.end + CLOCK_STEP_MS
      check(inside, `[${begin}, ${end}] is inside [${loop.begin}, ${loop.end}]`)
    }
    check(loop.begin >= 0 && loop.end <= until, 'times since the start')
    check(Math.abs(origin + until - Date.now()) < 60_000, 'the origin is a Unix time')
    await jobs.close()
  },

  async 'a worker that ends becomes an error, and is replaced'(setting) {
    if (setting.isSerial || !setting.canExit) return
    await withSystem(setting, async (jobs) => {
      const came = jobs.int32(1)
      const lost: number[] = []
      jobs.on('worker-lost', ({ worker }) => lost.push(worker))
      const run = (): unknown => jobs.parallelFor(1000, fresh(loops.exitOnce), { came })
      equal((await failureOf('a worker that exits', run)).code, 'ERR_WORKER_LOST', 'code')
      const counts = jobs.int32(10_000)
      await jobs.parallelFor(counts.length, fresh(loops.count), { counts })
      check(
        counts.every((count) => count === 1),
        'the next loop',
      )
      equal(lost.length, 1, 'workers lost')
      came.fill(0)
      const sync = (): unknown =>
        jobs.parallelForSync(
          1000,
          (_i, { came: words }) => {
            const { isMainThread } = process.getBuiltinModule('node:worker_threads')
            if (!isMainThread && Atomics.add(words, 0, 1) === 0) process.exit(3)
            const end = performance.now() + 1
            while (performance.now() < end);
          },
          { came },
        )
      equal((await failureOf('a blocked caller', sync)).code, 'ERR_WORKER_LOST', 'code')
    })
  },

  async 'a blocked caller sees workers live and die that it has not heard of'(setting) {
    if (setting.isSerial || !setting.canExit || !setting.mayBlock) return
    // Two cores run no more than one worker beside a blocked caller.
    await withSystem({ ...setting, workers: 1 }, async (jobs) => {
      const came = jobs.int32(1)
      const call = (spared: boolean): void => {
        came.fill(0)
        jobs.parallelForSync(8, loops.exitUnless, { came, spared }, { grain: 1 })
      }
      // Without a turn of the event loop between: from the second on they were started while this thread was blocked.
      for (const name of ['a first worker', 'a second', 'a third']) {
        const { code } = await failureOf(name, () => call(false))
        equal(code, 'ERR_WORKER_LOST', name)
      }
      call(true)
      check(came[0]! > 0, 'a worker came')
    })
  },

  async 'closing drains, is final, and may be repeated'(setting) {
    const jobs = await JobSystem.start({ workers: setting.workers })
    const done = jobs.int32(1)
    const loop = jobs.parallelFor(40, fresh(loops.slow), { done, ms: 1 })
    const closed = jobs.close()
    check(closed === jobs.close(), 'one promise')
    await closed
    await loop
    equal(done[0], 40, 'indexes')
    equal(
      (
        await failureOf('a call after close', () =>
          jobs.parallelFor(1, loops.count, { counts: done }),
        )
      ).code,
      'ERR_CLOSED',
      'code',
    )
    spin(1)
  },

  ...jobScenarios,
}
