// Packs the library and looks at the tarball as its users get it: exports and types (publint, attw), files, licences,
// dependencies, and what a program that bundles it pays. Run it after `npm run build`. Exit code 1 if something is wrong.
import { build } from 'esbuild'
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'

/** Most bytes after minification and gzip that importing `spillway` costs, and that it has cost by the first loop. */
const MOST_CORE_BYTES = 20_000
const MOST_LOOP_BYTES = 35_000

const PARSER = 'dist/free-variables.js'
const ENTRIES = {
  spillway: 'dist/index.js',
  'spillway/kernel': 'dist/kernel.js',
  'spillway/topology': 'dist/topology.js',
  'spillway/trace': 'dist/trace.js',
  'a worker': 'dist/worker-entry.cjs',
}

const root = fileURLToPath(new URL('..', import.meta.url))
const library = join(root, 'packages', 'spillway')
const folder = mkdtempSync(join(tmpdir(), 'spillway-package-'))
let problems = 0
try {
  const { tarball, unpacked, files } = pack()
  report('files', checkFiles(unpacked, files))
  report('dependencies', checkDependencies(unpacked))
  report('publint --strict', await checkExports(tarball))
  report('attw --profile esm-only', checkTypes(tarball))
  report(
    `size of the core, at most ${kilobytes(MOST_CORE_BYTES)} gzip at once and ${kilobytes(MOST_LOOP_BYTES)} by the first loop`,
    await checkSizes(unpacked),
  )
} finally {
  rmSync(folder, { recursive: true, force: true })
}
process.exitCode = problems === 0 ? 0 : 1

function report(what, found) {
  problems += found.length
  console.log(
    `${found.length === 0 ? '✔' : '✖'} ${what}${found.map((line) => `\n    ${line}`).join('')}`,
  )
}

function pack() {
  const npm = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder]
  const shell = process.platform === 'win32'
  const output = execFileSync('npm', npm, { cwd: library, encoding: 'utf8', shell })
  const [{ filename, size, unpackedSize, entryCount }] = JSON.parse(output)
  const tarball = join(folder, filename)
  mkdirSync(join(folder, 'unpacked'))
  execFileSync('tar', ['-xzf', tarball, '-C', join(folder, 'unpacked')])
  const unpacked = join(folder, 'unpacked', 'package')
  console.log(
    `${filename}: ${entryCount} files, ${kilobytes(size)}, ${kilobytes(unpackedSize)} unpacked`,
  )
  return { tarball, unpacked, files: filesBelow(unpacked, '') }
}

function filesBelow(place, prefix) {
  return readdirSync(join(place, prefix), { withFileTypes: true }).flatMap((entry) => {
    const name = posix.join(prefix, entry.name)
    return entry.isDirectory() ? filesBelow(place, name) : [name]
  })
}

function checkFiles(unpacked, files) {
  const found = []
  const read = (name) => readFileSync(join(unpacked, name), 'utf8')
  const expect = (good, problem) => void (good || found.push(problem))
  for (const name of files) {
    const known = /^(?:dist|src)\/|^(?:README\.md|LICENSE|package\.json)$/.test(name)
    expect(known && !/(?:^|\/)tests?\/|\.test\./.test(name), `${name} must not be published`)
  }
  expect(
    files.includes('README.md') && read('README.md').length > 500,
    'README.md is missing or says nothing',
  )
  const licence = readFileSync(join(root, 'LICENSE'), 'utf8')
  expect(
    files.includes('LICENSE') && read('LICENSE') === licence,
    "LICENSE must be the repository's",
  )
  const others = files.find((name) => /^dist\/.*\.LICENSES\.txt$/.test(name))
  expect(
    others !== undefined && /acorn[^]+MIT/.test(read(others)),
    'the licences of the bundled parser are missing',
  )
  const used = scriptsOf(unpacked)
  for (const name of files.filter((file) => file.endsWith('.js'))) {
    expect(used.has(name), `${name} is imported by nothing: an earlier build left it`)
  }
  for (const name of files.filter((file) => file.endsWith('.d.ts'))) {
    const source = name.replace(/^dist\/(.*)\.d\.ts$/, 'src/$1.ts')
    expect(files.includes(source), `${name} has no source: an earlier build left it`)
  }
  for (const name of files.filter((file) => file.endsWith('.map'))) {
    for (const source of JSON.parse(read(name)).sources) {
      const path = posix.join(dirname(name), source)
      // The parser's own sources are not published.
      const there = existsSync(join(unpacked, path)) || path.includes('node_modules/')
      expect(there, `${name} leads to ${path}, which is not published`)
    }
  }
  return found
}

