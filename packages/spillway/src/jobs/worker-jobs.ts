/** Jobs in a worker's thread. Loaded when the program uses its first job. */
import { ArrivedBuffers } from '../binding/buffers.ts'
import { ShapeReader } from '../binding/shape-reader.ts'
import { ShapeTable } from '../binding/write.ts'
import { load } from '../core/atomics.ts'
import type { ThreadContext } from '../core/worker.ts'
import type { Catalogue } from '../heap/catalogue.ts'
import type { Outbox } from '../heap/outbox.ts'
import type { ThreadMemory } from '../heap/thread-memory.ts'
import type { HeapViews } from '../heap/views.ts'
import { KernelTable } from '../kernels/kernel-table.ts'
import { globalNames } from '../kernels/globals.ts'
import type { KernelResolver } from '../kernels/resolver.ts'
import type { SourceAnalyser } from '../kernels/source.ts'
import { jobArea } from '../layout/jobs.ts'
import { H_JOB_CAPACITY, H_JOBS, LINE_WORDS } from '../layout/layout.ts'
import type { Recorder } from '../observe/recorder.ts'
import { JobArguments } from './arguments.ts'
import { openReplies } from './endings.ts'
import { JobThread } from './thread.ts'

export { serveEvents } from './event-loop.ts'

export interface WorkerJobsSetup {
  readonly context: ThreadContext
  readonly views: HeapViews
  readonly memory: ThreadMemory
  readonly outbox: Outbox
  readonly catalogue: Catalogue
  readonly resolver: KernelResolver
  readonly shapes: ShapeReader
  readonly buffers: ArrivedBuffers
  readonly recorder: Recorder | null
  readonly putAside: (job: number) => void
  readonly wantAsyncWorker: () => void
  readonly listen?: (change: number) => void
  readonly yieldToEvents: () => Promise<void>
  /** Gives what checks plain functions that stand for kernels. */
  readonly analyser: () => SourceAnalyser
}

/** Takes in the ends of the children of async jobs. Failures of detached jobs go to the starter. */
export function collectReplies(thread: JobThread): void {
  openReplies(thread, () => {})
}

export function makeWorkerJobs(setup: WorkerJobsSetup): JobThread {
  const { context, views, catalogue, shapes, buffers } = setup
  const kernels = new KernelTable(catalogue, new ShapeTable(catalogue))
  kernels.analyseWith(setup.analyser, new Set(globalNames()))
  const base = load(views.words, H_JOBS) * LINE_WORDS
  const area = jobArea(base, context.workers, views.words[H_JOB_CAPACITY])
  views.cover(area.end * 4)
  const thread: JobThread = new JobThread({
    ...setup,
    area,
    kernels,
    arguments: new JobArguments(views, shapes, buffers.byId, (word) => thread.counters.at(word)),
  })
  return thread
}
