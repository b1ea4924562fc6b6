/** Node 20.19 and later, Bun and Deno, in the thread that starts workers. */
import type * as WorkerThreads from 'node:worker_threads'
import { BUNDLED, plainError, show, typeError } from '../errors.ts'
import { ENDED, UNNUMBERED } from '../layout/layout.ts'
import { canRequire } from './node-modules.ts'
import { MARK, yieldToEvents } from './node-worker.ts'
import { pause } from './pause.ts'
import { livesInSystem, otherThanNode } from './runtime.ts'
import type { Cores, FromWorker, Host, KeepAlive, WorkerHandle, WorkerHandlers } from './host.ts'

/** In a variable, so that bundlers do not add the files beside this one to a page. */
const HERE = import.meta.url

export function createNodeHost(): Host {
  const runtime = otherThanNode() ?? 'node'
  return {
    name: `${runtime} ${process.versions[runtime]} on ${process.platform} ${process.arch}`,
    serial: null,
    pause,
    canBlock,
    cores,
    keepAlive,
    startWorker,
    loader,
    yieldToEvents,
    after,
  }
}

/** Embedders (Electron's renderer, for one) forbid blocking in some threads; asking is the only way to know. */
function canBlock(): boolean {
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 0)
    return true
  } catch {
    return false
  }
}

const LONGEST_TIMER_MS = 0x7fff_ffff

function after(milliseconds: number, task: () => void): () => void {
  let timer: NodeJS.Timeout
  const arm = (left: number): void => {
    // A longer time would make Node fire at once.
    const step = Math.min(left, LONGEST_TIMER_MS)
    timer = setTimeout(() => (left > step ? arm(left - step) : task()), step)
    timer.unref()
  }
  arm(milliseconds)
  return () => clearTimeout(timer)
}

function keepAlive(): KeepAlive {
  const timer = setInterval(() => {}, LONGEST_TIMER_MS)
  timer.unref()
  let holders = 0
  return {
    hold() {
      if (holders++ === 0) timer.ref()
    },
    release() {
      if (--holders === 0) timer.unref()
    },
  }
}

function startWorker(
  label: string,
  factory: (() => unknown) | undefined,
  handlers: WorkerHandlers,
): WorkerHandle {
  const { Worker, setEnvironmentData } = process.getBuiltinModule('node:worker_threads')
  let worker: WorkerThreads.Worker
  setEnvironmentData(MARK, true)
  try {
    const made =
      factory === undefined
        ? new Worker(new URL('./worker-entry.js', HERE), workerOptions(label))
        : factory()
    if (!(made instanceof Worker)) {
      throw typeError(
        'ERR_OPTION',
        `worker must return a new Worker of node:worker_threads; got ${show(made)}`,
      )
    }
    worker = made
  } finally {
    setEnvironmentData(MARK, undefined)
  }
  let failure: unknown
  worker.on('error', (error) => (failure = error))
  let heard = false
  const isNode = otherThanNode() === null
  worker.on('message', (message: FromWorker) => {
    // The first reading makes Node remember when the thread's event loop began, which `isAliveInNode` relies on.
    if (isNode) isAliveInNode(worker)
    heard = true
    handlers.message(message)
  })
  const isOwn = factory === undefined
  worker.once('exit', () => handlers.ended(isOwn ? explained(failure) : failure))
  worker.unref()
  return {
    post: (message) => worker.postMessage(message),
    isAlive: (life) => (isNode && heard ? isAliveInNode(worker) : isAliveInSystem(life)),
    terminate: async () => void (await worker.terminate()),
  }
}

/** Says what to do if the library's own file is not there. */
function explained(failure: unknown): unknown {
  if (!(failure instanceof Error) || isInPackage()) return failure
  return plainError('ERR_WORKER_START', `${failure.message}${BUNDLED}`, failure)
}

