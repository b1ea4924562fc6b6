/** Pages, and workers of pages that start systems of their own. Loaded only there. */
import { BUNDLED, plainError, show, typeError } from '../errors.ts'
import { workerScope, yieldToEvents } from './browser-worker.ts'
import type { LifeMessage } from './browser-worker.ts'
import type { FromWorker, Host, Serial, WorkerHandle, WorkerHandlers } from './host.ts'
import { localMemory } from './local-memory.ts'
import { pause } from './pause.ts'

/**
 * In a variable, so that bundlers leave the file beside this one alone: in a worker of theirs it would have to import the kernels by
 * URLs, where none are once they are bundled.
 */
const HERE = import.meta.url

/** A terminated worker's lock is free after some milliseconds; without locks nobody tells. */
const TERMINATED_MS = 1000

/** How long a worker may take to hear that it is one of a system. */
const OWN_MESSAGE_MS = 20

/** The browser; or `node`, which lacks shared memory. */
export async function findHost(node: Host | null): Promise<Host> {
  if (node !== null) return { ...node, serial: findSerial(0) }
  // Should this be a worker of a system itself, the message that says so is on its way.
  if (workerScope() !== null) await new Promise((resolve) => setTimeout(resolve, OWN_MESSAGE_MS))
  const count = navigator.hardwareConcurrency || 1
  return {
    name: browserName(navigator.userAgent),
    serial: findSerial(count),
    pause,
    canBlock,
    cores: () => ({ usable: count, allowed: count, quota: null }),
    // A page lives as long as it is open.
    keepAlive: () => ({ hold() {}, release() {} }),
    startWorker,
    loader: () => null,
    yieldToEvents,
    after,
  }
}

/** Memory cannot be shared without isolation: a browser hides the class then, or refuses to send what it makes. */
function findSerial(count: number): Serial | null {
  if (typeof SharedArrayBuffer === 'undefined' || typeof WebAssembly === 'undefined') {
    const reason =
      'memory cannot be shared: there is no SharedArrayBuffer. A page needs the headers ' +
      'Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp'
    return { reason, memory: localMemory }
  }
  if (typeof Atomics.waitAsync !== 'function') {
    return { reason: 'this browser has no Atomics.waitAsync', memory: localMemory }
  }
  if (typeof Worker === 'undefined') {
    return { reason: 'this thread of the browser cannot start workers', memory: localMemory }
  }
  return count === 1 ? { reason: 'this machine has one core', memory: null } : null
}

function browserName(agent: string): string {
  const [, name, version] = /(Firefox|Edg|OPR|Chrome|Version)\/(\d+)/.exec(agent) ?? []
  const known = name === 'Version' ? 'Safari' : name === 'Edg' ? 'Edge' : name
  return known === undefined ? 'a browser' : `${known} ${version}`
}

/** Asking is the only way to know: pages may not, workers may. */
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
  let timer: number | undefined
  const arm = (left: number): void => {
    const step = Math.min(left, LONGEST_TIMER_MS)
    timer = setTimeout(() => (left > step ? arm(left - step) : task()), step) as unknown as number
  }
  arm(milliseconds)
  return () => clearTimeout(timer)
}

function startWorker(
  label: string,
  factory: (() => unknown) | undefined,
  handlers: WorkerHandlers,
): WorkerHandle {
  const worker = makeWorker(label, factory)
  const life = new Life(worker, handlers, factory === undefined ? BUNDLED : '')
  return {
    post: (message) => worker.postMessage(message),
    // A thread that waits hears of no lock. It relies on that nobody else has the worker to terminate it: docs/decisions/0009-hosts.md.
    isAlive: () => !life.ended,
    terminate: () => life.terminate(),
  }
}

function makeWorker(label: string, factory: (() => unknown) | undefined): Worker {
  if (factory === undefined) {
    try {
      return new Worker(new URL('./browser-entry.js', HERE), { type: 'module', name: label })
    } catch (error) {
      throw plainError('ERR_WORKER_START', `${blocked}: ${(error as Error).message}${BUNDLED}`)
    }
  }
  const made = factory()
  if (made instanceof Worker) return made
  throw typeError('ERR_OPTION', `worker must return a new Worker; got ${show(made)}`)
}

const blocked =
  "the browser refused to start a worker (a worker's script must come from the page's own origin, and a Content-Security-Policy must allow it: worker-src)"

/** Watches one worker: browsers have no event for its end. */
class Life {
  readonly #worker: Worker
  readonly #handlers: WorkerHandlers
  /** What may help if its script cannot be loaded. */
  readonly #help: string
  readonly #unlocked: Promise<void>
  #gotUnlocked: () => void = () => {}
  #hasLock = false
  #spoke = false
  ended = false

  constructor(worker: Worker, handlers: WorkerHandlers, help: string) {
    this.#worker = worker
    this.#handlers = handlers
    this.#help = help
    this.#unlocked = new Promise((resolve) => (this.#gotUnlocked = resolve))
    worker.addEventListener('message', ({ data }: MessageEvent<FromWorker | LifeMessage>) =>
      this.#heard(data),
    )
    worker.addEventListener('error', (event) => this.#failed(event))
    worker.addEventListener('messageerror', () =>
      this.#end(plainError('ERR_WORKER_START', 'a message could not cross to it')),
    )
  }

  #heard(message: FromWorker | LifeMessage): void {
    if (message?.type === 'spillway:lock') return this.#watch(message.name)
    if (message?.type === 'spillway:ended') return this.#end(undefined)
    if (typeof message?.type !== 'string' || !message.type.startsWith('spillway:')) return
    this.#spoke = true
    this.#handlers.message(message)
  }

  /** The lock is ours once the worker's thread has ended. */
  #watch(name: string): void {
    this.#hasLock = true
    const ended = (): void => {
      this.#gotUnlocked()
      this.#end(undefined)
    }
    void navigator.locks.request(name, ended).catch(() => {})
  }

  /** Before the worker has answered, its script did not load or threw; later an error of a timer, say, ends nothing. */
  #failed(event: ErrorEvent): void {
    if (this.#spoke || this.ended) return
    event.preventDefault?.()
    const { message, filename, lineno } = event
    const reason = message
      ? `${message} (${filename}:${lineno})`
      : 'its script could not be loaded (it is not there, is served as something else than JavaScript or without the ' +
        "Cross-Origin-Embedder-Policy of the page), or the page's Content-Security-Policy (worker-src) forbids it" +
        this.#help
    this.#worker.terminate()
    this.#end((event.error as Error | undefined) ?? plainError('ERR_WORKER_START', reason))
  }

  #end(error: unknown): void {
    if (this.ended) return
    this.ended = true
    this.#handlers.ended(error)
  }

  /** Resolves once the thread has ended, as far as that can be known. */
  async terminate(): Promise<void> {
    this.#worker.terminate()
    if (this.#hasLock) {
      let stop = (): void => {}
      const late = new Promise<void>((resolve) => (stop = after(TERMINATED_MS, resolve)))
      await Promise.race([this.#unlocked, late])
      stop()
    }
    this.#end(undefined)
  }
}
