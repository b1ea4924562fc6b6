/** Reductions with accumulators of every kind. */
import { getEnvironmentData } from 'node:worker_threads'
import { kernels, reduce } from 'spillway/kernel'

export interface Values {
  readonly values: Float64Array
}

/** Set with `setEnvironmentData` before the workers start: a shared Int32Array that counts calls. */
export const CALLS_KEY = 'spillway.test.calls'
export const IDENTITY_CALLS = 0
export const FOLD_CALLS = 1

function countCall(cell: number): void {
  const calls = getEnvironmentData(CALLS_KEY) as Int32Array | undefined
  if (calls !== undefined) Atomics.add(calls, cell, 1)
}

/** Calls of `combine`, which happen in the thread of the caller. */
export const combineCalls = { count: 0 }

export interface Position {
  readonly value: number
  readonly index: number
}

export const heavyWork = (n: number): number => {
  let [a, b] = [0, 1]
  for (let step = 1; step < n; step++) [a, b] = [b, a + b]
  return n === 0 ? 0 : b
}

export const reductions = kernels(import.meta.url, {
  sumOf: reduce({
    identity: 0,
    fold: (sum, i, { values }: Values) => sum + values[i],
    combine: (a, b) => a + b,
  }),
  sumOfRange: reduce({
    identity: 0,
    foldRange: (sum, start, end, { values }: Values) => {
      for (let i = start; i < end; i++) sum += values[i]
      return sum
    },
    combine: (a, b) => a + b,
  }),
  sumOfWork: reduce({
    identity: 0,
    fold: (sum: number, _i: number, { n }: { readonly n: number }) => sum + heavyWork(n),
    combine: (a, b) => a + b,
  }),
  minimum: reduce({
    identity: Infinity,
    fold: (least, i, { values }: Values) => Math.min(least, values[i]),
    combine: (a, b) => Math.min(a, b),
  }),
  maximum: reduce({
    identity: -Infinity,
    fold: (most, i, { values }: Values) => Math.max(most, values[i]),
    combine: (a, b) => Math.max(a, b),
  }),
  /** Of equal maxima the first. */
  positionOfMaximum: reduce({
    identity: (): Position => ({ value: -Infinity, index: -1 }),
    fold: (best, i, { values }: Values) =>
      values[i] > best.value ? { value: values[i], index: i } : best,
    combine: (a, b) => (b.value > a.value ? b : a),
  }),
  histogram: reduce({
    identity: () => new Uint32Array(16),
    fold: (bins, i, { values }: Values) => {
      bins[Math.floor(values[i] * 16)]++
      return bins
    },
    combine: (a, b) => a.map((value, bin) => value + b[bin]),
  }),
  text: reduce({
    identity: '',
    fold: (text, i, _args: object) => `${text}<${i}>`,
    combine: (a, b) => a + b,
  }),
  indexes: reduce({
    identity: (): number[] => [],
    fold: (list, i, _args: object) => {
      list.push(i)
      return list
    },
    combine: (a, b) => [...a, ...b],
  }),
  wordCount: reduce({
    identity: () => new Map<string, number>(),
    fold: (counts, i, { values }: Values) => {
      const word = `word ${Math.floor(values[i] * 5)}`
      return counts.set(word, (counts.get(word) ?? 0) + 1)
    },
    combine: (a, b) => {
      for (const [word, count] of b) a.set(word, (a.get(word) ?? 0) + count)
      return a
    },
  }),
  factorialLike: reduce({
    identity: 1n,
    fold: (product, i, _args: object) =>
      (product * BigInt(i + 1)) % 0xffff_ffff_ffff_ffff_ffff_ffffn,
    combine: (a, b) => (a * b) % 0xffff_ffff_ffff_ffff_ffff_ffffn,
  }),
  statistics: reduce({
    identity: () => ({
      count: 0,
      sum: 0,
      extremes: { least: Infinity, most: -Infinity },
      odd: false,
    }),
    fold: (all, i, { values }: Values) => {
      const value = values[i]
      all.count++
      all.sum += value
      all.extremes = {
        least: Math.min(all.extremes.least, value),
        most: Math.max(all.extremes.most, value),
      }
      all.odd ||= i % 2 === 1
      return all
    },
    combine: (a, b) => ({
      count: a.count + b.count,
      sum: a.sum + b.sum,
      extremes: {
        least: Math.min(a.extremes.least, b.extremes.least),
        most: Math.max(a.extremes.most, b.extremes.most),
      },
      odd: a.odd || b.odd,
    }),
  }),
  /** Composition of x -> m x + c modulo 2^16 does not commute. */
  composed: reduce({
    identity: (): [number, number] => [1, 0],
    fold: ([m, c], i, _args: object): [number, number] => [
      (m * ((2 * i + 1) & 0xff)) & 0xffff,
      (c * ((2 * i + 1) & 0xff) + i) & 0xffff,
    ],
    combine: ([m, c], [n, d]): [number, number] => [(m * n) & 0xffff, (c * n + d) & 0xffff],
  }),
  /** Counts calls of its identity, and chunks in `calls`; edges as in `loop.kernels.ts`. */
  counted: reduce({
    identity: () => {
      countCall(IDENTITY_CALLS)
      return { chunks: 0 }
    },
    foldRange: (
      all,
      start,
      end,
      { calls, edges }: { readonly calls: Int32Array; readonly edges: Float64Array },
    ) => {
      const call = Atomics.add(calls, 0, 1)
      edges[2 * call] = start
      edges[2 * call + 1] = end
      all.chunks++
      return all
    },
    combine: (a, b) => {
      combineCalls.count++
      return { chunks: a.chunks + b.chunks }
    },
  }),
  countedNumbers: reduce({
    identity: () => {
      countCall(IDENTITY_CALLS)
      return 0
    },
    foldRange: (
      sum,
      start,
      end,
      { calls, edges }: { readonly calls: Int32Array; readonly edges: Float64Array },
    ) => {
      const call = Atomics.add(calls, 0, 1)
      edges[2 * call] = start
      edges[2 * call + 1] = end
      return sum + (end - start)
    },
    combine: (a, b) => {
      combineCalls.count++
      return a + b
    },
  }),
  failingAt: reduce({
    identity: 0,
    fold: (sum: number, i: number, { bad }: { readonly bad: Uint8Array }) => {
      countCall(FOLD_CALLS)
      if (bad[i] !== 0) throw new RangeError(`index ${i} is bad`)
      return sum + 1
    },
    combine: (a, b) => {
      combineCalls.count++
      return a + b
    },
  }),
  /** Chunks below a failure leave lists behind that nobody combines. */
  listUntilBad: reduce({
    identity: (): number[] => [],
    fold: (list, i, { bad }: { readonly bad: Uint8Array }) => {
      if (bad[i] !== 0) throw new RangeError(`index ${i} is bad`)
      list.push(i)
      return list
    },
    combine: (a, b) => [...a, ...b],
  }),
  combineFails: reduce({
    identity: (): number[] => [],
    fold: (list, i, _args: object) => {
      list.push(i)
      return list
    },
    combine: () => {
      throw new TypeError('these do not go together')
    },
  }),
  cannotCross: reduce({
    identity: () => ({ value: undefined as unknown }),
    fold: (_all, i, { kind }: { readonly kind: number }) => ({
      value: kind === 0 ? () => i : Symbol('odd'),
    }),
    combine: (a) => a,
  }),
})
export const { sumOf } = reductions
