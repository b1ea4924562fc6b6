/** Cache lines under MESI: who has a copy in which state, and what every access does to the copies of others. */

export type State = 'M' | 'E' | 'S' | 'I'

/** What a copy sees: reads and writes of its own core, and those of others. */
export type Signal =
  | 'read, nobody has it'
  | 'read, others have it'
  | 'write'
  | 'other reads'
  | 'other writes'

/** The textbook's table; `Lines` keeps to it without looking at every copy, see the test. */
const NEXT: Readonly<Record<State, Readonly<Record<Signal, State>>>> = {
  M: row('M', 'M', 'M', 'S', 'I'),
  E: row('E', 'E', 'M', 'S', 'I'),
  S: row('S', 'S', 'M', 'S', 'I'),
  I: row('E', 'S', 'M', 'I', 'I'),
}

function row(
  alone: State,
  read: State,
  write: State,
  reads: State,
  writes: State,
): Record<Signal, State> {
  return {
    'read, nobody has it': alone,
    'read, others have it': read,
    write,
    'other reads': reads,
    'other writes': writes,
  }
}

export function nextState(state: State, signal: Signal): State {
  return NEXT[state][signal]
}

/** What an access needed. */
export interface Access {
  /** Core whose copy was sent, -1 if none was. */
  from: number
  /** Copies of other cores that a write took away. */
  invalidated: number
  /** The farthest of those, -1 if there were none. */
  farthest: number
  /** No core had it. */
  fetched: boolean
}

interface Line {
  /** The core with the only copy in M or E, -1 if there is none. */
  owner: number
  dirty: boolean
  /** Cores with copies in S; empty if there is an owner. */
  readonly sharers: Set<number>
}

/** How far two cores are apart; only its order counts here. */
export type Far = (a: number, b: number) => number

export class Lines {
  readonly cores: number
  /** Hand-offs: `handOffs[from * cores + to]`. */
  readonly handOffs: Float64Array
  /** Copies that each core lost to writes of others. */
  readonly invalidations: Float64Array
  reads = 0
  writes = 0
  transfers = 0
  fetches = 0
  readonly #lines = new Map<number, Line>()
  readonly #far: Far
  readonly #access: Access = { from: -1, invalidated: 0, farthest: -1, fetched: false }

  constructor(cores: number, far: Far) {
    this.cores = cores
    this.#far = far
    this.handOffs = new Float64Array(cores * cores)
    this.invalidations = new Float64Array(cores)
  }

  state(line: number, core: number): State {
    const known = this.#lines.get(line)
    if (known === undefined) return 'I'
    if (known.owner === core) return known.dirty ? 'M' : 'E'
    return known.sharers.has(core) ? 'S' : 'I'
  }

  /** A read by `core`. The record returned is overwritten by the next access. */
  read(line: number, core: number): Access {
    this.reads++
    const at = this.#lineAt(line)
    const access = this.#begin(at, core)
    if (at.owner === core || at.sharers.has(core)) return access
    if (access.fetched) {
      at.owner = core
      at.dirty = false
      return access
    }
    if (at.owner >= 0) at.sharers.add(at.owner)
    at.owner = -1
    at.sharers.add(core)
    return access
  }

  /** A write or read-modify-write by `core`. The record returned is overwritten by the next access. */
  write(line: number, core: number): Access {
    this.writes++
    const at = this.#lineAt(line)
    const access = this.#begin(at, core)
    if (at.owner >= 0 && at.owner !== core) this.#invalidate(access, core, at.owner)
    if (at.sharers.size > 0) {
      for (const other of at.sharers) if (other !== core) this.#invalidate(access, core, other)
      at.sharers.clear()
    }
    at.owner = core
    at.dirty = true
    return access
  }

  #invalidate(access: Access, core: number, other: number): void {
    access.invalidated++
    this.invalidations[other]!++
    if (access.farthest < 0 || this.#far(core, other) > this.#far(core, access.farthest)) {
      access.farthest = other
    }
  }

  /** `count` more writes by a core that has the line. */
  again(count: number): void {
    this.writes += count
  }

  /** Counts from 0 again; copies stay where they are. */
  recount(): void {
    this.handOffs.fill(0)
    this.invalidations.fill(0)
    this.reads = 0
    this.writes = 0
    this.transfers = 0
    this.fetches = 0
  }

  #begin({ owner, sharers }: Line, core: number): Access {
    const access = this.#access
    access.from = -1
    access.invalidated = 0
    access.farthest = -1
    access.fetched = false
    if (owner === core || sharers.has(core)) return access
    access.from = owner
    for (const other of sharers) {
      if (access.from < 0 || this.#far(core, other) < this.#far(core, access.from)) {
        access.from = other
      }
    }
    if (access.from < 0) {
      access.fetched = true
      this.fetches++
    } else {
      this.transfers++
      this.handOffs[access.from * this.cores + core]!++
    }
    return access
  }

  #lineAt(line: number): Line {
    const known = this.#lines.get(line)
    if (known !== undefined) return known
    const fresh: Line = { owner: -1, dirty: false, sharers: new Set() }
    this.#lines.set(line, fresh)
    return fresh
  }
}
