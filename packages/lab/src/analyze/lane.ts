import { JobSystem } from 'spillway'
import { lineElements } from './burst-layout.ts'

/** A job system with a fixed number of workers, and the memory its calls write to. */
export interface Lane {
  workers: number
  jobs: JobSystem
  words: Int32Array
  carries: Int32Array
  stride: number
  claims: Int32Array
  wrong: Int32Array
  tally: Int32Array
}

/** More than the workers: the calling thread may run a chunk, and so may a worker that replaces a lost one. */
const spareThreads = 4

/** What the library finds usable: affinity and container quota respected. */
export async function usableCores(): Promise<number> {
  const jobs = await JobSystem.start({ workers: 0 })
  const { cores } = jobs.describe()
  await jobs.close()
  return Math.max(1, Math.floor(cores.usable))
}

export async function openLane(workers: number): Promise<Lane> {
  const jobs = await JobSystem.start({ workers })
  const words = jobs.paddedCells(Int32Array, workers + spareThreads)
  const carries = jobs.paddedCells(Int32Array, workers + spareThreads)
  return {
    workers,
    jobs,
    words: words.view,
    carries: carries.view,
    stride: words.stride,
    claims: jobs.int32(lineElements),
    wrong: jobs.int32(lineElements),
    tally: jobs.int32(lineElements),
  }
}

export function clearLane(lane: Lane): void {
  for (const view of [lane.words, lane.carries, lane.claims, lane.wrong, lane.tally]) view.fill(0)
}
