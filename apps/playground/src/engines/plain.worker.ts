/** A worker without the library and without shared memory: it runs a whole program, or parts that it is sent. */
import { bodyOf } from '../programs/body-of.ts'
import { ownMemory } from '../programs/program.ts'
import type { Form, Work } from '../programs/program.ts'
import { programById } from '../programs/programs.ts'
import { runAlone } from './alone.ts'
import { digest } from './digest.ts'
import type { Assignment, FromWorker, Piece, ToWorker } from './messages.ts'

interface Prepared {
  work: Work
  form: Form
  body: unknown
}

let prepared: Prepared | null = null

addEventListener('message', ({ data }: MessageEvent<ToWorker>) => {
  try {
    const [answer, moved] = answerTo(data)
    postMessage(answer, { transfer: moved })
  } catch (error) {
    postMessage({ type: 'failed', message: String(error) } satisfies FromWorker)
  }
})

function answerTo(message: ToWorker): [FromWorker, Transferable[]] {
  if (message.type === 'prepare') {
    prepared = prepare(message.assignment)
    return [{ type: 'ready' }, []]
  }
  if (prepared === null) throw new Error('nothing was prepared')
  return message.type === 'run' ? [runAll(prepared), []] : runTask(prepared, message)
}

function prepare({ program: id, text, size, cells }: Assignment): Prepared {
  const program = programById(id)
  const work = program.create(ownMemory, size, cells)
  return { work, form: program.form, body: bodyOf(program, text) }
}

function runAll({ work, form, body }: Prepared): FromWorker {
  const began = performance.now()
  for (let step = 0; step < work.steps; step++) runAlone(work, form, body, step, 0, work.length)
  const ms = performance.now() - began
  return { type: 'ran', ms, digest: digest(work.result()) }
}

function runTask(
  { work, form, body }: Prepared,
  { step, start, end, middle, reads, writes }: Extract<ToWorker, { type: 'task' }>,
): [FromWorker, Transferable[]] {
  for (const { array, at, data } of reads) work.arrays[array]!.set(data, at)
  if (middle === undefined) runAlone(work, form, body, step, start, end)
  else work.merge!(start, middle, end)
  const pieces = writes.map(({ array, from, to }): Piece => {
    return { array, at: from, data: work.arrays[array]!.slice(from, to) }
  })
  const partial = work.partial?.(end - start) ?? null
  const moved = pieces.map(({ data }) => data.buffer as ArrayBuffer)
  return [{ type: 'done', writes: pieces, partial }, moved]
}
