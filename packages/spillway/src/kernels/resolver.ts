/** Kernels of a thread by their catalogue id: how a thread gets what another one named. */
import { plainError } from '../errors.ts'
import type { Catalogue } from '../heap/catalogue.ts'
import { registered } from './registry.ts'
import { NO_PARTS, toRunnable } from './runnable.ts'
import type { Runnable } from './runnable.ts'
import { compileSource } from './source.ts'

/** A kernels module that only the event loop can import. */
export interface ModuleNeed {
  readonly url: string
  readonly kernel: number
}

export class KernelResolver {
  readonly #catalogue: Catalogue
  readonly #load: (url: string) => Promise<unknown>
  readonly #runnables: (Runnable | undefined)[] = []
  /** Set when `resolve` fails for want of a module. */
  need: ModuleNeed | null = null

  constructor(catalogue: Catalogue, load: (url: string) => Promise<unknown>) {
    this.#catalogue = catalogue
    this.#load = load
  }

  /** The kernel made ready, or undefined if its module has to be imported first: see `need`. A broken one fails where it runs. */
  resolve(id: number): Runnable | undefined {
    return this.#runnables[id] ?? this.#know(id, this.#make(id))
  }

  #know(id: number, runnable: Runnable | undefined): Runnable | undefined {
    if (runnable === undefined) return undefined
    runnable.id = id
    return (this.#runnables[id] = runnable)
  }

  nameOf(id: number): string {
    return this.#entry(id).name
  }

  /** Imports what was missing. A module that fails, or lacks the kernel, makes a kernel that fails. */
  async fetch(need: ModuleNeed, thread: string): Promise<void> {
    const { name } = this.#entry(need.kernel)
    try {
      await this.#load(need.url)
      if (registered(name) === undefined) throw new Error(`it registers no kernel "${name}"`)
    } catch (error) {
      const reason = plainError(
        'ERR_KERNEL_UNKNOWN',
        `${thread} could not load kernel "${name}" from ${need.url}: ${(error as Error).message}. A file that the worker option starts must import it`,
        error,
      )
      this.#know(need.kernel, broken(name, reason))
    }
  }

  #entry(id: number) {
    const entry = this.#catalogue.get(id)
    if (entry.type !== 'kernel') throw new Error(`catalogue: entry ${id} is no kernel`)
    return entry
  }

  #make(id: number): Runnable | undefined {
    const { name, url, source } = this.#entry(id)
    if (source !== undefined) {
      try {
        return compileSource(name, source)
      } catch (error) {
        return broken(name, error)
      }
    }
    const kernel = registered(name)
    if (kernel !== undefined) return toRunnable(kernel)
    if (url === undefined)
      return broken(name, plainError('ERR_KERNEL_UNKNOWN', `no kernel "${name}"`))
    this.need = { url, kernel: id }
    return undefined
  }
}

/** A kernel that could not be made ready fails where it would have run. */
function broken(name: string, error: unknown): Runnable {
  const fail = (): never => {
    throw error
  }
  return {
    ...NO_PARTS,
    kind: 'each',
    name,
    run: fail,
    fold: fail,
    identity: fail,
    combine: fail,
    body: fail,
  }
}
