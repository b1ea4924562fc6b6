/** Runs one interleaving again and prints it, one line per step. */
import { OP_NAMES, CAS, NOTIFY, PAUSE, WAIT } from '../steps.ts'
import type { Site } from '../weave/weave.ts'
import type { Execution, Failure, TakenStep } from './execution.ts'

/** Which thread takes each step, as runs of `thread*steps`. */
export function writeOrder(order: readonly number[]): string {
  const runs: { thread: number; steps: number }[] = []
  for (const thread of order) {
    const last = runs.at(-1)
    if (last?.thread === thread) last.steps++
    else runs.push({ thread, steps: 1 })
  }
  return runs.map(({ thread, steps }) => `${thread}*${steps}`).join(' ')
}

export function readOrder(text: string): number[] {
  return text
    .trim()
    .split(/\s+/)
    .flatMap((run) => {
      const match = /^(\d+)\*(\d+)$/.exec(run)
      if (match === null)
        throw new Error(`no interleaving: "${run}" is not of the form thread*steps`)
      return Array.from({ length: Number(match[2]) }, () => Number(match[1]))
    })
}

export interface Replay {
  readonly failure: Failure | null
  readonly trace: readonly TakenStep[]
}

/** Takes the steps of `order`; where it ends too early, the first thread that can goes on. */
export function replay(execution: Execution, order: readonly number[]): Replay {
  execution.sharedWords = null
  execution.trace = []
  let at = 0
  const failure = execution.run(({ threads }) => {
    const thread = order[at++] ?? threads.findIndex((_, other) => execution.isReady(other))
    if (thread >= 0 && thread < threads.length && execution.mayRun(thread)) return thread
    throw new Error(`step ${at}: thread ${thread} cannot take it; was the model changed since?`)
  })
  const trace = execution.trace
  execution.trace = null
  return { failure, trace }
}

/** One line per step: number, thread, function, what it does to which word, and what came of it. */
export function writeTrace(
  execution: Execution,
  trace: readonly TakenStep[],
  sites: readonly Site[],
): string[] {
  const names = execution.threads.map(({ spec }) => spec.name)
  const width = Math.max(...names.map((name) => name.length))
  return trace.map((step, at) => {
    const where = sites[step.site]?.function ?? ''
    const word = step.index < 0 ? '' : execution.nameOf(step.index)
    const what = `${OP_NAMES[step.op]} ${word}${writeArguments(step)}`
    return [
      String(at + 1).padStart(4),
      names[step.thread]!.padEnd(width),
      where.padEnd(14),
      `${what}${writeResult(step)}`.trim(),
    ].join('  ')
  })
}

function writeArguments({ op, a, b }: TakenStep): string {
  if (op === CAS) return ` ${show(a)} -> ${show(b)}`
  if (op === WAIT) return ` while ${show(a)}`
  return op === 0 || op >= NOTIFY ? '' : ` ${show(a)}`
}

function writeResult({ op, result }: TakenStep): string {
  if (op === CAS) return result === true ? '' : ', which it was not'
  if (op === WAIT) return result === true ? ': sleeps' : ': need not'
  if (op === NOTIFY) return `: ${Number(result)} woken`
  return op >= PAUSE ? '' : ` (${op === 0 ? 'is' : 'was'} ${show(Number(result))})`
}

function show(value: number): string {
  return value >= 0 && value < 4096 ? String(value) : `0x${(value >>> 0).toString(16)}`
}
