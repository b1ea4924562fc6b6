import { cutEvenly } from './program.ts'
import type { ArrayMemory, MessageTask, Program, Verdict, Work } from './program.ts'
import { random } from './random.ts'

export interface Part {
  data: Float64Array
  start: number
  end: number
}

/** What this program uses of a job's context; a thread alone runs children at once. */
export interface Spawning {
  spawn(body: (ctx: Spawning, args: Part) => void, args: Part): unknown
  wait(...children: unknown[]): unknown
}

function create(memory: ArrayMemory, count: number): Work {
  const data = memory.float64(count)
  const next = random(5)
  for (let i = 0; i < count; i++) data[i] = next()
  return {
    steps: 1,
    length: count,
    chunk: count,
    arrays: { data },
    args: () => ({ data, start: 0, end: count }),
    // Sorted parts, then rounds in which neighbours are put together.
    messageSteps: (parts) => 1 + Math.ceil(Math.log2(parts)),
    messages: (step, parts) =>
      step === 0 ? sortParts(count, parts) : mergeParts(count, parts, step),
    merge: (start, middle, end) => mergeSorted(data, start, middle, end),
    result: () => data,
    check: () => sorted(data),
  }
}

function sortParts(count: number, parts: number): MessageTask[] {
  return cutEvenly(count, parts).map(([start, end]) => {
    const slices = [{ array: 'data', from: start, to: end }]
    return { start, end, reads: slices, writes: slices }
  })
}

/** In round `round` neighbours of 2^(round - 1) parts each are merged. */
function mergeParts(count: number, parts: number, round: number): MessageTask[] {
  const edges = [0, ...cutEvenly(count, parts).map(([, end]) => end)]
  const reach = 2 ** (round - 1)
  const edge = (at: number): number => edges[Math.min(at, parts)]!
  const tasks: MessageTask[] = []
  for (let first = 0; first + reach < parts; first += 2 * reach) {
    const [start, middle, end] = [edge(first), edge(first + reach), edge(first + 2 * reach)]
    const slices = [{ array: 'data', from: start, to: end }]
    tasks.push({ start, middle, end, reads: slices, writes: slices })
  }
  return tasks
}

function mergeSorted(data: Float64Array, start: number, middle: number, end: number): void {
  const left = data.slice(start, middle)
  let [i, j] = [0, middle]
  for (let at = start; i < left.length; at++) {
    data[at] = j < end && data[j]! < left[i]! ? data[j++]! : left[i++]!
  }
}

function sorted(data: Float64Array): Verdict {
  const at = data.findIndex((value, i) => i > 0 && data[i - 1]! > value)
  const sum = data.reduce((total, value) => total + value, 0)
  // Sorting moves numbers; it neither makes nor loses any. Rounding depends on the order.
  const next = random(5)
  let before = 0
  for (let i = 0; i < data.length; i++) before += next()
  const kept = Math.abs(sum / before - 1) < 1e-9
  const count = data.length.toLocaleString('en-US')
  if (at === -1 && kept) return { ok: true, text: `all ${count} numbers are in order` }
  return { ok: false, text: kept ? `not in order at ${at}` : 'numbers were lost' }
}

export const quicksort: Program = {
  id: 'quicksort',
  family: 'quicksort',
  title: 'Quicksort',
  variant: null,
  summary:
    'A job that splits its part in two and spawns a child for each. Work appears as it goes, and the first split runs alone.',
  form: 'job',
  items: 'numbers',
  sizes: [
    { name: 'small', value: 100_000, label: '100,000' },
    { name: 'medium', value: 1_000_000, label: '1,000,000' },
    { name: 'large', value: 4_000_000, label: '4,000,000' },
  ],
  create,
}
