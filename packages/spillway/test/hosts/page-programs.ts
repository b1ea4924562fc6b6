/** Programs for pages. Each reports results as scenarios do. */
import { JobSystem } from 'spillway'
import { check, equal, failureOf } from './check.ts'
import { runScenarios } from './run.ts'
import { fresh } from './scenarios.ts'
import { jobKernels, loops } from './scenarios.kernels.ts'

type Report = (value: unknown) => Promise<void>
type Program = (runtime: string, report: Report) => Promise<void>

async function scenariosHere(runtime: string, report: Report): Promise<void> {
  const isPage = typeof document !== 'undefined'
  const isSerial = typeof SharedArrayBuffer === 'undefined'
  const reports: Promise<void>[] = []
  const setting = { runtime, workers: 2, mayBlock: !isPage || isSerial, isSerial, canExit: false }
  await runScenarios(setting, (result) => reports.push(report(result)))
  await Promise.all(reports)
}

/** One result per check, in the order they are written down. */
async function each(
  report: Report,
  checks: Readonly<Record<string, () => Promise<void>>>,
): Promise<void> {
  for (const [name, run] of Object.entries(checks)) {
    let failure: string | null = null
    try {
      await run()
    } catch (error) {
      failure = `${(error as Error).message}\n${(error as Error).stack}`
    }
    await report({ name, failure })
  }
}

/** Workers of the program's own file, as a bundler wants them; kept, so that a test can end one. */
function ownWorkers(): { readonly made: Worker[]; readonly worker: () => Worker } {
  const made: Worker[] = []
  const worker = (): Worker => {
    const one = new Worker(new URL('./own-worker.js', import.meta.url), { type: 'module' })
    made.push(one)
    return one
  }
  return { made, worker }
}

