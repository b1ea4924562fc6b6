import type { BurstSample } from './bursts.ts'
import { workResult } from './heavy-work.ts'
import type { EmptyKind, EmptyRow, Measured, Protocol, Row, SerialRow } from './model.ts'
import type { Variant } from './variants.ts'

export const leastOverlap = 0.5
export const fewestBursts = 10

/** Samples as they come in, one row per combination. */
export class Samples {
  readonly #rows = new Map<string, Row>()
  readonly #empty = new Map<string, EmptyRow>()
  readonly #serial = new Map<number, SerialRow>()
  readonly wide: Measured['wide'] = []

  row(protocol: Protocol, variant: Variant, workers: number, items: number): Row {
    const key = [protocol, variant, workers, items].join()
    const known = this.#rows.get(key)
    if (known !== undefined) return known
    const check = items * workResult
    const row: Row = {
      protocol,
      variant,
      workers,
      items,
      ms: [],
      check,
      atomics: null,
      chunks: null,
    }
    this.#rows.set(key, row)
    return row
  }

  empty(kind: EmptyKind, workers: number, items: number): EmptyRow {
    const key = [kind, workers, items].join()
    const known = this.#empty.get(key)
    if (known !== undefined) return known
    const row = { empty: kind, workers, items, ms: [] }
    this.#empty.set(key, row)
    return row
  }

  serial(items: number): SerialRow {
    const known = this.#serial.get(items)
    if (known !== undefined) return known
    const row = { items, ms: [], check: items * workResult }
    this.#serial.set(items, row)
    return row
  }

  /** Without rows of too few samples: they would look like measurements. */
  measured(): Measured {
    return {
      rows: [...this.#rows.values()].filter(
        (row) => row.protocol === 'call' || row.ms.length >= fewestBursts,
      ),
      empty: [...this.#empty.values()],
      serial: [...this.#serial.values()],
      wide: this.wide,
    }
  }
}

/** Six digits: a nanosecond in a millisecond, which is finer than the clock. */
export function addSample(row: { ms: number[] }, ms: number): void {
  row.ms.push(Number(ms.toPrecision(6)))
}

/** Workers that did not run at once cannot have been in each other's way: such a burst measures nothing. */
export function addBurst(row: Row, { ms, overlap }: BurstSample): void {
  row.overlap ??= []
  row.discarded ??= 0
  if (overlap < leastOverlap) {
    row.discarded++
    return
  }
  addSample(row, ms)
  row.overlap.push(Number(overlap.toFixed(3)))
}

/** A row keeps the first wrong sum it sees. */
export function addCheck(row: { items: number; check: number }, check: number): void {
  if (row.check === row.items * workResult) row.check = check
}
