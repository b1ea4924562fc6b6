import { ownMemory } from '../programs/program.ts'
import type { MessageTask, Program, Work } from '../programs/program.ts'
import { digest } from './digest.ts'
import type { Assignment, Piece } from './messages.ts'
import { PlainWorker } from './plain-worker.ts'
import type { Outcome } from './serial.ts'

/**
 * Workers and messages, as one writes them without a library: every step sends each worker what its part reads and gets back what it
 * has written. Buffers are moved, not copied twice; a worker gets its next task when it has answered.
 */
export class MessagePool {
  readonly #workers: readonly PlainWorker[]

  constructor(workers: number) {
    this.#workers = Array.from({ length: workers }, () => new PlainWorker())
  }

  async run(program: Program, assignment: Assignment, signal: AbortSignal): Promise<Outcome> {
    const parts = this.#workers.length
    const work = program.create(ownMemory, assignment.size, assignment.cells)
    await Promise.all(this.#workers.map((worker) => worker.ask({ type: 'prepare', assignment })))
    const began = performance.now()
    for (let step = 0; step < work.messageSteps(parts); step++) {
      const tasks = work.messages(step, parts)
      let next = 0
      await Promise.all(
        this.#workers.map(async (worker) => {
          while (next < tasks.length) await deliver(worker, work, step, tasks[next++]!)
        }),
      )
      signal.throwIfAborted()
    }
    return { ms: performance.now() - began, digest: digest(work.result()) }
  }

  close(reason: unknown = new Error('closed')): void {
    for (const worker of this.#workers) worker.terminate(reason)
  }
}

async function deliver(
  worker: PlainWorker,
  work: Work,
  step: number,
  task: MessageTask,
): Promise<void> {
  const { start, end, middle, writes } = task
  const reads = task.reads.map(({ array, from, to }): Piece => {
    return { array, at: from, data: work.arrays[array]!.slice(from, to) }
  })
  const moved = reads.map(({ data }) => data.buffer as ArrayBuffer)
  const answer = await worker.ask({ type: 'task', step, start, end, middle, reads, writes }, moved)
  if (answer.type !== 'done') throw new Error(`unexpected answer: ${answer.type}`)
  for (const { array, at, data } of answer.writes) work.arrays[array]!.set(data, at)
  if (answer.partial !== null) work.accept!(answer.partial)
}