/** All scripts that the entries need, sooner or later. */
function scriptsOf(unpacked) {
  const found = new Set()
  const visit = (name) => {
    if (found.has(name) || !existsSync(join(unpacked, name))) return
    found.add(name)
    const text = readFileSync(join(unpacked, name), 'utf8')
    for (const [, path] of text.matchAll(/["'](\.\.?\/[^"'\s]+\.js)["']/g)) {
      visit(posix.join(dirname(name), path))
    }
  }
  for (const name of Object.values(ENTRIES)) visit(name)
  return found
}

function checkDependencies(unpacked) {
  const manifest = JSON.parse(readFileSync(join(unpacked, 'package.json'), 'utf8'))
  const kinds = ['dependencies', 'peerDependencies', 'optionalDependencies', 'bundleDependencies']
  // An optional peer is used where a program has it; npm installs it for nobody.
  const optional = (kind, name) =>
    kind === 'peerDependencies' && manifest.peerDependenciesMeta?.[name]?.optional === true
  return kinds.flatMap((kind) =>
    Object.keys(manifest[kind] ?? {})
      .filter((name) => !optional(kind, name))
      .map((name) => `${kind} has ${name}; the library has none`),
  )
}

async function checkExports(tarball) {
  const { buffer, byteOffset, byteLength } = readFileSync(tarball)
  const { messages, pkg } = await publint({
    strict: true,
    pack: { tarball: buffer.slice(byteOffset, byteOffset + byteLength) },
  })
  return messages.map((message) => formatMessage(message, pkg, { color: false }) ?? message.code)
}

function checkTypes(tarball) {
  const attw = join(root, 'node_modules/@arethetypeswrong/cli/dist/index.js')
  const options = [
    '--profile',
    'esm-only',
    '--no-definitely-typed',
    '--no-color',
    '--format',
    'ascii',
  ]
  const { status, stdout, stderr } = spawnSync(process.execPath, [attw, tarball, ...options], {
    encoding: 'utf8',
  })
  return status === 0 ? [] : `${stdout}${stderr}`.trim().split('\n')
}

/** Bundles each entry as a program would, prints what each part of the result weighs, and judges the main entry's. */
async function checkSizes(unpacked) {
  const found = []
  for (const [name, file] of Object.entries(ENTRIES)) {
    const { metafile, outputFiles } = await build({
      absWorkingDir: unpacked,
      entryPoints: [file],
      outdir: 'bundle',
      bundle: true,
      splitting: true,
      minify: true,
      format: 'esm',
      platform: 'neutral',
      target: 'es2022',
      write: false,
      metafile: true,
      logLevel: 'error',
    })
    const gzip = (path) => {
      const output = outputFiles.find((one) => one.path.endsWith(path.replaceAll('/', posix.sep)))
      return gzipSync(output.contents, { level: 9 }).length
    }
    const sum = (list) => list.reduce((total, part) => total + gzip(part), 0)
    const partOf = (script) =>
      Object.keys(metafile.outputs).find((part) => metafile.outputs[part].entryPoint === script)
    const first = loadedAtOnce(metafile, partOf(file))
    const later = Object.values(metafile.outputs)
      .flatMap(({ entryPoint }) =>
        entryPoint === undefined || entryPoint === file ? [] : [entryPoint],
      )
      .map((script) => {
        const added = loadedAtOnce(metafile, partOf(script)).filter((part) => !first.includes(part))
        return { script, added, bytes: sum(added) }
      })
    const list = later.map(({ script, bytes }) => `${kilobytes(bytes)} ${posix.basename(script)}`)
    console.log(
      `  ${name}: ${kilobytes(sum(first))} gzip at once; when needed ${list.join(', ') || 'nothing'}`,
    )
    if (name !== 'spillway') continue
    const loops = later.find(({ script }) => script === 'dist/loops.js')
    const byFirstLoop = sum(first) + (loops?.bytes ?? Infinity)
    console.log(`  ${name}: ${kilobytes(byFirstLoop)} gzip by the first loop`)
    if (sum(first) > MOST_CORE_BYTES) found.push(`importing it costs ${kilobytes(sum(first))}`)
    if (byFirstLoop > MOST_LOOP_BYTES) found.push(`the first loop costs ${kilobytes(byFirstLoop)}`)
    if (!later.some(({ script, bytes }) => script === PARSER && bytes > 10_000))
      found.push('the parser is not in a part of its own')
  }
  return found
}

/** An output file and what it imports statically. */
function loadedAtOnce(metafile, part) {
  const statics = metafile.outputs[part].imports.filter(({ kind }) => kind === 'import-statement')
  return [...new Set([part, ...statics.flatMap(({ path }) => loadedAtOnce(metafile, path))])]
}

function kilobytes(bytes) {
  return `${(bytes / 1000).toFixed(1)} kB`
}
