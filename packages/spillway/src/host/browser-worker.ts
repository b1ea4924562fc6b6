/** Pages and their workers, in workers of a system. */
import { store } from '../core/atomics.ts'
import { UNNUMBERED } from '../layout/layout.ts'
import type { FromWorker, ToWorker, WorkerPort } from './host.ts'
import { importModule } from './import-module.ts'

/** What a browser's worker tells its starter besides, in place of events that browsers do not have. */
export type LifeMessage =
  /** The worker holds this lock as long as its thread lives. */
  | { readonly type: 'spillway:lock'; readonly name: string }
  /** The worker ends by itself, now. */
  | { readonly type: 'spillway:ended' }

interface WorkerScope {
  readonly name: string
  postMessage(message: FromWorker | LifeMessage): void
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void
  close(): void
}

/** This thread's global object if it is a dedicated worker of a browser, else null. */
export function workerScope(): WorkerScope | null {
  const { DedicatedWorkerGlobalScope: Scope } = globalThis as {
    DedicatedWorkerGlobalScope?: new () => unknown
  }
  return typeof Scope === 'function' && globalThis instanceof Scope
    ? (globalThis as unknown as WorkerScope)
    : null
}

/** A port to whoever started this worker. Whether that is a system shows when its first message comes. */
export function browserWorkerPort(): WorkerPort | null {
  const scope = workerScope()
  if (scope === null) return null
  let locked: Promise<void> | undefined
  return {
    post: (message) => scope.postMessage(message),
    listen(receive) {
      scope.addEventListener('message', ({ data }) => {
        const { type } = (data ?? {}) as { type?: unknown }
        if (typeof type === 'string' && type.startsWith('spillway:')) receive(data as ToWorker)
      })
    },
    async load(urls) {
      await (locked ??= tellLock(scope))
      for (const url of urls) await loadModule(url)
    },
    lives: (words, at) => store(words, at, UNNUMBERED),
    loader: () => null,
    close() {
      scope.postMessage({ type: 'spillway:ended' })
      scope.close()
    },
    yieldToEvents,
  }
}

async function tellLock(scope: WorkerScope): Promise<void> {
  const name = await holdLock()
  if (name !== null) scope.postMessage({ type: 'spillway:lock', name })
}

/** Takes a lock that the browser gives to the next in line when this thread ends, however it does; its name. */
function holdLock(): Promise<string | null> {
  const { locks } = navigator as { locks?: LockManager }
  if (locks === undefined) return Promise.resolve(null)
  const name = `spillway:${crypto.randomUUID()}`
  return new Promise((resolve) => {
    const held = locks.request(name, () => {
      resolve(name)
      return new Promise<never>(() => {})
    })
    // Refused where a page has no storage of its own, such as a sandboxed frame.
    held.catch(() => resolve(null))
  })
}

async function loadModule(url: string): Promise<void> {
  try {
    await importModule(url)
  } catch (error) {
    if (!(error instanceof TypeError) || !/specifier|Module name/i.test(error.message)) throw error
    error.message +=
      ". Import maps do not reach a browser's workers: in a module that workers load, import 'spillway/kernel' by its URL, or bundle"
    throw error
  }
}

const STARTS = Symbol.for('spillway.starts')

/** Remembers that this thread starts a system: should it turn out to be a worker of one, that was a mistake. */
export function noteStart(): void {
  ;(globalThis as { [STARTS]?: true })[STARTS] = true
}

export function hasStarted(): boolean {
  return (globalThis as { [STARTS]?: true })[STARTS] === true
}

let turns: MessageChannel | undefined
const waiting: (() => void)[] = []

/** A message to oneself: timers wait at least 4 ms after a few in a row, and a second in a hidden page. */
export function yieldToEvents(): Promise<void> {
  if (turns === undefined) {
    turns = new MessageChannel()
    turns.port1.addEventListener('message', () => waiting.shift()?.())
    turns.port1.start()
  }
  const { port2 } = turns
  return new Promise((resolve) => {
    waiting.push(resolve)
    port2.postMessage(null)
  })
}
