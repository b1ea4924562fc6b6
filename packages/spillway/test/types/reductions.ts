/**
 * What does not compile and what does: reductions and the heap. `types.test.ts` checks that every line below a `@ts-expect-error`
 * is an error, and that nothing else is.
 */
import type { JobSystem, PaddedCells } from 'spillway'
import { kernels, reduce } from 'spillway/kernel'
import type { ReduceKernel } from 'spillway/kernel'

interface Values {
  readonly values: Float64Array
}

const { sum, longest, histogram, best, big, count } = kernels('test:types', {
  sum: reduce({
    identity: 0,
    fold: (acc, i, { values }: Values) => acc + values[i]!,
    combine: (a, b) => a + b,
  }),
  longest: reduce({
    identity: '',
    fold: (acc, i, _args: Values) => (`${i}`.length > acc.length ? `${i}` : acc),
    combine: (a, b) => (b.length > a.length ? b : a),
  }),
  histogram: reduce({
    identity: () => new Uint32Array(4),
    foldRange: (bins, start, end, { values }: Values) => {
      for (let i = start; i < end; i++) bins[values[i]!]!++
      return bins
    },
    combine: (a, b) => a.map((value, bin) => value + b[bin]!),
  }),
  best: reduce({
    identity: () => ({ value: -Infinity, index: -1 }),
    fold: (acc, i, { values }: Values) =>
      values[i]! > acc.value ? { value: values[i]!, index: i } : acc,
    combine: (a, b) => (b.value > a.value ? b : a),
  }),
  big: reduce({
    identity: 0n,
    fold: (acc, i, _args: Values) => acc + BigInt(i),
    combine: (a, b) => a + b,
  }),
  count: reduce({
    identity: 0,
    fold: (acc: number) => acc + 1,
    combine: (a: number, b: number) => a + b,
  }),
})

export async function inferredResults(jobs: JobSystem, values: Float64Array): Promise<void> {
  const total: number = await jobs.parallelReduce(10, sum, { values })
  const totalSync: number = jobs.parallelReduceSync([1, 10], sum, { values }, { hint: 'heavy' })
  const text: string = jobs.parallelReduceSync(10, longest, { values })
  const bins: Uint32Array = await jobs.parallelReduce(10, histogram, { values })
  const { value, index }: { value: number; index: number } = await jobs.parallelReduce(10, best, {
    values,
  })
  const large: bigint = jobs.parallelReduceSync(10, big, { values })
  const counted: number = jobs.parallelReduceSync(10, count)
  void [total, totalSync, text, bins, value, index, large, counted]
}

export function inferredKernels(): [
  ReduceKernel<Values, number>,
  ReduceKernel<Values, { value: number; index: number }>,
] {
  return [sum, best]
}

export async function wrongResults(jobs: JobSystem, values: Float64Array): Promise<void> {
  // @ts-expect-error a sum is a number
  const text: string = await jobs.parallelReduce(10, sum, { values })
  // @ts-expect-error the async form gives a promise
  const total: number = jobs.parallelReduce(10, sum, { values })
  // @ts-expect-error no such field
  const { place } = await jobs.parallelReduce(10, best, { values })
  void [text, total, place]
}

export function wrongRecords(jobs: JobSystem, values: Float64Array): void {
  // @ts-expect-error another class
  void jobs.parallelReduce(10, sum, { values: new Int32Array(1) })
  // @ts-expect-error the record is missing
  void jobs.parallelReduce(10, sum)
  // @ts-expect-error a name with a typing error
  jobs.parallelReduceSync(10, sum, { valeus: values })
  // @ts-expect-error no such option
  jobs.parallelReduceSync(10, sum, { values }, { chunks: 3 })
  // @ts-expect-error a function is no reduction
  jobs.parallelReduceSync(10, (a: number, b: number) => a + b, { values })
}

export function wrongReductions(
  add: (a: number, b: number) => number,
  join: (a: string) => string,
): void {
  // @ts-expect-error combine of another type
  reduce<object, number>({ identity: 0, fold: add, combine: join })
  // @ts-expect-error fold gives another type than it takes
  reduce<object, number>({ identity: 0, fold: (a, i) => `${a}${i}`, combine: add })
  // @ts-expect-error fold of another type than the identity, by inference alone
  reduce({ identity: 0, fold: join, combine: add })
  // @ts-expect-error combine is missing
  reduce({ identity: 0, fold: add })
  // @ts-expect-error identity is missing
  reduce({ fold: add, combine: add })
  // @ts-expect-error identity of another type than the accumulator
  reduce<object, number>({ identity: 'zero', fold: add, combine: add })
}

export function rightMemory(jobs: JobSystem): void {
  const doubles: Float64Array = jobs.alloc(Float64Array, 3)
  const cells: PaddedCells<Int32Array> = jobs.paddedCells(Int32Array, 3)
  const bytes: Uint8Array = jobs.share(new Uint8Array(3))
  const copy: BigInt64Array = jobs.copyOut(jobs.bigInt64(1))
  const scoped: Uint16Array = jobs.scope().uint16(3)
  jobs.free(cells)
  void [doubles, bytes, copy, scoped]
}

export function wrongMemory(jobs: JobSystem): void {
  // @ts-expect-error another class
  const doubles: Float64Array = jobs.alloc(Float32Array, 3)
  // @ts-expect-error a length is missing
  jobs.alloc(Float64Array)
  // @ts-expect-error arrays are no typed arrays
  jobs.share([1, 2])
  // @ts-expect-error no view
  jobs.free(5)
  // @ts-expect-error no such event
  jobs.on('worker-found', () => {})
  void doubles
}
