/** One run with everything shown: picture, trace, check. */
import type { JobSystem, Trace } from 'spillway'
import { runOnSpillway } from '../engines/spillway.ts'
import type { KeptSystem } from '../engines/systems.ts'
import type { Screen } from '../pictures/screen.ts'
import { kernelOf } from '../programs/kernel-of.ts'
import type { Program, Verdict, Work } from '../programs/program.ts'
import type { Progress } from './activity.ts'
import { drawBetween, drawWhile } from './frames.ts'

export interface Settings {
  readonly program: Program
  /** The kernel's text if it is not as it comes, else null. */
  readonly text: string | null
  readonly size: number
  readonly workers: number
}

export interface Finished {
  /** Of all steps; drawing between them is not in it. */
  readonly ms: number
  readonly work: Work
  /** Workers there really were: none in a page without isolation. */
  readonly workers: number
  readonly trace: Trace
  readonly verdict: Verdict
}

/** A cancelled run ends between chunks. If it has not by then, its threads are ended. */
const PATIENCE_MS = 1000

type Scope = ReturnType<JobSystem['scope']>

export class Runner {
  readonly #system: KeptSystem
  readonly #screen: Screen
  /** Arrays of the last run, which the screen shows until the next. */
  #memory: Scope | null = null
  #owner: JobSystem | null = null

  constructor(system: KeptSystem, screen: Screen) {
    this.#system = system
    this.#screen = screen
  }

  async run(settings: Settings, signal: AbortSignal, progress: Progress): Promise<Finished> {
    const { program, text, size, workers } = settings
    const kernel = kernelOf(program, text)
    const jobs = await this.#system.get(workers)
    const work = program.create(this.#fresh(jobs), size, Math.max(1, jobs.workers))
    this.#screen.show(program, work, jobs.workers)
    const draw = drawBetween(this.#screen)
    const stopDrawing = work.steps === 1 ? drawWhile(this.#screen) : () => {}
    const between = async (stepsDone: number): Promise<void> => {
      progress(stepsDone, work.steps, work.steps === 1 ? '' : `step ${stepsDone} of ${work.steps}`)
      await draw(stepsDone)
    }
    const patience = this.#endWhenLate(signal)
    jobs.clearTrace()
    try {
      const ms = await runOnSpillway(jobs, work, kernel, { signal, between })
      return { ms, work, workers: jobs.workers, trace: jobs.trace(), verdict: work.check() }
    } finally {
      patience()
      stopDrawing()
      this.#screen.draw(work.steps)
    }
  }

  #fresh(jobs: JobSystem): Scope {
    // Another system's arrays went with it.
    if (this.#owner === jobs) this.#memory?.free()
    this.#owner = jobs
    return (this.#memory = jobs.scope())
  }

  #endWhenLate(signal: AbortSignal): () => void {
    let timer: ReturnType<typeof setTimeout> | undefined
    const late = (): void => {
      timer = setTimeout(() => void this.#system.abandon(), PATIENCE_MS)
    }
    signal.addEventListener('abort', late)
    return () => {
      signal.removeEventListener('abort', late)
      clearTimeout(timer)
    }
  }
}
