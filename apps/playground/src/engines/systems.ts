/** Job systems whose workers are the file next to this one, as a bundler wants it. */
import { JobSystem } from 'spillway'
import type { StartOptions } from 'spillway'

const worker = (): Worker =>
  new Worker(new URL('./spillway.worker.ts', import.meta.url), { type: 'module' })

export function startSystem(workers: number, options: StartOptions = {}): Promise<JobSystem> {
  return JobSystem.start({ ...options, workers, worker, name: 'playground' })
}

/** One system that is kept from run to run, for as long as the number of workers stays the same. */
export class KeptSystem {
  readonly #options: StartOptions
  #jobs: JobSystem | null = null
  #workers = -1

  constructor(options: StartOptions) {
    this.#options = options
  }

  async get(workers: number): Promise<JobSystem> {
    if (this.#jobs !== null && this.#workers === workers) return this.#jobs
    await this.#jobs?.close()
    this.#jobs = null
    const jobs = await startSystem(workers, this.#options)
    this.#jobs = jobs
    this.#workers = workers
    return jobs
  }

  /** Ends the system and its threads, whatever they are doing. The next `get` starts another one. */
  async abandon(): Promise<void> {
    const jobs = this.#jobs
    this.#jobs = null
    await jobs?.close({ drain: false, timeout: 200 })
  }
}
