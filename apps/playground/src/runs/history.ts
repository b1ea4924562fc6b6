/** Runs that are kept for comparison, over reloads too. */
import { remember, remembered } from '../shell/storage.ts'

export interface Run {
  readonly program: string
  readonly title: string
  readonly size: string
  readonly edited: boolean
  readonly engine: 'serial' | 'messages' | 'spillway'
  readonly workers: number
  readonly ms: number
  /** Milliseconds since the epoch. */
  readonly when: number
}

const KEY = 'runs'
const MOST = 30

export class History {
  #runs: readonly Run[] = read()
  #changed: (runs: readonly Run[]) => void = () => {}

  get runs(): readonly Run[] {
    return this.#runs
  }

  onChange(changed: (runs: readonly Run[]) => void): void {
    this.#changed = changed
    changed(this.#runs)
  }

  add(run: Run): void {
    this.#set([run, ...this.#runs].slice(0, MOST))
  }

  clear(): void {
    this.#set([])
  }

  #set(runs: readonly Run[]): void {
    this.#runs = runs
    remember(KEY, JSON.stringify(runs))
    this.#changed(runs)
  }
}

function read(): readonly Run[] {
  try {
    const runs: unknown = JSON.parse(remembered(KEY) ?? '[]')
    return Array.isArray(runs) ? runs.filter(isRun) : []
  } catch {
    return []
  }
}

function isRun(value: unknown): value is Run {
  const { title, ms, workers, when } = (value ?? {}) as Partial<Run>
  return typeof title === 'string' && [ms, workers, when].every((part) => Number.isFinite(part))
}
