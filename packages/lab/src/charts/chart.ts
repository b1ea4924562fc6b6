import type { Analysis } from '../analyze/model.ts'
import { coresChart } from './cores.ts'
import { overheadChart } from './overhead.ts'
import { strategiesChart } from './strategies.ts'
import { variantsChart } from './variants.ts'

export interface Chart {
  /** File stem. */
  name: string
  /** What the picture shows, for those who cannot see it. */
  alternative: string
  /** Vega-Lite. */
  spec: object
}

export type Drawable = Pick<
  Analysis,
  'machine' | 'recipe' | 'rows' | 'empty' | 'serial' | 'simulated' | 'simulation'
>

export function charts(analysis: Drawable): Chart[] {
  return [
    coresChart(analysis),
    ...strategiesChart(analysis),
    variantsChart(analysis),
    overheadChart(analysis),
  ]
}
