import { milliseconds, times } from 'spillway-lab/dist/report/format.js'
import { variantColour } from 'spillway-lab/dist/charts/theme.js'
import { variantOf } from '../programs/counter.ts'
import type { Program } from '../programs/program.ts'
import { element } from '../shell/element.ts'
import { scalingChart } from './chart.ts'
import type { Scaling } from './measure.ts'

/** Shows the curves of one measurement. */
export function showScaling(all: readonly Scaling[]): void {
  const series = all.map((scaling) => ({
    scaling,
    label: scaling.program.variant ?? scaling.program.title,
    colour: colourOf(scaling.program),
  }))
  element('scaling-chart', HTMLElement).replaceChildren(scalingChart(series))
  element('scaling-table', HTMLTableSectionElement).replaceChildren(...all.flatMap(rowsOf))
  element('scaling', HTMLElement).dataset['state'] = 'full'
}

function colourOf(program: Program): string {
  const variant = variantOf(program)
  return variant === null ? 'var(--accent)' : variantColour[variant]
}

function rowsOf({ program, points, fit }: Scaling): HTMLTableRowElement[] {
  return points.map(({ workers, ms, samples, speedup }, at) => {
    const row = document.createElement('tr')
    const head = document.createElement('th')
    head.scope = 'row'
    head.textContent = program.variant ?? program.title
    const spread = `${milliseconds(Math.min(...samples))} – ${milliseconds(Math.max(...samples))}`
    const law = at > 0 || fit === null ? '' : `σ ${fit.sigma.toFixed(3)}, κ ${fit.kappa.toFixed(4)}`
    const values = [workers, milliseconds(ms), spread, times(speedup), law]
    row.append(
      head,
      ...values.map((value) => {
        const cell = document.createElement('td')
        cell.textContent = String(value)
        return cell
      }),
    )
    return row
  })
}
