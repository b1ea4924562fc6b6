/** From a model to an execution of it, and from a failure to a report. */
import { weave } from '../weave/program.ts'
import type { Edit } from '../weave/source.ts'
import type { WovenProgram } from '../weave/program.ts'
import { Execution } from './execution.ts'
import type { Failure } from './execution.ts'
import type { AnyModel } from './model.ts'
import type { Layout } from './word-name.ts'
import { replay, writeOrder, writeTrace } from './replay.ts'

export interface Prepared {
  readonly model: AnyModel
  readonly program: WovenProgram<unknown>
  readonly execution: Execution
}

/** Loads the source that a model is about, with edits beyond its own. */
export async function prepare(model: AnyModel, edits: readonly Edit[] = []): Promise<Prepared> {
  const constants = model.constants ?? {}
  const program = await weave<unknown>(model.program, {
    edits: [...(model.edits ?? []), ...edits],
    constants,
  })
  const { exports: layout } = await weave<Layout>('sim/programs/layout.ts', { constants })
  return { model, program, execution: new Execution(model, program, layout as Layout) }
}

/** A failure as text that `--replay` reads: what failed, the interleaving, and its steps. */
export function report(
  { model, program, execution }: Prepared,
  failure: Failure,
  bug = '',
): string {
  const { trace } = replay(execution, failure.order)
  return [
    `model: ${model.name}`,
    ...(bug === '' ? [] : [`seeded bug: ${bug}`]),
    `promise: ${model.promise}`,
    `failure: ${failure.kind}: ${failure.message}`,
    `interleaving: ${writeOrder(failure.order)}`,
    '',
    ...writeTrace(execution, trace, program.sites),
  ].join('\n')
}
