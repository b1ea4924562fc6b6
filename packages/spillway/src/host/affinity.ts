/** Backends that bind threads of this process to cpus, the first that works in this order: the runtime's FFI, koffi, taskset. */
import type * as ChildProcess from 'node:child_process'
import { formatCpuList } from '../topology/cpu-list.ts'
import { affinityMask } from '../topology/affinity.ts'
import type { Affinity, FoundAffinity } from '../topology/affinity.ts'
import { isNode } from './runtime.ts'

/** `sched_setaffinity(2)`: 0, or an error number, 0 again if it cannot be told. */
type SetAffinity = (
  thread: number,
  mask: Uint8Array,
) => { readonly done: boolean; readonly errno: number }

/** The first backend that works here. Loading one takes 1 to 20 ms. */
export async function findAffinity(): Promise<FoundAffinity> {
  if (!isNode()) return { backend: null, reason: 'no backend: this runtime has no call for it' }
  if (process.platform === 'darwin') {
    return { backend: null, reason: 'no affinity call on macOS' }
  }
  if (process.platform !== 'linux') {
    return { backend: null, reason: `no backend for ${process.platform}` }
  }
  const found = runtimeAffinity() ?? (await koffiAffinity()) ?? tasksetAffinity()
  return found ?? { backend: null, reason: 'no backend: neither koffi nor taskset is installed' }
}

/** The backend of a worker, which must not wait: the same order, and nothing that has to be awaited. */
export function findAffinityNow(): Affinity | null {
  return runtimeAffinity() ?? koffiNow() ?? tasksetAffinity()
}

function viaCall(backend: string, set: SetAffinity): Affinity {
  const bindNow = (thread: number, cpus: readonly number[]): string | null => {
    const { done, errno } = set(thread, affinityMask(cpus))
    return done ? null : (ERRORS.get(errno) ?? `refused (error ${errno})`)
  }
  return { backend, bind: async (thread, cpus) => bindNow(thread, cpus), bindNow }
}

const ERRORS: ReadonlyMap<number, string> = new Map([
  [0, 'refused'],
  [1, 'EPERM: not permitted'],
  [3, 'ESRCH: no such thread'],
  [22, 'EINVAL: none of the cpus is allowed'],
])

interface NodeFfi {
  dlopen(
    library: null,
    functions: Record<string, { arguments: readonly string[]; return: string }>,
  ): { readonly functions: Record<string, (...args: unknown[]) => unknown> }
  getRawPointer(bytes: Uint8Array): unknown
}

/** Node 26.1 and later, unless it is turned off. It cannot tell the error number. */
function runtimeAffinity(): Affinity | null {
  try {
    const ffi = (process.getBuiltinModule as (name: string) => unknown)('node:ffi') as
      | NodeFfi
      | undefined
    if (ffi === undefined) return null
    const { functions } = ffi.dlopen(null, {
      sched_setaffinity: { arguments: ['i32', 'u64', 'pointer'], return: 'i32' },
    })
    const call = functions['sched_setaffinity']!
    return viaCall('node:ffi', (thread, mask) => ({
      done: call(thread, BigInt(mask.length), ffi.getRawPointer(mask)) === 0,
      errno: 0,
    }))
  } catch {
    return null
  }
}

interface Koffi {
  load(library: null): { func(prototype: string): (...args: unknown[]) => unknown }
  errno(): number
}

/** In a variable, so that bundlers do not look for what may not be installed. */
const KOFFI = 'koffi'

async function koffiAffinity(): Promise<Affinity | null> {
  try {
    const { default: koffi } = (await import(
      /* webpackIgnore: true */ /* @vite-ignore */ KOFFI
    )) as { default: Koffi }
    return viaKoffi(koffi)
  } catch {
    return null
  }
}

function koffiNow(): Affinity | null {
  try {
    const { createRequire } = process.getBuiltinModule('node:module')
    return viaKoffi(createRequire(import.meta.url)(KOFFI) as Koffi)
  } catch {
    return null
  }
}

function viaKoffi(koffi: Koffi): Affinity {
  const call = koffi.load(null).func('int sched_setaffinity(int pid, size_t size, void *mask)')
  return viaCall('koffi', (thread, mask) => {
    const done = call(thread, mask.length, mask) === 0
    return { done, errno: done ? 0 : koffi.errno() }
  })
}

const LONGEST_RUN_MS = 5000

/** Kept from before a pinned worker wraps them: what is run to take a pin off must not take the pin off first. */
const processes: typeof ChildProcess = isNode()
  ? { ...process.getBuiltinModule('node:child_process') }
  : ({} as typeof ChildProcess)

function tasksetAffinity(): Affinity | null {
  const { execFile, execFileSync } = processes
  const options = { encoding: 'utf8', timeout: LONGEST_RUN_MS } as const
  try {
    execFileSync('taskset', ['-p', `${process.pid}`], {
      ...options,
      stdio: ['ignore', 'pipe', 'ignore'],
    })
  } catch {
    return null
  }
  const words = (thread: number, cpus: readonly number[]): string[] => [
    '-p',
    '-c',
    formatCpuList(cpus),
    `${thread}`,
  ]
  return {
    backend: 'taskset',
    bind: (thread, cpus) =>
      new Promise((resolve) => {
        execFile('taskset', words(thread, cpus), options, (error, _output, said) =>
          resolve(error === null ? null : failureOf(error, said)),
        )
      }),
    bindNow(thread, cpus) {
      try {
        execFileSync('taskset', words(thread, cpus), { ...options, stdio: 'pipe' })
        return null
      } catch (error) {
        return failureOf(error as Error, (error as { stderr?: string }).stderr ?? '')
      }
    },
  }
}

function failureOf(error: ChildProcess.ExecFileException | Error, said: string): string {
  return said.trim().split('\n').at(-1) || error.message
}

/**
 * Makes the threads that file system, DNS, crypto and compression calls run on. A thread inherits the mask of the one that makes it, and
 * these are made at the first call: by a pinned worker, all of them would stay on its cpu for as long as the process lives.
 */
export function warmThreads(): Promise<void> {
  if (!isNode()) return Promise.resolve()
  // Compression always runs there; a file system call may take another way (io_uring).
  return new Promise((resolve) => {
    process.getBuiltinModule('node:zlib').deflateRaw(new Uint8Array(1), () => resolve())
  })
}
