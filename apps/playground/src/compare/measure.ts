/** The same program three ways: one thread, a pool with messages, Spillway. */
import { median } from 'spillway-lab/dist/stats/median.js'
import { digest } from '../engines/digest.ts'
import { MessagePool } from '../engines/message-pool.ts'
import type { Assignment } from '../engines/messages.ts'
import { SerialEngine } from '../engines/serial.ts'
import type { Outcome } from '../engines/serial.ts'
import { breathe, runOnSpillway } from '../engines/spillway.ts'
import { startSystem } from '../engines/systems.ts'
import { kernelOf } from '../programs/kernel-of.ts'
import { repeat } from '../scaling/measure.ts'
import { ownMemory } from '../programs/program.ts'
import type { MessageTask, Program, Work } from '../programs/program.ts'

export interface Comparison {
  readonly program: Program
  readonly workers: number
  readonly serial: Side
  readonly messages: Side
  readonly spillway: Side
  /** What one run of the pool sends, and copies. */
  readonly traffic: { readonly messages: number; readonly bytes: number }
}

export interface Side {
  readonly ms: number
  readonly samples: readonly number[]
  /** Whether its last result differs from the one thread's, if only in a bit. */
  readonly differs: boolean
}

export interface ComparisonRun {
  readonly program: Program
  readonly text: string | null
  readonly size: number
  readonly workers: number
  readonly signal: AbortSignal
  progress(done: number, all: number, text: string): void
}

const PASSES = 3
/** Threads that begin need some runs until their code is compiled, see `scaling/measure.ts`. */
const WARM_MS = 500

export async function compare(run: ComparisonRun): Promise<Comparison> {
  const { program, size, workers, text, signal } = run
  const assignment: Assignment = { program: program.id, text, size, cells: workers }
  const serial = new SerialEngine()
  const pool = new MessagePool(workers)
  const stop = (): void => {
    serial.close(signal.reason)
    pool.close(signal.reason)
  }
  signal.addEventListener('abort', stop)
  const jobs = await startSystem(workers)
  const sides = [
    { name: 'one thread', run: () => serial.run(assignment) },
    { name: 'postMessage pool', run: () => pool.run(program, assignment, signal) },
    { name: 'Spillway', run: () => onSpillway(jobs, run) },
  ]
  try {
    const outcomes = sides.map((): Outcome[] => [])
    for (let pass = 0; pass <= PASSES; pass++) {
      for (const [at, side] of sides.entries()) {
        const what = pass === 0 ? 'warming up' : `pass ${pass} of ${PASSES}`
        run.progress(pass * sides.length + at, (PASSES + 1) * sides.length, `${what}: ${side.name}`)
        const once = async (): Promise<number> => {
          const outcome = await side.run()
          signal.throwIfAborted()
          if (pass > 0) outcomes[at]!.push(outcome)
          return outcome.ms
        }
        await repeat(pass === 0 ? WARM_MS : 0, once)
      }
    }
    const [first, second, third] = outcomes as [Outcome[], Outcome[], Outcome[]]
    const wanted = first.at(-1)!.digest
    const traffic = trafficOf(program.create(ownMemory, size, workers), workers)
    return {
      program,
      workers: jobs.workers,
      serial: sideOf(first, wanted),
      messages: sideOf(second, wanted),
      spillway: sideOf(third, wanted),
      traffic,
    }
  } finally {
    signal.removeEventListener('abort', stop)
    serial.close()
    pool.close()
    await jobs.close({ drain: false })
  }
}

async function onSpillway(
  jobs: Awaited<ReturnType<typeof startSystem>>,
  { program, text, size, workers, signal }: ComparisonRun,
): Promise<Outcome> {
  const memory = jobs.scope()
  try {
    const work = program.create(memory, size, workers)
    const ms = await runOnSpillway(jobs, work, kernelOf(program, text), {
      signal,
      between: breathe,
    })
    return { ms, digest: digest(work.result()) }
  } finally {
    memory.free()
  }
}

function sideOf(outcomes: readonly Outcome[], wanted: number): Side {
  const samples = outcomes.map(({ ms }) => ms)
  return { ms: median(samples), samples, differs: outcomes.at(-1)!.digest !== wanted }
}

export function trafficOf(work: Work, parts: number): { messages: number; bytes: number } {
  let [messages, bytes] = [0, 0]
  for (let step = 0; step < work.messageSteps(parts); step++) {
    for (const task of work.messages(step, parts)) {
      messages += 2
      bytes += bytesOf(work, task)
    }
  }
  return { messages, bytes }
}

function bytesOf({ arrays }: Work, { reads, writes }: MessageTask): number {
  return [...reads, ...writes].reduce(
    (sum, { array, from, to }) => sum + (to - from) * arrays[array]!.BYTES_PER_ELEMENT,
    0,
  )
}
