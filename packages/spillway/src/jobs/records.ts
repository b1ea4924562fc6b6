/** The job records that one thread hands out: free ones, what is written into them, what is read back. */
import type { BufferIds } from '../binding/buffers.ts'
import { WrittenArguments, writeArguments } from '../binding/write.ts'
import type { ArgumentRecord, Shape } from '../binding/shape.ts'
import { add, next, takeAll } from '../core/chain.ts'
import type { ThreadMemory } from '../heap/thread-memory.ts'
import type { HeapViews } from '../heap/views.ts'
import {
  FREE,
  J_ARGUMENT,
  J_ARGUMENTS,
  J_CANCELLED,
  J_COMPLETION,
  J_END,
  J_FLAGS,
  J_HOME,
  J_INLINE_ARGUMENTS,
  J_KERNEL,
  J_PARENT,
  J_RESULT,
  J_SHAPE,
  J_STATE,
  J_WAITING_ON,
  J_WAKE,
  JOB_ARGUMENTS,
  NO_ARGUMENTS,
  NUMBER_ARGUMENT,
  QUEUED,
  T_RETURNED,
  jobAt,
  jobId,
  ownerOf,
  threadAt,
} from '../layout/jobs.ts'
import type { JobArea } from '../layout/jobs.ts'
import { ARGUMENT_WORDS, LINE_BYTES } from '../layout/layout.ts'

export class JobRecords {
  readonly #views: HeapViews
  readonly #area: JobArea
  readonly #thread: number
  readonly #memory: ThreadMemory
  readonly #buffers: BufferIds
  readonly #free: number[] = []
  readonly #written = new WrittenArguments()
  /** Byte offsets of argument blocks, by record. */
  readonly #blocks: (number | undefined)[] = []

  constructor(
    views: HeapViews,
    area: JobArea,
    thread: number,
    memory: ThreadMemory,
    buffers: BufferIds,
  ) {
    this.#views = views
    this.#area = area
    this.#thread = thread
    this.#memory = memory
    this.#buffers = buffers
    for (let index = area.capacity - 1; index >= 0; index--) {
      const job = jobId(area, thread, index)
      // A record that an earlier thread on this seat left to others comes back when they are done with it.
      if (views.words[jobAt(area, job) + J_STATE] === FREE) this.#free.push(job)
    }
  }

  get inUse(): number {
    return this.#area.capacity - this.#free.length
  }

  isOwn(job: number): boolean {
    return ownerOf(this.#area, job) === this.#thread
  }

  /** Index of an own record. */
  indexOf(job: number): number {
    return (job - 1) % this.#area.capacity
  }

  /** A free record; 0 if there is none. */
  take(): number {
    return this.#free.pop() ?? 0
  }

  /** Takes back the records that other threads are done with. */
  collectReturned(): void {
    const { words } = this.#views
    let job = takeAll(words, threadAt(this.#area, this.#thread) + T_RETURNED)
    while (job !== 0) {
      const following = next(words, this.#area, job)
      this.give(job)
      job = following
    }
  }

  /** Gives an own record back. */
  give(job: number): void {
    this.#views.words[jobAt(this.#area, job) + J_STATE] = FREE
    const index = this.indexOf(job)
    const block = this.#blocks[index]
    if (block !== undefined) {
      this.#memory.release(block)
      this.#blocks[index] = undefined
    }
    this.#free.push(job)
  }

  /** Gives a record back to the thread that handed it out. */
  giveBack(job: number): void {
    const owner = threadAt(this.#area, ownerOf(this.#area, job))
    if (this.isOwn(job)) this.give(job)
    else add(this.#views.words, this.#area, owner + T_RETURNED, job)
  }

  /** Writes a job with plain stores: pushing it orders them. `shape` null with a number for args means an argument that is a number. */
  write(
    job: number,
    kernel: number,
    shape: Shape | null,
    args: unknown,
    flags: number,
    parent: number,
  ): void {
    const at = jobAt(this.#area, job)
    let line = 0
    if (shape !== null) line = this.#writeArguments(job, at, shape, args as ArgumentRecord)
    const { words, doubles } = this.#views
    words[at + J_COMPLETION] = 0
    words[at + J_STATE] = QUEUED
    words[at + J_HOME] = 0
    words[at + J_PARENT] = parent
    words[at + J_KERNEL] = kernel
    words[at + J_FLAGS] = flags
    words[at + J_RESULT] = 0
    words[at + J_WAITING_ON] = 0
    words[at + J_WAKE] = 0
    words[at + J_CANCELLED] = 0
    words[at + J_ARGUMENTS] = line
    if (shape !== null) words[at + J_SHAPE] = shape.id
    else if (typeof args === 'number') {
      words[at + J_SHAPE] = NUMBER_ARGUMENT
      doubles[(at + J_ARGUMENT) / 2] = args
    } else words[at + J_SHAPE] = NO_ARGUMENTS
  }

  /** Makes a written job stand for the indexes [start, end). */
  writeBatch(job: number, start: number, end: number): void {
    const at = jobAt(this.#area, job)
    this.#views.doubles[(at + J_ARGUMENT) / 2] = start
    this.#views.doubles[(at + J_END) / 2] = end
  }

  #writeArguments(job: number, at: number, shape: Shape, args: ArgumentRecord): number {
    let line = 0
    let to = at + J_INLINE_ARGUMENTS
    if (shape.leaves > JOB_ARGUMENTS) {
      const block = this.#memory.allocate(shape.leaves * ARGUMENT_WORDS * 4)
      this.#blocks[this.indexOf(job)] = block
      line = block / LINE_BYTES
      to = block / 4
    }
    // Records are handed out again: nothing of what they held before may be taken for written.
    this.#written.at = -1
    writeArguments(this.#views, this.#buffers, this.#written, to, shape, args)
    return line
  }
}
