/** Names of words of scheduler state, from the layout's table: `header.STOP`, `loop0.p1.RANGE`, `worker2.PARK`. */
import * as shipped from '../../src/layout/layout.ts'
import type { Struct } from '../../src/layout/layout.ts'

/** `layout.ts` as a model loads it, perhaps with smaller capacities. */
export type Layout = typeof shipped

/** Name of word `index` in a heap for `workers` workers; words behind scheduler state are `data+0` and so on. */
export function wordName(index: number, workers: number, layout: Layout = shipped): string {
  const { HEADER, LOOP, PARTICIPANT, WORKER, LOOPS_BASE, LOOP_SLOTS } = layout
  if (index < LOOPS_BASE) return `header.${fieldName(HEADER, index)}`
  const workersBase = layout.workerAt(0, workers)
  if (index < workersBase) {
    const slot = Math.floor((index - LOOPS_BASE) / layout.loopStride(workers))
    if (slot >= LOOP_SLOTS) return `word${index}`
    const inLoop = index - layout.loopAt(slot, workers)
    if (inLoop < LOOP.words) return `loop${slot}.${fieldName(LOOP, inLoop)}`
    const participant = Math.floor((inLoop - LOOP.words) / PARTICIPANT.words)
    const field = inLoop - LOOP.words - participant * PARTICIPANT.words
    return `loop${slot}.p${participant}.${fieldName(PARTICIPANT, field)}`
  }
  const end = layout.schedulerBytes(workers) / 4
  if (index >= end) return `data+${index - end}`
  const worker = Math.floor((index - workersBase) / WORKER.words)
  if (worker >= workers) return `word${index}`
  return `worker${worker}.${fieldName(WORKER, (index - workersBase) % WORKER.words)}`
}

function fieldName({ fields }: Struct, word: number): string {
  const field = fields.findLast((one) => one.word <= word)
  if (field === undefined) return `+${word}`
  return field.word === word ? field.name : `${field.name}+${word - field.word}`
}
