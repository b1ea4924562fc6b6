import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { charts } from '../charts/chart.ts'
import { drawSvg, type Rasterise } from '../charts/draw.ts'
import { reportPage, type Picture } from '../report/page.ts'
import type { Analysis } from './model.ts'

/** Returns the names of the files; without a rasteriser there are SVG files but no PNG files. */
export async function writeAnalysis(
  analysis: Analysis,
  directory: string,
  rasterise: Rasterise | null,
): Promise<string[]> {
  await mkdir(directory, { recursive: true })
  const files: string[] = []
  const write = async (name: string, content: string | Buffer): Promise<void> => {
    await writeFile(path.join(directory, name), content)
    files.push(name)
  }
  await write('results.json', resultsJson(analysis))
  const pictures: Picture[] = []
  for (const { name, alternative, spec } of charts(analysis)) {
    const svg = await drawSvg(spec)
    pictures.push({ name, alternative, svg })
    await write(`${name}.svg`, svg)
    if (rasterise !== null) await write(`${name}.png`, rasterise(svg))
  }
  await write('report.html', reportPage(analysis, pictures))
  return files
}

/** One row a line: diffable, and not a line per sample. */
export function resultsJson(analysis: Analysis): string {
  const fields = Object.entries(analysis).map(([name, value]: [string, unknown]) => {
    const text = Array.isArray(value)
      ? `[\n${value.map((one) => `    ${JSON.stringify(one)}`).join(',\n')}\n  ]`
      : JSON.stringify(value)
    return `  ${JSON.stringify(name)}: ${text}`
  })
  return `{\n${fields.join(',\n')}\n}\n`
}
