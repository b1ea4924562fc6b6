/**
 * Fingerprints of states, two lanes of 32 bits; 53 of them make the key, so among a million states two differ unseen with a chance
 * below one in ten thousand.
 */

import type { Step } from '../steps.ts'

/** Tells the states of a run apart. */
export interface States {
  reset(): void
  /** The thread saw this word. */
  read(thread: number, index: number): void
  /** The thread changed this word. A change that saw the old value is a `read` first. */
  write(thread: number, index: number, old: number, value: number): void
  /** Something happened to the thread that is no access. */
  mark(thread: number, what: number): void
  /** Where the thread stands now, and the step it asks for: its arguments may be in no variable. */
  stand(thread: number, step: Step): void
  /** A number for the state; `extra` tells states apart that differ outside memory and threads. */
  key(extra: number): number
}

/**
 * By what is: memory, and where each thread stands. Forgets how it came to be, so what vector clocks would say is lost when two ways
 * meet: of the ways to a state only the first is followed further.
 */
export class Snapshots implements States {
  readonly #threads: Int32Array
  readonly #unread: Uint8Array
  #memory = 0
  #memory2 = 0

  /** `unread` marks words that no thread ever looks at. */
  constructor(threads: number, unread: Uint8Array) {
    this.#threads = new Int32Array(threads * 2)
    this.#unread = unread
  }

  reset(): void {
    this.#memory = 0
    this.#memory2 = 0
    this.#threads.fill(0)
  }

  read(): void {}

  write(_thread: number, index: number, old: number, value: number): void {
    if (this.#unread[index] === 1) return
    this.#memory = (this.#memory - mix(old, index) + mix(value, index)) | 0
    this.#memory2 = (this.#memory2 - mix(old, ~index) + mix(value, ~index)) | 0
  }

  mark(): void {}

  stand(thread: number, { place, place2, index, a, b }: Step): void {
    this.#threads[thread * 2] = mix(mix(mix(place, index), a), b)
    this.#threads[thread * 2 + 1] = mix(mix(mix(place2, ~b), ~index), ~a)
  }

  key(extra: number): number {
    return keyOf(this.#threads, mix(this.#memory, extra), mix(this.#memory2, ~extra))
  }
}

/**
 * By how it came to be, but for the order of steps that do not touch each other. A thread's history is what it did and which writes
 * it read from; a word's is the last write to it. Together they determine all that can happen from here, vector clocks included.
 */
const WORDS_SEED = 0x9e37_79b9

export class Histories implements States {
  /** Two lanes for each thread. */
  readonly #threads: Int32Array
  readonly #lastWrite: Int32Array
  readonly #touched: number[] = []
  /** Sum over words of word and last write. */
  #memory = 0
  #memory2 = 0

  constructor(words: number, threads: number) {
    this.#threads = new Int32Array(threads * 2)
    this.#lastWrite = new Int32Array(words * 2)
  }

  reset(): void {
    for (const index of this.#touched) {
      this.#lastWrite[index * 2] = 0
      this.#lastWrite[index * 2 + 1] = 0
    }
    this.#touched.length = 0
    this.#memory = 0
    this.#memory2 = 0
    for (let at = 0; at < this.#threads.length; at++) this.#threads[at] = mix(WORDS_SEED, at)
  }

  read(thread: number, index: number): void {
    this.#add(thread, this.#lastWrite[index * 2]! + 1, this.#lastWrite[index * 2 + 1]! + 2)
  }

  write(thread: number, index: number): void {
    const at = index * 2
    const old = this.#lastWrite[at]!
    const old2 = this.#lastWrite[at + 1]!
    if (old === 0 && old2 === 0) this.#touched.push(index)
    else {
      this.#memory = (this.#memory - mix(old, index)) | 0
      this.#memory2 = (this.#memory2 - mix(old2, ~index)) | 0
    }
    this.#add(thread, 3, 4)
    const now = this.#threads[thread * 2]! | 1
    const now2 = this.#threads[thread * 2 + 1]!
    this.#lastWrite[at] = now
    this.#lastWrite[at + 1] = now2
    this.#memory = (this.#memory + mix(now, index)) | 0
    this.#memory2 = (this.#memory2 + mix(now2, ~index)) | 0
  }

  mark(thread: number, what: number): void {
    this.#add(thread, what + 16, what + 17)
  }

  stand(): void {}

  key(extra: number): number {
    return keyOf(this.#threads, mix(this.#memory, extra), mix(this.#memory2, ~extra))
  }

  #add(thread: number, what: number, what2: number): void {
    this.#threads[thread * 2] = mix(this.#threads[thread * 2]!, what)
    this.#threads[thread * 2 + 1] = mix(this.#threads[thread * 2 + 1]!, what2 ^ 0x5bd1_e995)
  }
}

function keyOf(threads: Int32Array, high: number, low: number): number {
  for (let at = 0; at < threads.length; at += 2) {
    high = mix(high, threads[at]!)
    low = mix(low, threads[at + 1]!)
  }
  return (high & 0x1f_ffff) * 0x1_0000_0000 + (low >>> 0)
}

function mix(hash: number, value: number): number {
  let h = Math.imul(hash ^ Math.imul(value, 0xcc9e_2d51), 0x1b87_3593)
  h ^= h >>> 15
  h = Math.imul(h, 0x85eb_ca6b)
  return h ^ (h >>> 13)
}
