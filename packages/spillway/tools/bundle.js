// Makes the JavaScript of the published package; tsc makes its declarations.
//
// 1. The library: index and kernel for programs, loops and starter for what index loads later, worker for threads that programs
//    make, worker-entry for those that the library makes. kernel and the workers' files repeat what they share with others: every
//    file costs a booting thread a millisecond or two (docs/decisions/0006-start-up.md). All lie in one folder, so that the literal
//    `new URL('./worker-entry.cjs', import.meta.url)` is right wherever it ends up.
// 2. What knows the machine (topology, and what describes and pins a system), in files of its own: what both parts need is in
//    both, since sharing it would make every start load more files.
// 3. What pages and their workers load instead of Node's modules (browser) and of worker-entry.cjs (browser-entry).
// 4. The source analyser for inline functions with its parser as a file of its own, so that the package has no dependency;
//    the licences of all that was inlined go beside it.
import { build, transform } from 'esbuild'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { foldLayout } from './fold-layout.js'

const home = new URL('..', import.meta.url)
const output = new URL('dist/free-variables.js', home)
const licences = new URL('dist/free-variables.LICENSES.txt', home)

/** Keeps what is loaded when needed, such as the analyser with its parser, in files of their own. */
const apart = {
  name: 'apart',
  setup: ({ onResolve }) =>
    onResolve(
      {
        filter:
          /\/(?:free-variables|loops|worker|worker-jobs|describe|tracer|recorder|pinned-worker|browser)\.ts$/,
      },
      ({ kind, path }) =>
        kind === 'dynamic-import'
          ? { path: `./${basename(path, '.ts')}.js`, external: true }
          : undefined,
    ),
}

/** A CommonJS file starts without the loader of modules; the sources have a module in its place. */
const commonEntry = {
  name: 'common-entry',
  setup: ({ onLoad }) =>
    onLoad({ filter: /\/host\/node\.ts$/ }, ({ path }) => {
      const parts = readFileSync(path, 'utf8').split("'./worker-entry.js'")
      if (parts.length !== 2) throw new Error("host/node.ts: one './worker-entry.js' expected")
      return { contents: parts.join("'./worker-entry.cjs'"), loader: 'ts' }
    }),
}

/** Shortens the loop copies, which are most of a worker's text: the time to compile it goes with its length. */
const shortLoops = {
  name: 'short-loops',
  setup: ({ onLoad }) =>
    onLoad({ filter: /\/loop-copies\.ts$/ }, async ({ path }) => {
      const text = readFileSync(path, 'utf8')
      const { code } = await transform(text, { loader: 'ts', format: 'esm', minify: true })
      return { contents: code }
    }),
}

// Files of earlier builds whose names have changed would be published too.
mkdirSync(new URL('dist/', home), { recursive: true })
for (const file of readdirSync(new URL('dist/', home))) {
  if (/\.c?js(?:\.map)?$/.test(file)) rmSync(new URL(`dist/${file}`, home))
}

const common = {
  absWorkingDir: fileURLToPath(home),
  outdir: 'dist',
  bundle: true,
  format: 'esm',
  platform: 'neutral',
  target: 'es2022',
  sourcemap: true,
  sourcesContent: false,
  plugins: [apart, foldLayout, shortLoops, commonEntry],
}

// Loops are loaded while the workers boot. Jobs are a file of their own, for the starter and for workers: most programs of
// loops never load it.
await build({
  ...common,
  entryPoints: {
    index: 'src/index.ts',
    loops: 'src/loops/loops.ts',
    starter: 'src/jobs/starter.ts',
  },
  splitting: true,
  chunkNames: 'chunk-[hash]',
})

await build({ ...common, entryPoints: ['src/kernel.ts'] })

await build({
  ...common,
  entryPoints: {
    topology: 'src/topology.ts',
    describe: 'src/observe/describe.ts',
    'pinned-worker': 'src/host/pinned-worker.ts',
  },
  splitting: true,
  chunkNames: 'machine-[hash]',
})

// Names stay: they are what a stack trace shows.
const short = { ...common, minifyWhitespace: true, minifySyntax: true }

await build({
  ...short,
  entryPoints: { worker: 'src/worker.ts', 'worker-jobs': 'src/jobs/worker-jobs.ts' },
})

// Both write rings of events: each is whole, because each is loaded by threads that load nothing else of it.
await build({
  ...short,
  entryPoints: {
    trace: 'src/trace.ts',
    tracer: 'src/observe/tracer.ts',
    recorder: 'src/observe/recorder.ts',
  },
})

await build({
  ...short,
  entryPoints: {
    browser: 'src/host/browser.ts',
    'browser-entry': 'src/host/browser-entry.ts',
  },
})

await build({
  ...short,
  entryPoints: ['src/host/worker-entry.ts'],
  format: 'cjs',
  logOverride: { 'empty-import-meta': 'error' },
  outExtension: { '.js': '.cjs' },
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
