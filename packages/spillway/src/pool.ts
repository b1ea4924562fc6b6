/** The workers of one system: start, handshake, loss and replacement, end. Starter only. */
import { cancelSleep, wakeAll, wakeThread } from './core/sleep/park.ts'
import { load, store } from './core/atomics.ts'
import { WorkerStartError, show } from './errors.ts'
import type { SharedHeap } from './heap/heap.ts'
import { now } from './host/clock.ts'
import type { FromWorker, Host, InitMessage, ReadyMessage, WorkerHandle } from './host/host.ts'
import { BOOTING, H_STOP, OTHER_THREADS, W_LIFE, workerAt } from './layout/layout.ts'
import { registeredKernels } from './kernels/registry.ts'
import type { Plan } from './topology/plan.ts'
import { VERSION } from './version.ts'

const START_SECONDS = 30
const SILENCE = `workers did not answer within ${START_SECONDS} s; does the file of the option worker import the kernels modules?`
/** A worker that was lost this often in a row before it took work is not started again. */
const FRUITLESS_STARTS = 3

interface Seat {
  handle: WorkerHandle | null
  ready: boolean
  fruitless: number
}

export interface PoolSetup {
  readonly host: Host
  readonly heap: SharedHeap
  readonly workers: number
  readonly spinMs: number
  readonly name: string
  readonly factory: (() => unknown) | undefined
  readonly foreign: readonly SharedArrayBuffer[]
  /** Null for workers that are not placed. */
  readonly plan: Plan | null
  /** A worker's thread ended though the system is open. `replaced` is false once the pool gives up on this seat. */
  readonly lost: (worker: number, cause: unknown, replaced: boolean) => void
  /** A worker needs the worker of async jobs. */
  readonly wantAsync: () => void
}

export class WorkerPool {
  /** Of this library, for descriptions. */
  readonly version = VERSION
  readonly #setup: PoolSetup
  readonly #words: Int32Array
  readonly #seats: Seat[]
  /** Of the worker of async jobs, which is started on first use. */
  readonly #asyncSeat: Seat = { handle: null, ready: false, fruitless: 0 }
  #closing = false
  globals: ReadonlySet<string> = new Set()