const lives: Readonly<Record<string, () => Promise<void>>> = {
  async 'workers of the program’s own file'() {
    const { worker } = ownWorkers()
    const jobs = await JobSystem.start({ workers: 2, worker })
    const x = jobs.float64(50_000)
    await jobs.parallelFor(x.length, fresh(loops.add), { x, by: 2 })
    check(
      x.every((value) => value === 2),
      'values',
    )
    await jobs.close()
  },

  async 'an awaited call learns of a terminated worker, which is replaced'() {
    const { made, worker } = ownWorkers()
    const jobs = await JobSystem.start({ workers: 2, worker })
    const done = jobs.int32(1)
    const loop = failureOf('a lost worker', () =>
      jobs.parallelFor(100_000, fresh(loops.slow), { done, ms: 1 }),
    )
    setTimeout(() => made[0]!.terminate(), 50)
    equal((await loop).code, 'ERR_WORKER_LOST', 'code')
    const counts = jobs.int32(50_000)
    await jobs.parallelFor(counts.length, fresh(loops.count), { counts })
    check(
      counts.every((count) => count === 1),
      'the next loop',
    )
    equal(made.length, 3, 'workers made')
    await jobs.close()
  },

  async 'closing without draining ends workers in mid-kernel'() {
    const jobs = await JobSystem.start({ workers: 2 })
    const done = jobs.int32(1)
    const loop = failureOf('cancelled', () =>
      jobs.parallelFor(1_000_000, fresh(loops.slow), { done, ms: 1 }),
    )
    await jobs.close({ drain: false })
    equal((await loop).code, 'ERR_CLOSED', 'code')
    // A worker that ends by itself still holds its lock when it says so.
    const late = performance.now() + 10_000
    for (;;) {
      const { held = [] } = await navigator.locks.query()
      if (held.length === 0) break
      check(performance.now() < late, `${held.length} threads still live`)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  },
}

const mistakes: Readonly<Record<string, () => Promise<void>>> = {
  async 'a worker file that does not exist'() {
    const worker = (): Worker =>
      new Worker(new URL('./nowhere.js', import.meta.url), { type: 'module' })
    const { code, message } = await failureOf('start', () =>
      JobSystem.start({ workers: 2, worker }),
    )
    equal(code, 'ERR_WORKER_START', 'code')
    check(/could not be loaded/.test(message), message)
  },

  async 'a worker file that is no JavaScript'() {
    const worker = (): Worker =>
      new Worker(new URL('./empty.html', import.meta.url), { type: 'module' })
    const { code, message } = await failureOf('start', () =>
      JobSystem.start({ workers: 2, worker }),
    )
    equal(code, 'ERR_WORKER_START', 'code')
    check(/served as something else than JavaScript/.test(message), message)
  },

  async 'a worker file that is served without isolation'() {
    const url = import.meta.url.replace('/isolated/', '/open/').replace(/[^/]*$/, 'own-worker.js')
    const worker = (): Worker => new Worker(url, { type: 'module' })
    const { code, message } = await failureOf('start', () =>
      JobSystem.start({ workers: 2, worker }),
    )
    equal(code, 'ERR_WORKER_START', 'code')
    check(/without the Cross-Origin-Embedder-Policy/.test(message), message)
  },

  async 'a worker file that throws'() {
    const worker = (): Worker =>
      new Worker(new URL('./throwing-worker.js', import.meta.url), { type: 'module' })
    const { code, message } = await failureOf('start', () =>
      JobSystem.start({ workers: 1, worker }),
    )
    equal(code, 'ERR_WORKER_START', 'code')
    check(/thrown on purpose/.test(message), message)
  },

  async 'a worker file of another version'() {
    const worker = (): Worker =>
      new Worker(new URL('./old-worker.js', import.meta.url), { type: 'module' })
    const { code, message } = await failureOf('start', () =>
      JobSystem.start({ workers: 1, worker }),
    )
    equal(code, 'ERR_VERSION', 'code')
    check(message.includes('0.0.1'), message)
  },

  async 'a worker option that makes something else'() {
    const start = (): unknown => JobSystem.start({ workers: 1, worker: () => ({}) as Worker })
    const { name, code } = await failureOf('start', start)
    equal([name, code], ['TypeError', 'ERR_OPTION'], 'error')
  },

  async 'a worker file that starts a system'() {
    const worker = (): Worker =>
      new Worker(new URL('./starting-worker.js', import.meta.url), { type: 'module' })
    const { code, message } = await failureOf('start', () =>
      JobSystem.start({ workers: 1, worker }),
    )
    equal(code, 'ERR_START_IN_WORKER', 'code')
    check(
      /JobSystem.start was called in a module that the workers load/.test(message),
      `${code} ${message}`,
    )
  },

  async 'a kernels module that throws in workers'() {
    await import('./broken.kernels.ts')
    const { code, message } = await failureOf('start', () => JobSystem.start({ workers: 2 }))
    equal(code, 'ERR_WORKER_START', 'code')
    check(/broken on purpose/.test(message), message)
  },
}

/** What runs in a worker runs on after `close()`, until it comes to its event loop: a pool keeps such a worker till then. */
const closing: Readonly<Record<string, () => Promise<void>>> = {
  async 'a kernel that closes its worker ends no loop'() {
    const jobs = await JobSystem.start({ workers: 2 })
    const counts = jobs.int32(500)
    const args = { counts, came: jobs.int32(1) }
    if (typeof document !== 'undefined') {
      await jobs.parallelFor(counts.length, fresh(loops.closeOnce), args)
    } else jobs.parallelForSync(counts.length, fresh(loops.closeOnce), args)
    check(args.came[0]! > 0, 'a worker has closed itself')
    await jobs.parallelFor(counts.length, fresh(loops.count), { counts })
    check(
      counts.every((count) => count === 2),
      'every index ran, twice',
    )
    await jobs.close()
  },
}

/** The same in a worker that the page starts, and that starts workers of its own. */
function inWorker(program: string): Program {
  return async () => {
    const [, ...rest] = location.hash.slice(1).split('&')
    const url = new URL(`./page.js#${[program, ...rest].join('&')}`, import.meta.url)
    const worker = new Worker(url, { type: 'module' })
    await new Promise<void>((_, reject) => {
      worker.addEventListener('error', ({ message }) =>
        reject(new Error(`the program's worker: ${message}`)),
      )
    })
  }
}

export const programs: Readonly<Record<string, Program>> = {
  scenarios: scenariosHere,

  worker: inWorker('scenarios'),

  closing: (_runtime, report) => each(report, closing),

  'closing-in-worker': inWorker('closing'),

  lives: (_runtime, report) => each(report, lives),

  mistakes: (_runtime, report) => each(report, mistakes),

  /** A page of 60 frames a second goes on drawing while it awaits. */
  frames: (_runtime, report) =>
    each(report, {
      async 'frames are drawn during a long awaited loop'() {
        const jobs = await JobSystem.start({ workers: 2 })
        const done = jobs.int32(1)
        let frames = 0
        let isOver = false
        const frame = (): void => {
          frames++
          if (!isOver) requestAnimationFrame(frame)
        }
        requestAnimationFrame(frame)
        await jobs.parallelFor(2000, fresh(loops.slow), { done, ms: 1 })
        isOver = true
        equal(done[0], 2000, 'indexes')
        // A loop of a second or two: a tenth of its frames is far more than a page that stands still draws.
        check(frames >= 10, `${frames} frames`)
        await jobs.close()
      },
    }),

  'import-map': (_runtime, report) =>
    each(report, {
      async 'an import map serves the page, and workers say that it does not reach them'() {
        await import('./bare.kernels.ts')
        const { code, message } = await failureOf('start', () => JobSystem.start({ workers: 1 }))
        equal(code, 'ERR_WORKER_START', 'code')
        check(/Import maps do not reach a browser's workers/.test(message), message)
        const jobs = await JobSystem.start({ workers: 0 })
        await jobs.close()
      },
    }),

  'older-browser': (_runtime, report) =>
    each(report, {
      async 'a browser without Atomics.waitAsync runs everything in the page'() {
        delete (Atomics as { waitAsync?: unknown }).waitAsync
        const jobs = await JobSystem.start({ workers: 2 })
        check(/no Atomics\.waitAsync/.test(String(jobs.describe().serial)), 'the reason')
        const x = jobs.float64(1000)
        await jobs.parallelFor(x.length, fresh(loops.add), { x, by: 2 })
        jobs.parallelForSync(x.length, fresh(loops.add), { x, by: 1 })
        check(
          x.every((value) => value === 3),
          'values',
        )
        equal(await jobs.run(jobKernels.later, 1), 'after 1', 'an async job')
        await jobs.close()
      },
    }),

  'no-workers': (_runtime, report) =>
    each(report, {
      async 'a policy that forbids workers is named'() {
        const { code, message } = await failureOf('start', () => JobSystem.start({ workers: 1 }))
        equal(code, 'ERR_WORKER_START', 'code')
        check(/Content-Security-Policy/.test(message), message)
      },

      async 'also to a program that makes its workers itself'() {
        const { worker } = ownWorkers()
        const { code, message } = await failureOf('start', () =>
          JobSystem.start({ workers: 1, worker }),
        )
        equal(code, 'ERR_WORKER_START', `code of ${message}`)
        check(/Content-Security-Policy/.test(message), message)
      },
    }),
}