/**
 * The licences beside the file tell the package's own folder from one that a bundler wrote, where a file of this name would have other
 * exports.
 */
function isInPackage(): boolean {
  const { existsSync } = process.getBuiltinModule('node:fs')
  return existsSync(new URL('./free-variables.LICENSES.txt', HERE))
}

function loader(file: string): (() => unknown) | null {
  if (!canRequire() || !isInPackage()) return null
  return () => process.getBuiltinModule('node:module').createRequire(import.meta.url)(`./${file}`)
}

/** Workers inherit the program's flags, of which one would say that our file is something to evaluate. */
function workerOptions(name: string): WorkerThreads.WorkerOptions {
  const flags = process.execArgv
  if (!flags.some((flag) => flag.startsWith('--input-type'))) return { name }
  return { name, execArgv: flags.filter((flag) => !flag.startsWith('--input-type')) }
}

/**
 * Whether a worker's thread still runs, asked without the help of an event loop: once the thread has stopped, Node answers with an
 * idle time of -1, and after `terminate()` with zeros. Only once this thread has heard of the worker. `docs/decisions/0004-worker-death.md` has the evidence for Node 20 to 26.
 */
function isAliveInNode(worker: WorkerThreads.Worker): boolean {
  const { idle, active } = worker.performance.eventLoopUtilization()
  return idle >= 0 && active > 0
}

/**
 * The same by the word that the thread sets when it exits, and by the system's list of threads, which not every system has and Deno
 * shows with all permissions only.
 */
function isAliveInSystem(life: number): boolean {
  return life !== ENDED && (life === UNNUMBERED || livesInSystem(life))
}

function cores(): Cores {
  const linux = process.platform === 'linux'
  const { availableParallelism } = process.getBuiltinModule('node:os')
  // Some versions of Node take the quota into account, rounded down: the mask says more then.
  const allowed = Math.max(availableParallelism(), linux ? maskSize() : 0)
  const quota = linux ? linuxQuota() : null
  // A quota of 1.5 cores feeds two workers three quarters of the time; rounding up wastes less than rounding down.
  const usable = quota === null ? allowed : Math.min(allowed, Math.max(1, Math.ceil(quota)))
  return { usable, allowed, quota }
}

function read(path: string): string {
  try {
    return process.getBuiltinModule('node:fs').readFileSync(path, 'utf8').trim()
  } catch {
    return ''
  }
}

/** Cpus in this thread's affinity mask, which has the cpuset in it; 0 if unknown. */
function maskSize(): number {
  const mask = /allowed:\s*(.+)/.exec(read('/proc/thread-self/status'))?.[1] ?? ''
  const bits = mask.replace(/./g, (digit) => Number.parseInt(digit, 16).toString(2))
  return bits.split('1').length - 1
}

/** The smallest cgroup CPU quota from this process's group up to the root, in cores; null for none. Reads v2 and v1. */
function linuxQuota(): number | null {
  let smallest = Infinity
  for (const line of read('/proc/self/cgroup').split('\n')) {
    const [hierarchy, controllers, path] = line.split(':')
    const v2 = hierarchy === '0'
    if (path === undefined || !(v2 || controllers.split(',').includes('cpu'))) continue
    const parts = path.split('/').filter((part) => part !== '' && part !== '..')
    for (let depth = parts.length; depth >= 0; depth--) {
      const group = parts.slice(0, depth).join('/')
      const [limit, period] = v2
        ? read(`/sys/fs/cgroup/${group}/cpu.max`).split(' ')
        : [
            read(`/sys/fs/cgroup/cpu/${group}/cpu.cfs_quota_us`),
            read(`/sys/fs/cgroup/cpu/${group}/cpu.cfs_period_us`),
          ]
      const quota = Number(limit) / Number(period)
      if (Number(limit) > 0 && quota > 0) smallest = Math.min(smallest, quota)
    }
  }
  return smallest === Infinity ? null : smallest
}
