/**
 * What does not compile and what does: loops. These functions are never called. `types.test.ts` checks that every line below a
 * `@ts-expect-error` is an error, and that nothing else is.
 */
import { JobSystem, presets } from 'spillway'
import type { LoopOptions, PresetName, Range, StartOptions } from 'spillway'
import { each, kernels, range, reduce } from 'spillway/kernel'
import type { EachKernel, RangeKernel } from 'spillway/kernel'

interface Saxpy {
  readonly a: number
  readonly x: Float64Array
  readonly y: Float64Array
}

const { scale, saxpy, sum, bare, flags } = kernels('test:types', {
  scale: each((i, { x, factor }: { x: Float64Array; factor: number }) => {
    x[i]! *= factor
  }),
  saxpy: range((start, end, { a, x, y }: Saxpy) => {
    for (let i = start; i < end; i++) y[i]! += a * x[i]!
  }),
  sum: reduce({
    identity: 0,
    fold: (acc, i, { x }: { x: Float64Array }) => acc + x[i]!,
    combine: (a, b) => a + b,
  }),
  bare: each((i) => void i),
  flags: each((_i, _args: { on?: boolean; id: bigint; nested: { k: number } }) => {}),
})

export async function rightLoops(jobs: JobSystem, x: Float64Array, y: Float64Array): Promise<void> {
  await jobs.parallelFor(10, scale, { x, factor: 2 })
  await jobs.parallelFor([1, 10], scale, { x, factor: 2 }, { hint: 'light' })
  await jobs.parallelFor(
    { start: 1, end: 10 },
    saxpy,
    { a: 1, x, y },
    { align: 'y', schedule: 'guided' },
  )
  await jobs.parallelForAuto(10, saxpy, { a: 1, x, y }, { align: { array: 'y', bytes: 64 } })
  await jobs.parallelForChunks(
    10,
    3,
    saxpy,
    { a: 1, x, y },
    { signal: AbortSignal.abort(), timeout: 3 },
  )
  const nothing: void = jobs.parallelForSync(10, scale, { x, factor: 2 })
  jobs.parallelForAutoSync(10, bare)
  jobs.parallelForSync(10, flags, { id: 1n, nested: { k: 1 } })
  jobs.parallelForSync(10, flags, { on: true, id: 1n, nested: { k: 1 } })
  return nothing
}

export async function rightPlainFunctions(jobs: JobSystem, x: Float64Array): Promise<void> {
  await jobs.parallelFor(10, (i, { x: out }) => void (out[i] = i), { x })
  await jobs.parallelFor(10, (i) => void i)
  await jobs.parallelFor(10, (i) => void i, undefined, { grain: 5 })
  await jobs.parallelForChunks(10, 3, (start, end, { x: out }) => void out.fill(1, start, end), {
    x,
  })
  jobs.parallelForChunksSync(10, 3, (start, end) => void (end - start))
}

export function inferred(): [EachKernel<{ x: Float64Array; factor: number }>, RangeKernel<Saxpy>] {
  return [scale, saxpy]
}

export function wrongRecords(jobs: JobSystem, x: Float64Array): void {
  // @ts-expect-error factor is missing
  void jobs.parallelFor(10, scale, { x })
  // @ts-expect-error factor is no string
  void jobs.parallelFor(10, scale, { x, factor: '2' })
  // @ts-expect-error x is another class
  void jobs.parallelFor(10, scale, { x: new Int32Array(3), factor: 2 })
  // @ts-expect-error a name with a typing error
  void jobs.parallelFor(10, scale, { x, facter: 2 })
  // @ts-expect-error a field that no kernel takes
  void jobs.parallelFor(10, scale, { x, factor: 2, more: 1 })
  // @ts-expect-error the record is missing
  void jobs.parallelFor(10, scale)
  // @ts-expect-error no record
  jobs.parallelForSync(10, scale, undefined)
  // @ts-expect-error the nested record lacks k
  jobs.parallelForSync(10, flags, { id: 1n, nested: {} })
  // @ts-expect-error id is a bigint
  jobs.parallelForAutoSync(10, flags, { id: 1, nested: { k: 1 } })
  // @ts-expect-error y is missing
  jobs.parallelForChunksSync(10, 2, saxpy, { a: 1, x })
}

export function wrongKinds(jobs: JobSystem, x: Float64Array, y: Float64Array): void {
  // @ts-expect-error a reduction is no loop
  void jobs.parallelFor(10, sum, { x })
  // @ts-expect-error chunks need a range kernel
  void jobs.parallelForChunks(10, 3, scale, { x, factor: 1 })
  // @ts-expect-error the size is missing
  void jobs.parallelForChunks(10, saxpy, { a: 1, x, y })
  // @ts-expect-error no kernel
  void jobs.parallelFor(10, 'scale', { x, factor: 1 })
}

export function wrongRanges(jobs: JobSystem): void {
  // @ts-expect-error no text
  void jobs.parallelFor('10', bare)
  // @ts-expect-error one bound too many
  void jobs.parallelFor([1, 2, 3], bare)
  // @ts-expect-error end is missing
  void jobs.parallelFor({ start: 1 }, bare)
  // @ts-expect-error no bigint
  void jobs.parallelFor(10n, bare)
}

export function wrongOptions(jobs: JobSystem, x: Float64Array): void {
  // @ts-expect-error no such hint
  void jobs.parallelFor(10, scale, { x, factor: 1 }, { hint: 'fast' })
  // @ts-expect-error no such schedule
  void jobs.parallelFor(10, scale, { x, factor: 1 }, { schedule: 'dynamic' })
  // @ts-expect-error no such option
  void jobs.parallelFor(10, scale, { x, factor: 1 }, { grian: 4 })
  // @ts-expect-error a number of milliseconds
  jobs.parallelForSync(10, scale, { x, factor: 1 }, { timeout: '5' })
  // @ts-expect-error the controller is no signal
  jobs.parallelForSync(10, scale, { x, factor: 1 }, { signal: new AbortController() })
}

export function wrongBodies(): void {
  // @ts-expect-error bodies get numbers
  each((i: string) => void i)
  // @ts-expect-error three parameters at most
  range((_start, _end, _args, _more) => {})
  // @ts-expect-error a table of kernels
  kernels('test:none', { scale: (i: number) => void i })
}

export function plainTypes(): [Range, LoopOptions, StartOptions] {
  // @ts-expect-error workers are counted
  const start: StartOptions = { workers: 'many' }
  return [[0, 1], { grain: 1 }, start]
}

export function rightPresets(): PresetName {
  void JobSystem.start(presets.lowLatency)
  void JobSystem.start({ ...presets.gaming, workers: 4, name: 'game' })
  const names: PresetName[] = Object.keys(presets) as PresetName[]
  return names[0]!
}

export function wrongPresets(): void {
  // @ts-expect-error there is no such preset
  void JobSystem.start(presets.fastest)
  // @ts-expect-error a preset is shared by the whole program
  presets.gaming = {}
  // @ts-expect-error its options are too
  presets.gaming.workers = 4
}
