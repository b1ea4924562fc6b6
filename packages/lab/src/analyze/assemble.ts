import { diagnose } from './diagnosis.ts'
import { scalings, sharesOf, summarise } from './evaluate.ts'
import type { Analysis, Machine, Measured, Recipe } from './model.ts'
import type { Plan } from './plan.ts'
import { seed } from './seed.ts'
import { judge } from './verdicts.ts'

/** Everything that follows from the samples. */
export function assemble(
  measured: Measured,
  recipe: Recipe,
  machine: Machine,
  { mainItems, judgedWorkers }: Pick<Plan, 'mainItems' | 'judgedWorkers'>,
): Analysis {
  const rows = summarise(measured.rows)
  const workers = [...new Set(rows.map((row) => row.workers))].toSorted(
    (left, right) => left - right,
  )
  const scaling = scalings(measured.rows, mainItems)
  const shares = workers.flatMap((count) => sharesOf(measured, count, mainItems) ?? [])
  return {
    recipe,
    machine,
    rows,
    empty: measured.empty,
    serial: measured.serial,
    wide: measured.wide,
    scaling,
    shares,
    diagnosis: diagnose(rows, scaling, shares, judgedWorkers),
    verdicts: judge(measured, mainItems, judgedWorkers),
    simulated: [],
    simulation: null,
    validation: null,
    seed,
  }
}
