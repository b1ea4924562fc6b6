// Makes the JavaScript of the published package; tsc makes its declarations.
//
// 1. The library as few files: entries (index, kernel, worker-entry) and the chunks they share. A worker that loads three
//    files instead of thirty starts in half the time. All lie in one folder, so that the literal
//    `new URL('./worker-entry.js', import.meta.url)` is right wherever it ends up.
// 2. What knows the machine (topology, and what describes and pins a system), in files of its own: what both parts need is in
//    both, since sharing it would make every start load more files.
// 3. The source analyser for inline functions with its parser as a file of its own, so that the package has no dependency;
//    the licences of all that was inlined go beside it.
import { build } from 'esbuild'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

const home = new URL('..', import.meta.url)
const output = new URL('dist/free-variables.js', home)
const licences = new URL('dist/free-variables.LICENSES.txt', home)

/** Leaves what is loaded later out of the files that are loaded at once. */
const keptApart = {
  name: 'kept-apart',
  setup: ({ onResolve }) =>
    onResolve({ filter: /\/(?:free-variables|describe|pinned-worker)\.ts$/ }, ({ path, kind }) =>
      kind === 'dynamic-import' ? { path: `./${basename(path, '.ts')}.js`, external: true } : null,
    ),
}

// Chunks are named by their content: those of earlier builds would pile up.
mkdirSync(new URL('dist/', home), { recursive: true })
for (const file of readdirSync(new URL('dist/', home))) {
  if (file.startsWith('chunk-')) rmSync(new URL(`dist/${file}`, home))
}

const shared = {
  absWorkingDir: fileURLToPath(home),
  outdir: 'dist',
  chunkNames: 'chunk-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'neutral',
  target: 'es2022',
  sourcemap: true,
  sourcesContent: false,
  plugins: [keptApart],
}

await build({
  ...shared,
  entryPoints: {
    index: 'src/index.ts',
    kernel: 'src/kernel.ts',
    'worker-entry': 'src/host/worker-entry.ts',
  },
})

await build({
  ...shared,
  entryPoints: {
    topology: 'src/topology.ts',
    describe: 'src/observe/describe.ts',
    'pinned-worker': 'src/host/pinned-worker.ts',
  },
})

const { metafile } = await build({
  absWorkingDir: fileURLToPath(home),
  entryPoints: ['src/kernels/free-variables.ts'],
  outfile: fileURLToPath(output),
  bundle: true,
  format: 'esm',
  platform: 'neutral',
  mainFields: ['module', 'main'],
  target: 'es2022',
  minify: true,
  sourcemap: true,
  sourcesContent: false,
  legalComments: 'none', // their full texts are in the licences file
  metafile: true,
})

/** The folders in node_modules whose files esbuild inlined. */
function inlinedPackages() {
  const folders = Object.keys(metafile.inputs).flatMap((file) => {
    const folder = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)
    return folder ? [folder[0]] : []
  })
  return [...new Set(folders)].toSorted()
}

function licenceOf(folder) {
  const place = new URL(`${folder}/`, home)
  const { name, version, license } = JSON.parse(
    readFileSync(new URL('package.json', place), 'utf8'),
  )
  const files = readdirSync(place).filter((file) => /^licen[cs]e/i.test(file))
  if (files.length === 0)
    throw new Error(`${name} ${version} has no licence file; do not bundle it`)
  const texts = files.map((file) => readFileSync(new URL(file, place), 'utf8').trim())
  return `${name} ${version} (${license})\n\n${texts.join('\n\n')}\n`
}

const packages = inlinedPackages()
if (packages.length === 0) throw new Error('no package was inlined: is the parser still imported?')
const rule = `\n${'-'.repeat(80)}\n\n`
writeFileSync(
  licences,
  `free-variables.js contains the packages below, unchanged but for minification.\n${rule}` +
    packages.map(licenceOf).join(rule),
)

const code = readFileSync(output)
const kilobytes = (bytes) => `${(bytes / 1000).toFixed(1)} kB`
console.log(
  `dist/free-variables.js: ${kilobytes(code.length)}, ${kilobytes(gzipSync(code, { level: 9 }).length)} gzip, ` +
    `with ${packages.map((folder) => folder.replace(/^.*node_modules\//, '')).join(', ')}`,
)
