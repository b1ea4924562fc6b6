// A build plugin: gives bundles the layout as plain numbers. The table that `layout.ts` computes them from, with its prose, is for
// people and tests; a booting worker would spend time on it, and every program that bundles the library would carry it.
import { build } from 'esbuild'

/** What functions of these modules need besides their own module's numbers. */
const NEEDED = { 'jobs.ts': 'OTHER_THREADS, loopStride', 'trace.ts': 'OTHER_THREADS' }

const STRUCT_WORDS = /\b([A-Z]+)\.words\b/g

export const foldLayout = {
  name: 'fold-layout',
  setup: ({ onLoad }) =>
    onLoad({ filter: /\/layout\/(?:layout|jobs|trace)\.ts$/ }, async ({ path }) => ({
      contents: await folded(path),
    })),
}

/** The module's numbers and functions. Its structs are left out: esbuild refuses a bundle that asks for one. */
async function folded(path) {
  const layout = await evaluate(path)
  const text = Object.entries(layout)
    .map(([name, value]) => {
      if (typeof value === 'number') return `export const ${name} = ${value}\n`
      if (typeof value !== 'function') return ''
      return `export ${String(value).replaceAll(STRUCT_WORDS, (_, struct) => layout[struct].words)}\n`
    })
    .join('')
  const needs = Object.entries(NEEDED).find(([name]) => path.endsWith(name))?.[1]
  return needs === undefined ? text : `import { ${needs} } from './layout.ts'\n${text}`
}

async function evaluate(path) {
  const { outputFiles } = await build({
    entryPoints: [path],
    bundle: true,
    format: 'esm',
    write: false,
  })
  return import(`data:text/javascript,${encodeURIComponent(outputFiles[0].text)}`)
}
