/**
 * A worker that is to be pinned: tells its thread's number, and keeps what it starts from being pinned with it.
 *
 * A thread or process inherits the mask of the thread that starts it. Whoever pins is another thread and cannot know what a kernel is
 * about to start, so the worker takes its own pin off while it starts something. The functions that start things are replaced in this
 * worker only; a CommonJS module that took one out of its module before this worker was told to be pinned still has the original.
 */
import { parseCpuList } from '../topology/cpu-list.ts'
import type { Affinity } from '../topology/affinity.ts'
import { findAffinityNow } from './affinity.ts'
import { detectFiles } from './files.ts'
import type { WorkerPort } from './host.ts'
import { systemThread } from './runtime.ts'

/** Called before anything of the program has loaded. What this thread starts from now on may run on all of `cpus`. */
export function preparePinned(cpus: readonly number[], port: WorkerPort): void {
  const thread = systemThread()
  port.post({ type: 'spillway:thread', thread })
  if (thread !== null) startUnpinned(thread, cpus)
}

function startUnpinned(thread: number, cpus: readonly number[]): void {
  const files = detectFiles('/')
  if (files === null) return
  let affinity: Affinity | null | undefined
  const all = cpus.join()
  const own = (): readonly number[] | null => {
    const status = files.text('proc/thread-self/status') ?? ''
    return parseCpuList(/^Cpus_allowed_list:\s*(\S+)/m.exec(status)?.[1] ?? 'none')
  }
  wrapStarters((start) => {
    const pinned = own()
    if (pinned === null || pinned.join() === all) return start()
    affinity ??= findAffinityNow()
    affinity?.bindNow(thread, cpus)
    try {
      return start()
    } finally {
      affinity?.bindNow(thread, pinned)
    }
  })
}

type Around = <T>(start: () => T) => T

function wrapStarters(around: Around): void {
  const processes = process.getBuiltinModule('node:child_process')
  const threads = process.getBuiltinModule('node:worker_threads')
  const wrap = (owner: object, name: string): void => {
    const functions = owner as Record<string, (...args: unknown[]) => unknown>
    const original = functions[name]!
    functions[name] = function (this: unknown, ...args: unknown[]): unknown {
      return around(() => original.apply(this, args))
    }
  }
  // All that does not wait for its end goes through this method.
  wrap(processes.ChildProcess.prototype, 'spawn')
  for (const name of ['spawnSync', 'execFileSync', 'execSync']) wrap(processes, name)
  const { Worker } = threads
  threads.Worker = new Proxy(Worker, {
    construct: (target, args, made) =>
      around(() => Reflect.construct(target, args, made) as object),
  })
  process.getBuiltinModule('node:module').syncBuiltinESMExports()
}
