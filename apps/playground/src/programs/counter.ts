import { workDepth, workResult } from 'spillway-lab/dist/analyze/heavy-work.js'
import { describeVariant, variants } from 'spillway-lab/dist/analyze/variants.js'
import type { Variant } from 'spillway-lab/dist/analyze/variants.js'
import { cutEvenly } from './program.ts'
import type { ArrayMemory, Program, Verdict, Work } from './program.ts'

// The seed's loop: every item adds 610 to a sum. Six programs differ in how the sum reaches memory, and in nothing else.

export interface Cells {
  /** One word per worker, `stride` apart; some variants use the first alone. */
  words: Int32Array
  stride: number
  /** Items per word. */
  span: number
  depth: number
  expected: number
}

export interface SumReduction {
  identity: number
  foldRange: (sum: number, start: number, end: number, args: { depth: number }) => number
  combine: (left: number, right: number) => number
}

/** Words in 128 bytes: neighbouring cache lines are fetched in pairs. */
export const LINE_WORDS = 32

/** Chunks per worker: late ones can be stolen. */
const CHUNKS = 16

export function strideOf(variant: Variant): number {
  return variant === 'padded' ? LINE_WORDS : 1
}

function create(variant: Variant, memory: ArrayMemory, items: number, cells: number): Work {
  const stride = strideOf(variant)
  const words = memory.int32(Math.max(cells * stride, LINE_WORDS))
  const chunk = Math.ceil(items / (CHUNKS * cells))
  const span = CHUNKS * chunk
  let returned = 0
  const written = (): number => words.reduce((sum, word) => sum + (word >>> 0), 0)
  const wanted = items * workResult
  const sum = (): number => {
    if (variant === 'none') return words[0] === 0 ? wanted : Number.NaN
    return returned + written()
  }
  return {
    steps: 1,
    length: items,
    chunk,
    arrays: { words },
    args: () =>
      variant === 'reduce'
        ? { depth: workDepth }
        : { words, stride, span, depth: workDepth, expected: workResult },
    messageSteps: () => 1,
    messages: (_step, parts) =>
      cutEvenly(items, CHUNKS * parts).map(([start, end]) => ({
        start,
        end,
        reads: [],
        writes: [],
      })),
    partial: (done) => {
      const own = variant === 'none' && words[0] === 0 ? done * workResult : returned + written()
      returned = 0
      words.fill(0)
      return own
    },
    accept: (value) => (returned += value),
    result: sum,
    check: () => exact(sum(), wanted),
  }
}

function exact(sum: number, wanted: number): Verdict {
  const [is, should] = [sum, wanted].map((value) => value.toLocaleString('en-US'))
  return sum === wanted
    ? { ok: true, text: `the sum is ${is}, as it must be` }
    : { ok: false, text: `the sum is ${is}; it must be ${should}` }
}

function program(variant: Variant): Program {
  const { title, writes } = describeVariant[variant]
  return {
    id: `counter-${variant}`,
    family: 'counter',
    title: 'Counter',
    variant: title,
    summary: `Adds 610 per item in six ways. This one writes ${writes}.`,
    form: variant === 'reduce' ? 'reduce' : 'range',
    items: 'items',
    sizes: [
      { name: 'small', value: 200_000, label: '200,000' },
      { name: 'medium', value: 2_000_000, label: '2,000,000' },
      // A sum of 610 per item stays below 2^32.
      { name: 'large', value: 7_000_000, label: '7,000,000' },
    ],
    create: (memory, items, cells) => create(variant, memory, items, cells),
  }
}

export const counters: readonly Program[] = variants.map(program)

export function variantOf({ id }: Program): Variant | null {
  return variants.find((variant) => id === `counter-${variant}`) ?? null
}
