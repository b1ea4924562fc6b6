import { milliseconds, times } from 'spillway-lab/dist/report/format.js'
import { variantColour } from 'spillway-lab/dist/charts/theme.js'
import { variantOf } from '../programs/counter.ts'
import type { Program } from '../programs/program.ts'
import { element } from '../shell/element.ts'
import { scalingChart } from './chart.ts'
import type { Series } from './chart.ts'
import type { Scaling } from './measure.ts'

/** The curves and numbers of one measurement, drawn anew when their place changes its width. */
export class ScalingPanel {
  readonly #place = element('scaling-chart', HTMLElement)
  #series: readonly Series[] = []

  constructor() {
    new ResizeObserver(() => this.#draw()).observe(this.#place)
  }

  show(all: readonly Scaling[]): void {
    this.#series = all.map((scaling) => ({
      scaling,
      label: scaling.program.variant ?? scaling.program.title,
      colour: colourOf(scaling.program),
    }))
    element('scaling-table', HTMLTableSectionElement).replaceChildren(...all.flatMap(rowsOf))
    element('scaling', HTMLElement).dataset['state'] = 'full'
    this.#draw()
  }

  #draw(): void {
    const { clientWidth } = this.#place
    if (this.#series.length === 0 || clientWidth === 0) return
    this.#place.replaceChildren(scalingChart(this.#series, clientWidth))
  }
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