  constructor(setup: PoolSetup) {
    this.#setup = setup
    this.#words = setup.heap.views.words
    this.#seats = Array.from({ length: setup.workers }, () => ({
      handle: null,
      ready: false,
      fruitless: 0,
    }))
  }

  get setup(): PoolSetup {
    return this.#setup
  }

  get #threads(): Seat[] {
    return [...this.#seats, this.#asyncSeat]
  }

  /** Workers that have answered the handshake and live, as far as this thread knows. */
  get living(): number {
    return this.#seats.filter((seat) => seat.ready).length
  }

  /**
   * Starts all workers and waits until each knows the program's kernels and is pinned. Rejects, with none left running, if one does
   * not, or if one cannot be pinned that must be.
   */
  async start(): Promise<void> {
    let stopTimer: (() => void) | undefined
    const late = new Promise<never>((_, reject) => {
      // Time that passes while this thread is suspended, as in a page that the browser has frozen, is not the workers' fault.
      let seconds = 0
      const tick = (): void => {
        if (seconds++ === START_SECONDS) reject(new WorkerStartError(SILENCE))
        else stopTimer = this.#setup.host.after(1000, tick)
      }
      tick()
    })
    try {
      await Promise.race([
        Promise.all(this.#seats.map((_, worker) => this.#startFirst(worker))),
        late,
      ])
      await this.#setup.plan?.settled()
    } catch (error) {
      await this.terminate()
      throw error
    } finally {
      stopTimer?.()
    }
  }

  #startFirst(worker: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#seat(worker, false, (answer) => {
        if (answer instanceof Error) reject(answer)
        else {
          const mismatch = this.#mismatch(answer)
          if (mismatch !== null) reject(mismatch)
          else resolve()
        }
      })
    })
  }

  #seatOf(worker: number): Seat {
    return worker < this.#seats.length ? this.#seats[worker] : this.#asyncSeat
  }

  /** Starts the worker of async jobs, if none runs. What it was sent before it is ready waits for it. */
  startAsync(): void {
    if (this.#asyncSeat.handle !== null || this.#closing) return
    this.#seat(this.#setup.workers + 1, false, () => {})
  }

  /** Puts a new thread on a seat; `answer` hears the first thing that comes of it. */
  #seat(worker: number, again: boolean, answer: (outcome: ReadyMessage | Error) => void): void {
    const { host, name, factory, plan } = this.#setup
    const seat = this.#seatOf(worker)
    let answered = false
    const once = (outcome: ReadyMessage | Error): void => {
      if (!answered) answer(outcome)
      answered = true
    }
    // Also if there will be none: what the last one said is not true of its successor.
    store(this.#words, workerAt(worker, this.#setup.workers) + W_LIFE, BOOTING)
    const handle = host.startWorker(`${name} worker ${worker}`, factory, {
      message: (message) => {
        if (seat.handle !== handle) return
        if (message.type === 'spillway:thread') plan?.pinner.began(worker, message.thread)
        else this.#answer(seat, message, once)
      },
      ended: (error) => {
        once(startFailure(worker, error))
        if (seat.handle === handle) this.#lose(worker, error)
      },
    })
    seat.handle = handle
    seat.ready = false
    handle.post(this.#init(worker, again))
  }

  #answer(seat: Seat, message: FromWorker, once: (outcome: ReadyMessage | Error) => void): void {
    if (message.type === 'spillway:failed') return once(asStartError(message.error))
    if (message.type === 'spillway:async') return this.#setup.wantAsync()
    if (message.type !== 'spillway:ready') return
    seat.ready = true
    this.globals = new Set(message.globals)
    once(message)
  }

  #init(worker: number, again: boolean): InitMessage {
    const { heap, workers, spinMs, factory, foreign, name, plan } = this.#setup
    return {
      type: 'spillway:init',
      version: VERSION,
      system: name,
      memory: heap.memory,
      workers,
      worker,
      spinMs,
      again,
      modules: factory === undefined ? moduleUrls() : [],
      foreign: [...foreign],
      // The worker of async jobs spends its time waiting: the operating system may put it anywhere.
      unpinned: worker < workers ? plan?.unpinned : undefined,
      victims: plan?.stealOrders[worker],
    }
  }

  #mismatch(answer: ReadyMessage): WorkerStartError | null {
    const here = registeredKernels().map((kernel) => kernel.name)
    const there = new Set(answer.kernels)
    if (here.every((name) => there.has(name))) return null
    return new WorkerStartError(
      'the workers do not know the same kernels as the program.\n' +
        `  program: ${list(here)}\n  worker:  ${list(answer.kernels)}\n` +
        `  missing in the worker: ${list(here.filter((name) => !there.has(name)))}. ` +
        'The file that the worker option starts must import every kernels module that the program imports',
      'ERR_KERNEL_MISMATCH',
    )
  }

  /** Looks for threads that ended while this one was blocked. Cheap; callable anywhere. */
  probe(): void {
    for (let worker = 0; worker < this.#seats.length + OTHER_THREADS; worker++) {
      const { handle } = this.#seatOf(worker)
      const life = load(this.#words, workerAt(worker, this.#setup.workers) + W_LIFE)
      // The first word of a thread that was started anew may still lie in the event loop of this one.
      if (handle !== null && life !== BOOTING && !handle.isAlive(life)) {
        this.#lose(worker, undefined)
      }
    }
  }

  #lose(worker: number, cause: unknown): void {
    const seat = this.#seatOf(worker)
    const { workers, lost } = this.#setup
    const self = workerAt(worker, workers)
    seat.handle = null
    seat.ready = false
    seat.fruitless = load(this.#words, self + W_LIFE) === BOOTING ? seat.fruitless + 1 : 0
    if (this.#closing) return
    cancelSleep(this.#words, self)
    const replaced = seat.fruitless < FRUITLESS_STARTS
    lost(worker, cause, replaced)
    if (replaced) this.#replace(worker)
    // A wake-up may have gone to the dead: whoever still sleeps looks after what it was for.
    wakeAll(this.#words, workers)
  }

  #replace(worker: number): void {
    try {
      this.#seat(worker, true, () => {})
    } catch (error) {
      // The user's factory threw, or made something else. In a task of its own: the factory may fail for ever.
      this.#setup.host.after(0, () => this.#lose(worker, error))
    }
  }

  /** True once no worker lives and none will be started again. */
  get isGivenUp(): boolean {
    return this.#seats.length > 0 && this.#seats.every((seat) => seat.fruitless >= FRUITLESS_STARTS)
  }

  /** Tells every worker about a foreign buffer. */
  announce(id: number, buffer: SharedArrayBuffer): void {
    for (const { handle } of this.#threads) handle?.post({ type: 'spillway:buffer', id, buffer })
  }

  /** Asks the workers to end and waits for them; those that do not within `milliseconds` are terminated. */
  async close(milliseconds: number): Promise<void> {
    this.#closing = true
    store(this.#words, H_STOP, 1)
    wakeAll(this.#words, this.#setup.workers)
    wakeThread(this.#words, this.#setup.workers, this.#setup.workers + 1)
    const end = now() + milliseconds
    while (this.#threads.some((seat) => seat.handle !== null) && now() < end) {
      await new Promise<void>((resolve) => this.#setup.host.after(1, resolve))
    }
    await this.terminate()
  }

  async terminate(): Promise<void> {
    this.#closing = true
    await Promise.all(this.#threads.flatMap(({ handle }) => handle?.terminate() ?? []))
  }
}

function moduleUrls(): string[] {
  return [...new Set(registeredKernels().flatMap((kernel) => kernel.url ?? []))]
}

function list(names: readonly string[]): string {
  return names.length === 0 ? '(none)' : [...names].toSorted().join(', ')
}

function startFailure(worker: number, error: unknown): WorkerStartError {
  const reason = error instanceof Error ? error.message : 'its thread ended'
  return new WorkerStartError(
    `worker ${worker} ended before it was ready: ${reason}`,
    'ERR_WORKER_START',
    error,
  )
}

/** What a worker reports when its kernels could not be loaded, made an error again. */
function asStartError(reported: unknown): WorkerStartError {
  const { name, message, stack, code } = (reported ?? {}) as Record<string, unknown>
  if (typeof message !== 'string') {
    return new WorkerStartError(`a worker could not load the kernels: ${show(reported)}`)
  }
  const cause = Object.assign(new Error(message), { name, stack })
  const known =
    code === 'ERR_START_IN_WORKER' || code === 'ERR_VERSION' || code === 'ERR_KERNEL_NAME'
  return new WorkerStartError(
    known ? message : `a worker could not load the kernels: ${String(name)}: ${message}`,
    known ? code : 'ERR_WORKER_START',
    cause,
  )
}
