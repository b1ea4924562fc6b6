/** Names of words, from the layout's tables: `header.STOP`, `loop0.p1.RANGE`, `worker2.PARK`, `thread0.TOP`, `job3.COMPLETION`. */
import type * as shipped from '../programs/layout.ts'
import type { JobArea } from '../../src/layout/jobs.ts'
import type { Struct } from '../../src/layout/struct.ts'

/** The layout as a model loads it, perhaps with smaller capacities. */
export type Layout = typeof shipped

/** The heap of a model: scheduler state, perhaps a job area, then data. */
export interface Memory {
  readonly words: Int32Array
  readonly layout: Layout
  readonly workers: number
  readonly area: JobArea | null
  /** First word of the data. */
  readonly data: number
}

/** Memory for a model, with job records for each thread if `jobs` is not 0. */
export function createMemory(layout: Layout, workers: number, jobs: number, data: number): Memory {
  const base = layout.schedulerBytes(workers) / 4
  const area = jobs === 0 ? null : { ...layout.jobArea(base, workers, jobs) }
  const end = area?.end ?? base
  return { words: new Int32Array(end + data), layout, workers, area, data: end }
}

export function wordName(memory: Memory, index: number): string {
  const { layout, workers, area, data } = memory
  const { HEADER, WORKER, LOOPS_BASE, OTHER_THREADS } = layout
  if (index < LOOPS_BASE) return `header.${fieldName(HEADER, index)}`
  if (index >= data) return `data+${index - data}`
  if (area !== null && index >= area.base) return jobName(memory, area, index)
  const first = layout.workerAt(0, workers)
  if (index < first) {
    const slot = Math.floor((index - LOOPS_BASE) / layout.loopStride(workers))
    return loopName(memory, slot, index - layout.loopAt(slot, workers))
  }
  const worker = Math.floor((index - first) / WORKER.words)
  if (worker >= workers + OTHER_THREADS) return `outbox+${index - first}`
  return `worker${worker}.${fieldName(WORKER, (index - first) % WORKER.words)}`
}

function loopName({ layout }: Memory, slot: number, word: number): string {
  const { LOOP, PARTICIPANT } = layout
  if (word < LOOP.words) return `loop${slot}.${fieldName(LOOP, word)}`
  const participant = Math.floor((word - LOOP.words) / PARTICIPANT.words)
  const field = (word - LOOP.words) % PARTICIPANT.words
  return `loop${slot}.p${participant}.${fieldName(PARTICIPANT, field)}`
}

function jobName(memory: Memory, area: JobArea, index: number): string {
  const { layout, workers } = memory
  const { THREAD, JOB, LOOP_SLOTS } = layout
  if (index < area.records) {
    const thread = Math.floor((index - area.base) / area.threadStride)
    const word = (index - area.base) % area.threadStride
    if (word < THREAD.words) return `thread${thread}.${fieldName(THREAD, word)}`
    return `thread${thread}.RING+${word - THREAD.words}`
  }
  if (index < area.loops) {
    const job = Math.floor((index - area.records) / JOB.words) + 1
    return `job${job}.${fieldName(JOB, (index - area.records) % JOB.words)}`
  }
  const slot = Math.floor((index - area.loops) / layout.loopStride(workers))
  return loopName(memory, LOOP_SLOTS + slot, (index - area.loops) % layout.loopStride(workers))
}

/** A word's name without the number of its record and its place in a block: `loop.p1.RANGE`, `thread.RING`. */
export function kindOfWord(name: string): string {
  return name.replace(/^(\D+)\d+\./, '$1.').replace(/\+\d+$/, '')
}

function fieldName({ fields }: Struct, word: number): string {
  const field = fields.findLast((one) => one.word <= word)
  if (field === undefined) return `+${word}`
  return field.word === word ? field.name : `${field.name}+${word - field.word}`
}
