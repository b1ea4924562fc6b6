/** Kernels that leave behind what they were called with. */
import { threadId } from 'node:worker_threads'
import { each, kernels, range } from 'spillway/kernel'

/** Cell i - base counts the calls for index i. */
export interface Counted {
  readonly counts: Int32Array
  readonly base: number
}

/** Call k covered [edges[2k], edges[2k + 1]) and ran in thread threads[k]; calls[0] counts calls, also those past the end. */
export interface Recorded {
  readonly calls: Int32Array
  readonly edges: Float64Array
  readonly threads: Int32Array
}

export const { count, countRange, record, recordIndex, square, busy } = kernels(import.meta.url, {
  count: each((i, { counts, base }: Counted) => {
    Atomics.add(counts, i - base, 1)
  }),
  countRange: range((start, end, { counts, base }: Counted) => {
    for (let i = start; i < end; i++) Atomics.add(counts, i - base, 1)
  }),
  record: range((start, end, { calls, edges, threads }: Recorded) => {
    const call = Atomics.add(calls, 0, 1)
    edges[2 * call] = start
    edges[2 * call + 1] = end
    threads[call] = threadId
  }),
  recordIndex: each((i, { calls, edges, threads }: Recorded) => {
    const call = Atomics.add(calls, 0, 1)
    edges[2 * call] = i
    edges[2 * call + 1] = i + 1
    threads[call] = threadId
  }),
  square: each((i, { out }: { readonly out: Float64Array }) => {
    out[i] = i * i + 0.5
  }),
  /** Counts, and takes so long that the loop is shared with the workers. */
  busy: each((i, { counts, base, ms }: Counted & { readonly ms: number }) => {
    const end = performance.now() + ms
    while (performance.now() < end);
    Atomics.add(counts, i - base, 1)
  }),
})
