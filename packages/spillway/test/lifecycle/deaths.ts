/** Kernels that end their worker, and the parts that the programs of the worker-loss tests share. */
import { availableParallelism } from 'node:os'
import { answerOf, linkedProject } from '../package/project.ts'
import type { Files, RunOptions } from '../package/project.ts'

/** Sync calls engage a worker only where there is a core for it. */
export const oneCore = availableParallelism() < 2 && 'needs two cores'

export const project = linkedProject()

const KERNELS = `
  import { each, kernels, range, reduce } from 'spillway/kernel'
  import { isMainThread, threadId } from 'node:worker_threads'

  const HOW = {
    exit: () => process.exit(3),
    memory: (times) => {
      const hoard = []
      for (;;) {
        hoard.push(Array.from({ length: 10_000 }, Math.random))
        times[0] = Date.now()
      }
    },
    terminate: (times, flags) => {
      for (;;) times[0] = Date.now()
    },
  }

  // The first worker that comes here dies; whoever else comes only waits for that, so that it happens in every call.
  function meetDeath(how, { flags, times }) {
    if (!isMainThread && Atomics.exchange(flags, 0, 1) === 0) {
      times[0] = Date.now()
      times[1] = threadId
      HOW[how](times, flags)
    }
    const end = Date.now() + 5000
    while (Atomics.load(flags, 0) === 0 && Date.now() < end);
  }

  export const deaths = kernels(import.meta.url, {
    exit: each((i, args) => meetDeath('exit', args)),
    memory: each((i, args) => meetDeath('memory', args)),
    terminate: each((i, args) => meetDeath('terminate', args)),
    exitInReduce: reduce({
      identity: () => [],
      fold: (list, i, args) => { if (i % 2 === 1) meetDeath('exit', args); list.push(i); return list },
      combine: (a, b) => [...a, ...b],
    }),
    // Two workers meet here. One dies at once, the other long after everybody knows.
    oneByOneExit: each((i, { flags, times }) => {
      const end = Date.now() + 5000
      const number = isMainThread ? 0 : Atomics.add(flags, 0, 1) + 1
      while (Atomics.load(flags, 0) < 2 && Date.now() < end);
      if (number === 0 || number > 2) return
      if (number === 2) for (const later = Date.now() + 500; Date.now() < later; );
      times[0] = Date.now()
      process.exit(3)
    }),
    // As many workers as "all" says meet here and die together; the caller waits for them.
    togetherExit: each((i, { flags, times, all }) => {
      if (!isMainThread) Atomics.add(flags, 0, 1)
      const end = Date.now() + 5000
      while (Atomics.load(flags, 0) < all && Date.now() < end);
      if (isMainThread) return
      times[0] = Date.now()
      process.exit(3)
    }),
  })

  export const { square, meet, sum, list } = kernels(import.meta.url, {
    // Heavy enough to be shared whenever it is called.
    square: each((i, { y }) => { const end = performance.now() + 0.02; while (performance.now() < end); y[i] += i * i }),
    // Ends only when as many workers as there are chunks are inside at the same time.
    meet: range((start, end, { flags, all }) => {
      Atomics.add(flags, 1, 1)
      const late = Date.now() + 10_000
      while (Atomics.load(flags, 1) < all) if (Date.now() > late) throw new Error('not all workers came')
    }),
    sum: reduce({ identity: 0, fold: (acc, i, { y }) => acc + y[i], combine: (a, b) => a + b }),
    list: reduce({ identity: () => [], fold: (acc, i) => { acc.push(i); return acc }, combine: (a, b) => [...a, ...b] }),
  })`

