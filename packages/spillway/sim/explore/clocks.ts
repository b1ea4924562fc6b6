/**
 * Happens-before by vector clocks, and the data races it shows.
 *
 * An atomic write publishes its thread's clock in the word, an atomic read takes it over: that is `synchronizes-with` of the
 * JavaScript memory model. A notify orders nothing here, though JavaScript lets it: `core/` never relies on it. Two accesses to a
 * word race if different threads make them, one of them writes, one of them is plain, and neither happens before the other.
 */

/** Kinds of access that are remembered for each word and thread. */
const PLAIN_READ = 0
const PLAIN_WRITE = 1
const ATOMIC_READ = 2
const ATOMIC_WRITE = 3
const KINDS = 4
const KIND_NAMES = ['plain read', 'plain write', 'atomic read', 'atomic write'] as const

/** An access and an earlier one that it races with. */
export interface Race {
  readonly index: number
  readonly thread: number
  readonly access: string
  readonly otherThread: number
  readonly otherAccess: string
}

export class Clocks {
  readonly #threads: number
  /** Place of a word's rows, plus 1; 0 for a word that was never touched. */
  readonly #places: Int32Array
  #count = 0
  /** The run that a word's rows are about. */
  #runs: Int32Array = new Int32Array(64)
  /** For each word the clock that its last atomic write published. */
  #published: Int32Array
  /** For each word, kind and thread: that thread's own time at its last such access. */
  #times: Int32Array
  readonly #now: Int32Array[]
  #run = 0

  constructor(words: number, threads: number) {
    this.#threads = threads
    this.#places = new Int32Array(words)
    this.#published = new Int32Array(64 * threads)
    this.#times = new Int32Array(64 * threads * KINDS)
    this.#now = Array.from({ length: threads }, () => new Int32Array(threads))
  }

  /** Forgets everything: the next run begins. What came before it happens before all of it. */
  reset(): void {
    this.#run++
    this.#now.forEach((clock, thread) => {
      clock.fill(0)
      clock[thread] = 1
    })
  }

  atomicRead(thread: number, index: number): Race | null {
    const place = this.#place(index)
    const race = this.#conflict(thread, index, place, ATOMIC_READ)
    this.#acquire(thread, place)
    this.#note(thread, place, ATOMIC_READ)
    return race
  }

  /** A write that saw the old value when `reads`. */
  atomicWrite(thread: number, index: number, reads: boolean): Race | null {
    const place = this.#place(index)
    const race = this.#conflict(thread, index, place, ATOMIC_WRITE)
    if (reads) this.#acquire(thread, place)
    this.#note(thread, place, ATOMIC_WRITE)
    const clock = this.#now[thread]!
    this.#published.set(clock, place * this.#threads)
    clock[thread]!++
    return race
  }

  plainRead(thread: number, index: number): Race | null {
    const place = this.#place(index)
    const race = this.#conflict(thread, index, place, PLAIN_READ)
    this.#note(thread, place, PLAIN_READ)
    return race
  }

  plainWrite(thread: number, index: number): Race | null {
    const place = this.#place(index)
    const race = this.#conflict(thread, index, place, PLAIN_WRITE)
    this.#note(thread, place, PLAIN_WRITE)
    this.#published.fill(0, place * this.#threads, (place + 1) * this.#threads)
    return race
  }

  /** All that `other` did has happened before what `thread` does next. */
  join(thread: number, other: number): void {
    const clock = this.#now[thread]!
    this.#now[other]!.forEach((time, at) => {
      if (time > clock[at]!) clock[at] = time
    })
  }

  #place(index: number): number {
    let place = this.#places[index]! - 1
    if (place < 0) {
      place = this.#count++
      this.#places[index] = place + 1
      if (place === this.#runs.length) this.#grow()
    }
    if (this.#runs[place] !== this.#run) {
      const threads = this.#threads
      this.#runs[place] = this.#run
      this.#published.fill(0, place * threads, (place + 1) * threads)
      this.#times.fill(0, place * threads * KINDS, (place + 1) * threads * KINDS)
    }
    return place
  }

  #grow(): void {
    const doubled = (old: Int32Array): Int32Array => {
      const larger = new Int32Array(old.length * 2)
      larger.set(old)
      return larger
    }
    this.#runs = doubled(this.#runs)
    this.#published = doubled(this.#published)
    this.#times = doubled(this.#times)
  }

  #acquire(thread: number, place: number): void {
    const clock = this.#now[thread]!
    const from = place * this.#threads
    for (let other = 0; other < this.#threads; other++) {
      const time = this.#published[from + other]!
      if (time > clock[other]!) clock[other] = time
    }
  }

  #note(thread: number, place: number, kind: number): void {
    this.#times[(place * KINDS + kind) * this.#threads + thread] = this.#now[thread]![thread]!
  }

  #conflict(thread: number, index: number, place: number, kind: number): Race | null {
    const plain = kind === PLAIN_READ || kind === PLAIN_WRITE
    const writes = kind === PLAIN_WRITE || kind === ATOMIC_WRITE
    for (let other = 0; other < KINDS; other++) {
      if (!plain && other >= ATOMIC_READ) continue
      if (!writes && (other === PLAIN_READ || other === ATOMIC_READ)) continue
      const against = this.#unordered(thread, place, other)
      if (against < 0) continue
      return {
        index,
        thread,
        access: KIND_NAMES[kind]!,
        otherThread: against,
        otherAccess: KIND_NAMES[other]!,
      }
    }
    return null
  }

  /** A thread whose last access of this kind does not happen before `thread`'s present; -1 if there is none. */
  #unordered(thread: number, place: number, kind: number): number {
    const clock = this.#now[thread]!
    const row = (place * KINDS + kind) * this.#threads
    for (let other = 0; other < this.#threads; other++) {
      if (other !== thread && this.#times[row + other]! > clock[other]!) return other
    }
    return -1
  }
}
