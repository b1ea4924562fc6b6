/** What one turn of a thread touched: its step, those after it that took no choice, and the plain accesses in between. */
export class Footprint {
  readonly #words: number[] = []
  #writes = false
  /** It looked whether anybody wrote anything. */
  pauses = false
  /** It ended another thread. */
  kills = false

  clear(): void {
    this.#words.length = 0
    this.#writes = false
    this.pauses = false
    this.kills = false
  }

  /** Sleeping on a word and waking who sleeps there count as writes. */
  add(index: number, isWrite: boolean): void {
    this.#words.push(isWrite ? ~index : index)
    if (isWrite) this.#writes = true
  }

  /** The same for footprints that hold the same. */
  get text(): string {
    return `${[...new Set(this.#words)].toSorted((a, b) => a - b).join()}${this.pauses ? '!' : ''}${this.kills ? '+' : ''}`
  }

  copy(): Footprint {
    const copy = new Footprint()
    copy.#words.push(...new Set(this.#words))
    copy.#writes = this.#writes
    copy.pauses = this.pauses
    copy.kills = this.kills
    return copy
  }

  /** True if the order of the two turns may matter: one wrote what the other touched, or looked for writes of which there is one. */
  meets(other: Footprint): boolean {
    // The dead may be whoever took the other turn.
    if (this.kills || other.kills) return true
    if ((this.pauses && other.#writes) || (other.pauses && this.#writes)) return true
    for (const mine of this.#words) {
      const index = mine < 0 ? ~mine : mine
      for (const its of other.#words) {
        if ((its < 0 ? ~its : its) === index && (its < 0 || mine < 0)) return true
      }
    }
    return false
  }
}
