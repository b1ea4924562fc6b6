import type { Assignment } from './messages.ts'
import { PlainWorker } from './plain-worker.ts'

export interface Outcome {
  readonly ms: number
  readonly digest: number
}

/** The program in one thread, as a plain loop: a worker's, since the page's own would stand still. Timed in there. */
export class SerialEngine {
  readonly #worker = new PlainWorker()

  async run(assignment: Assignment): Promise<Outcome> {
    await this.#worker.ask({ type: 'prepare', assignment })
    const answer = await this.#worker.ask({ type: 'run' })
    if (answer.type !== 'ran') throw new Error(`unexpected answer: ${answer.type}`)
    return { ms: answer.ms, digest: answer.digest }
  }

  close(reason: unknown = new Error('closed')): void {
    this.#worker.terminate(reason)
  }
}
