import { createRequire } from 'node:module'
import type { TopLevelSpec } from 'vega-lite'
import { fontFamilies } from './theme.ts'

interface TextItem {
  fontSize?: number
  fontWeight?: string | number
}

/** Vega's, which its typings leave out. */
interface TextMetrics {
  width: (item: TextItem, text: string) => number
}

/** Vega takes a second to load, so it is loaded when the first chart is drawn. */
export async function drawSvg(spec: object): Promise<string> {
  const [vega, { compile }] = await Promise.all([import('vega'), import('vega-lite')])
  // Without a canvas vega takes 0.8 em per character, and every picture gets a blank strip at its right.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const { textMetrics } = vega as unknown as { textMetrics: TextMetrics }
  textMetrics.width = estimateWidth
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the charts' specs are built from parts
  const { spec: full } = compile(spec as TopLevelSpec)
  const view = new vega.View(vega.parse(full), { renderer: 'none' })
  try {
    return await view.toSVG()
  } finally {
    view.finalize()
  }
}

/** DejaVu Sans averages 0.53 em in prose and 0.6 em in numbers; bold is a tenth wider. */
function estimateWidth(item: TextItem, text: string): number {
  const bold = item.fontWeight === 'bold' || Number(item.fontWeight) >= 600
  return text.length * (item.fontSize ?? 11) * (bold ? 0.63 : 0.57)
}

export type Rasterise = (svg: string) => Buffer

/**
 * Null where the native renderer cannot load. Text needs a font file given by name: without one it silently
 * vanishes, and system fonts would make the picture depend on the machine.
 */
export async function loadRasteriser(
  load = () => import('@resvg/resvg-js'),
): Promise<Rasterise | null> {
  let renderer: Awaited<ReturnType<typeof load>>
  try {
    renderer = await load()
  } catch {
    return null
  }
  const require = createRequire(import.meta.url)
  const fontFiles = ['DejaVuSans.ttf', 'DejaVuSans-Bold.ttf'].map((file) =>
    require.resolve(`dejavu-fonts-ttf/ttf/${file}`),
  )
  const [family] = fontFamilies
  const font = {
    fontFiles,
    loadSystemFonts: false,
    defaultFontFamily: family,
    sansSerifFamily: family,
  }
  return (svg) =>
    new renderer.Resvg(svg, { font, fitTo: { mode: 'zoom', value: 2 } }).render().asPng()
}
