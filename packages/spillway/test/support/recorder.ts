/** Memory for what `loop.kernels.ts` leaves behind, and what it says. */
import assert from 'node:assert/strict'
import type { JobSystem } from 'spillway'
import type { Counted, Recorded } from './loop.kernels.ts'

/** Cells before the first and after the last index, which no kernel may write. */
const MARGIN = 8

/** Counts the calls for each index of [start, start + length). */
export class Counts {
  readonly args: Counted
  readonly #jobs: JobSystem
  readonly #start: number
  readonly #length: number

  constructor(jobs: JobSystem, start: number, length: number) {
    this.#jobs = jobs
    this.#start = start
    this.#length = length
    this.args = { counts: jobs.int32(length + 2 * MARGIN), base: start - MARGIN }
  }

  of(index: number): number {
    return this.args.counts[index - this.args.base]
  }

  get total(): number {
    return this.args.counts.reduce((sum, count) => sum + count, 0)
  }

  /** Fails unless every index was counted once and no other cell was written. */
  assertOnce(): void {
    const { counts } = this.args
    for (let cell = 0; cell < counts.length; cell++) {
      const inside = cell >= MARGIN && cell < MARGIN + this.#length
      if (counts[cell] === (inside ? 1 : 0)) continue
      assert.fail(`index ${this.#start + cell - MARGIN} was run ${counts[cell]} times`)
    }
  }

  free(): void {
    this.#jobs.free(this.args.counts)
  }
}

/** Memory for up to `most` calls of `record` or `recordIndex`. */
export class Recorder {
  readonly args: Recorded
  readonly #jobs: JobSystem

  constructor(jobs: JobSystem, most: number) {
    this.#jobs = jobs
    this.args = {
      calls: jobs.int32(1),
      edges: jobs.float64(2 * most),
      threads: jobs.int32(most),
    }
  }

  get calls(): number {
    return Atomics.load(this.args.calls, 0)
  }

  /** Calls in ascending order. */
  parts(): readonly { readonly start: number; readonly end: number; readonly thread: number }[] {
    const { edges, threads } = this.args
    assert.ok(this.calls <= threads.length, `${this.calls} calls, room for ${threads.length}`)
    return Array.from({ length: this.calls }, (_, call) => ({
      start: edges[2 * call],
      end: edges[2 * call + 1],
      thread: threads[call],
    })).toSorted((a, b) => a.start - b.start)
  }

  /** [start, end) of each call in ascending order. */
  edges(): readonly (readonly [start: number, end: number])[] {
    return this.parts().map(({ start, end }) => [start, end] as const)
  }

  reset(): void {
    Atomics.store(this.args.calls, 0, 0)
  }

  free(): void {
    for (const array of Object.values(this.args)) this.#jobs.free(array)
  }
}

/** Fails unless the parts, in ascending order, are disjoint, not empty, and together [start, end). */
export function assertTiles(
  parts: readonly (readonly [start: number, end: number])[],
  start: number,
  end: number,
): void {
  let next = start
  for (const part of parts) {
    assert.equal(part[0], next)
    assert.ok(part[1] > part[0], `empty part [${part.join(', ')})`)
    next = part[1]
  }
  assert.equal(next, end)
}

/** The balanced parts of [start, end) in `chunks` chunks: the first (length mod chunks) hold one index more. */
export function balanced(start: number, end: number, chunks: number): [number, number][] {
  const length = end - start
  const parts: [number, number][] = []
  let next = start
  for (let chunk = 0; chunk < Math.min(chunks, length); chunk++) {
    const size = Math.floor(length / chunks) + (chunk < length % chunks ? 1 : 0)
    parts.push([next, next + size])
    next += size
  }
  return parts
}
