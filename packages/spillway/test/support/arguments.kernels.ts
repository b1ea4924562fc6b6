/** A kernel that says what arguments it got, and in which thread. */
import { threadId } from 'node:worker_threads'
import { kernels, range, reduce } from 'spillway/kernel'

export interface DescribedView {
  readonly class: string
  readonly byteOffset: number
  readonly length: number
  readonly shared: boolean
  readonly items: readonly (number | bigint)[]
}

export type Described =
  | number
  | boolean
  | bigint
  | DescribedView
  | { readonly [key: string]: Described }

/** What tells one argument record from another, in values that any codec can carry. */
export function describe(value: unknown): Described {
  if (ArrayBuffer.isView(value)) {
    const view = value as Uint8Array
    return {
      class: view.constructor.name,
      byteOffset: view.byteOffset,
      length: view.length,
      shared: view.buffer instanceof SharedArrayBuffer,
      items: [...view.subarray(0, 8)],
    }
  }
  if (typeof value !== 'object' || value === null) return value as Described
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, describe(field)]))
}

/** So long that the call is never run in the calling thread for being short. */
const LONG_MS = 1

export interface Told {
  readonly thread: number
  readonly args: Described
}

export const { tell, fillViews, sumTwo, sumTwoOptional } = kernels(import.meta.url, {
  tell: reduce({
    identity: (): Told => ({ thread: -1, args: 0 }),
    foldRange: (_told, _start, _end, args: object): Told => {
      const end = performance.now() + LONG_MS
      while (performance.now() < end);
      return { thread: threadId, args: describe(args) }
    },
    combine: (_a, b) => b,
  }),
  /** Adds 1 to each item that the range covers. */
  fillViews: range((start, end, { view }: { readonly view: Uint8Array }) => {
    for (let i = start; i < end; i++) view[i]!++
  }),
  sumTwo: range(
    (
      _start,
      _end,
      {
        out,
        a,
        nested,
      }: {
        readonly out: Float64Array
        readonly a: number
        readonly nested: { readonly b: number }
      },
    ) => {
      out[0] = a + nested.b
    },
  ),
  sumTwoOptional: range(
    (
      _start,
      _end,
      { out, a, b = 40 }: { readonly out: Float64Array; readonly a: number; readonly b?: number },
    ) => {
      out[0] = a + b
    },
  ),
})
