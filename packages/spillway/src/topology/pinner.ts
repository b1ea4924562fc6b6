/** Pins workers to their places, and says what became of it. */
import type { FoundAffinity } from './affinity.ts'
import { formatCpuList, parseCpuList } from './cpu-list.ts'
import type { SystemFiles } from './files.ts'
import type { Place, Placement } from './place.ts'

export interface PinStatus {
  readonly worker: number
  /** Cpus of its place. */
  readonly requested: readonly number[]
  /** `hard`: bound to one cpu; `soft`: to several; `none`: the system moves it as it likes, or somebody else bound it. */
  readonly applied: 'hard' | 'soft' | 'none'
  /** Cpus the system lets it run on now, null if it does not say. */
  readonly observed: readonly number[] | null
  /** Cpu it ran on last, null if unknown. */
  readonly lastCpu: number | null
  /** For people: `hard on cpu 3`, `soft on L3 0-7`, `not pinned: no backend …`. */
  readonly text: string
}

export interface PinSetup {
  readonly placement: Placement
  readonly affinity: FoundAffinity
  /** This machine's; null where threads cannot be looked at. */
  readonly files: SystemFiles | null
}

interface Pinned {
  thread: number | null
  /** Why not, null if it was. */
  failure: string | null
}

export class Pinner {
  readonly #setup: PinSetup
  readonly #workers: Pinned[]
  readonly #running = new Set<Promise<void>>()

  constructor(setup: PinSetup) {
    this.#setup = setup
    const { placement, affinity } = setup
    const none = affinity.backend === null ? affinity.reason : 'not started yet'
    const failure = placement.pin === 'none' ? 'left to the system' : none
    this.#workers = placement.places.map(() => ({ thread: null, failure }))
  }

  /** Whether it is of use to tell when a worker's thread begins. */
  get binds(): boolean {
    return this.#setup.placement.pin !== 'none' && this.#setup.affinity.backend !== null
  }

  /** A worker's thread has begun; null for a thread that does not know its number. Also after a worker was replaced. */
  began(worker: number, thread: number | null): void {
    const task = this.#pin(this.#workers[worker]!, this.#setup.placement.places[worker]!, thread)
    this.#running.add(task)
    void task.then(() => this.#running.delete(task))
  }

  async #pin(pinned: Pinned, { cpus }: Place, thread: number | null): Promise<void> {
    const { affinity } = this.#setup
    pinned.thread = thread
    if (affinity.backend === null) return
    if (thread === null) pinned.failure = 'its thread has no number here'
    else {
      const failure = await affinity.bind(thread, cpus)
      // The thread may have been replaced meanwhile.
      if (pinned.thread !== thread) return
      pinned.failure = failure === null ? null : `${affinity.backend}: ${failure}`
    }
  }

  /** Resolves when every worker that has begun is pinned, or is known not to be. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running)
  }

  /** What the system says now: a pin may have been taken away since, by a narrower cpuset for one. */
  status(): PinStatus[] {
    return this.#setup.placement.places.map((place) => this.#statusOf(place))
  }

  #statusOf(place: Place): PinStatus {
    const { worker, cpus } = place
    const { thread, failure } = this.#workers[worker]!
    const observed = this.#observe(thread)
    const status = { worker, requested: cpus, observed, lastCpu: this.#lastCpu(thread) }
    if (failure !== null) return { ...status, applied: 'none', text: `not pinned: ${failure}` }
    const now = observed === null ? null : formatCpuList(observed)
    if (now !== null && now !== formatCpuList(cpus)) {
      return { ...status, applied: 'none', text: `not pinned any more: now on cpus ${now}` }
    }
    const applied = cpus.length === 1 ? 'hard' : 'soft'
    return { ...status, applied, text: `${applied} on ${place.on}` }
  }

  #observe(thread: number | null): number[] | null {
    const status = this.#setup.files?.text(`proc/self/task/${thread}/status`) ?? ''
    return parseCpuList(/^Cpus_allowed_list:\s*(\S+)/m.exec(status)?.[1] ?? 'none')
  }

  /** Field 39; names of threads, in the second field, may hold blanks and brackets. */
  #lastCpu(thread: number | null): number | null {
    const text = this.#setup.files?.text(`proc/self/task/${thread}/stat`) ?? null
    if (text === null) return null
    const cpu = Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[36])
    return Number.isInteger(cpu) ? cpu : null
  }
}

/** `pinned 6 of 8: …` in one line. */
export function summaryOf(statuses: readonly PinStatus[]): string {
  const failed = statuses.filter(({ applied }) => applied === 'none')
  const reasons = new Map<string, number[]>()
  for (const { worker, text } of failed) {
    const workers = reasons.get(text)
    if (workers === undefined) reasons.set(text, [worker])
    else workers.push(worker)
  }
  const why = [...reasons].map(([text, workers]) => `worker ${formatCpuList(workers)} ${text}`)
  return [`pinned ${statuses.length - failed.length} of ${statuses.length}`, ...why].join('; ')
}
