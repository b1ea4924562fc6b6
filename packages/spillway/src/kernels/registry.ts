/**
 * Kernels of this thread by name. The table lives in a `Symbol.for` slot, so two copies of this package in one thread share it, or,
 * if their versions differ, refuse each other.
 */
import { plainError, show, typeError } from '../errors.ts'
import { VERSION } from '../version.ts'
import type { AnyKernel } from './types.ts'

interface Slot {
  readonly version: string
  readonly kernels: Map<string, AnyKernel>
  /** True in a thread that Spillway started as a worker. */
  isWorker: boolean
}

const SLOT = Symbol.for('spillway.kernels')

function slot(): Slot {
  const holder = globalThis as { [SLOT]?: Slot }
  const found = (holder[SLOT] ??= { version: VERSION, kernels: new Map(), isWorker: false })
  if (found.version !== VERSION) {
    throw plainError(
      'ERR_VERSION',
      `two versions of spillway are loaded in one thread: ${found.version} and ${VERSION}; ` +
        'install one of them ("npm ls spillway" shows who brings which)',
    )
  }
  return found
}

/** Refuses a name that another module has taken; the same module may register again (it was evaluated twice). */
export function register(kernel: AnyKernel): void {
  const { kernels } = slot()
  const known = kernels.get(kernel.name)
  if (known !== undefined && moduleOf(known.url) !== moduleOf(kernel.url)) {
    throw typeError(
      'ERR_KERNEL_NAME',
      `kernel ${show(kernel.name)} is registered twice: by ${known.url} and by ${kernel.url}; ` +
        "rename one, or give a module a namespace: kernels(import.meta.url, { … }, { namespace: 'physics' })",
    )
  }
  kernels.set(kernel.name, kernel)
}

/** The URL without the query and fragment that tools append to force a second evaluation. */
function moduleOf(url: string | null): string {
  return (url ?? '').replace(/[?#].*$/, '')
}

export function registered(name: string): AnyKernel | undefined {
  return slot().kernels.get(name)
}

export function registeredKernels(): readonly AnyKernel[] {
  return [...slot().kernels.values()]
}

export function markAsWorker(): void {
  slot().isWorker = true
}

export function isSpillwayWorker(): boolean {
  return slot().isWorker
}