const PROGRAM = `
  import { JobSystem } from 'spillway'
  import { deaths, list, meet, square, sum } from './all.kernels.js'
  import { Worker } from 'node:worker_threads'
  import { writeSync } from 'node:fs'

  const print = (value) => void writeSync(1, JSON.stringify(value) + '\\n')
  const sleep = (milliseconds) => new Promise((soon) => setTimeout(soon, milliseconds))
  const until = async (condition, what) => {
    const end = Date.now() + 10_000
    while (!condition()) {
      if (Date.now() > end) throw new Error('waited in vain: ' + what)
      await sleep(2)
    }
  }
  const WORKERS = /*workers*/
  const handles = []
  const withHandles = () => {
    const worker = new Worker(new URL('./all.kernels.js', import.meta.url))
    handles.push(worker)
    return worker
  }
  const lost = []
  let jobs, flags, times, y
  const start = async (options) => {
    jobs = await JobSystem.start({ workers: WORKERS, ...options })
    jobs.on('worker-lost', ({ code, worker, message }) => lost.push({ code, worker, message }))
    flags = jobs.int32(2)
    times = jobs.float64(2)
    y = jobs.float64(1000)
  }
  const whole = () => until(() => jobs.describe().workers.ready === WORKERS, 'for all workers to be ready')

  /** Makes a call that must be told about a lost worker: what it was told, how late, and whether the error came at all. */
  const fatal = async (mode, kernel, more = {}) => {
    flags.fill(0)
    let error = null
    try {
      const args = { flags, times, ...more }
      const range = 64
      if (mode === 'sync') kernel.kind === 'reduce' ? jobs.parallelReduceSync(range, kernel, args) : jobs.parallelForSync(range, kernel, args)
      else await (kernel.kind === 'reduce' ? jobs.parallelReduce(range, kernel, args) : jobs.parallelFor(range, kernel, args))
    } catch (caught) { error = caught }
    const late = Date.now() - times[0]
    return error === null ? { error: null, late } : {
      error: { name: error.name, code: error.code, worker: error.worker, kernel: error.kernel, message: error.message },
      late,
    }
  }

  /** True if calls of every kind give right answers now. */
  const works = async () => {
    y.fill(0)
    jobs.parallelForSync(1000, square, { y })
    await jobs.parallelFor(1000, square, { y })
    const sums = [jobs.parallelReduceSync(1000, sum, { y }), await jobs.parallelReduce(1000, sum, { y })]
    const lists = [jobs.parallelReduceSync(500, list), await jobs.parallelReduce(500, list)]
    return y.every((value, i) => value === 2 * i * i) && sums.every((value) => value === 665_667_000) &&
      lists.every((items) => items.length === 500 && items.every((value, i) => value === i))
  }

  /**
   * Calls beyond those that all loop slots together could serve: 0, unless a slot was lost for good. A slot that a worker is just
   * leaving is passed over, hence several tries.
   */
  const missingSlots = async () => {
    let queued
    for (let attempt = 0; attempt < 20 && queued !== 0; attempt++) {
      await sleep(20)
      const before = jobs.metrics().calls.queued
      const calls = Array.from({ length: 32 }, () => jobs.parallelFor(100, square, { y }))
      queued = jobs.metrics().calls.queued - before
      await Promise.all(calls)
    }
    return queued
  }

  /** Resolves once all workers have been inside one loop together. */
  const all = async () => {
    await whole()
    flags.fill(0)
    await jobs.parallelForChunks(WORKERS, 1, meet, { flags, all: WORKERS })
  }
`

export interface DeadlyOptions extends RunOptions {
  readonly workers?: number
  /** Further modules of the program. */
  readonly files?: Files
}

/** Runs a program with the parts above, and reads the JSON it prints last. */
export async function deadly<T>(body: string, options: DeadlyOptions = {}): Promise<T> {
  const { workers = 2, files = {}, ...rest } = options
  const main = PROGRAM.replace('/*workers*/', String(workers)) + body
  return answerOf<T>(
    await project.run({ 'all.kernels.js': KERNELS, 'main.js': main, ...files }, rest),
  )
}

export interface Fatal {
  readonly error: {
    readonly name: string
    readonly code: string
    readonly worker: number
    readonly kernel?: string
    readonly message: string
  } | null
  /** Milliseconds from the worker's last sign of life to the error. */
  readonly late: number
}

export interface Lost {
  readonly code: string
  readonly worker: number
  readonly message: string
}
