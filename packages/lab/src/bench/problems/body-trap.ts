// Springs the trap described in body-trap.kernels.ts: every kernel often enough to be optimised in its own right.
import type { JobSystem } from 'spillway'
import {
  copy,
  halve,
  invert,
  negate,
  root,
  rotate,
  saxpy,
  writeIndex,
} from './body-trap.kernels.ts'

const ITEMS = 4096
const PASSES = 300

export function springTrap(jobs: JobSystem): void {
  const items = jobs.float64(ITEMS)
  const to = jobs.float64(ITEMS)
  const floats = jobs.float32(ITEMS)
  const bytes = jobs.uint8(ITEMS)
  const words = jobs.int32(ITEMS)
  const pair = { from: items, to, scale: 0.5 }
  for (let pass = 0; pass < PASSES; pass++) {
    jobs.parallelForSync(ITEMS, writeIndex, { items })
    jobs.parallelForSync(ITEMS, negate, { items })
    jobs.parallelForSync(ITEMS, root, { items })
    jobs.parallelForSync(ITEMS, halve, { floats })
    jobs.parallelForSync(ITEMS, invert, { bytes })
    jobs.parallelForSync(ITEMS, rotate, { words, shift: 7 })
    jobs.parallelForSync(ITEMS, copy, pair)
    jobs.parallelForSync(ITEMS, saxpy, pair)
  }
  for (const view of [items, to, floats, bytes, words]) jobs.free(view)
}
