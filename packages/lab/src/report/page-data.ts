import type { Analysis } from '../analyze/model.ts'
import { describeVariant, variants } from '../analyze/variants.ts'
import { palette, variantColour } from '../charts/theme.ts'

/** What the interactive charts of the report draw. */
export interface PageData {
  palette: readonly string[]
  colours: Record<string, string>
  titles: Record<string, string>
  calls: {
    variant: string
    workers: number
    items: number
    median: number
    low: number
    high: number
  }[]
  bursts: { variant: string; workers: number; ns: number[] }[]
}

export function pageData({ rows }: Analysis): PageData {
  return {
    palette,
    colours: variantColour,
    titles: Object.fromEntries(
      variants.map((variant) => [variant, describeVariant[variant].title]),
    ),
    calls: rows
      .filter((row) => row.protocol === 'call')
      .map(({ variant, workers, items, median, low, high }) => ({
        variant,
        workers,
        items,
        median,
        low,
        high,
      })),
    bursts: rows
      .filter((row) => row.protocol === 'burst')
      .map(({ variant, workers, items, ms }) => ({
        variant,
        workers,
        ns: ms.map((value) => Number(((value * 1e6 * workers) / items).toPrecision(4))),
      })),
  }
}
