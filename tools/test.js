// Runs the compiled tests of all packages, the tools' own and the examples', each file in a process of its own, a few at a time.
//
//   node tools/test.js [FILTER…]     only files whose path contains one of the filters
//
// Ends with what failed, each with the beginning of its reason, so that the end of a log tells what is wrong. The last line is
// `N passed, N failed`, with `, N skipped` if there are any (tests marked todo are among them). Exit code 0 only
// if tests ran and none failed. A file fails too if it crashes, ends with another exit code, runs no test, or is silent for too long.
import { spawn } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join, relative, sep } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const SILENCE_MS = 120_000
/** Most files at a time: tests start threads of their own, and wait for one another's cores beyond this. */
const AT_ONCE = Math.min(availableParallelism(), 8)

/** Where tests are: `compiled` files stand for `sources`; without those they are run as they are. */
const PLACES = [
  { sources: 'packages/spillway/test', compiled: 'packages/spillway/.test-build/test' },
  { sources: 'packages/lab/test', compiled: 'packages/lab/.test-build/test' },
  { sources: 'apps/playground/test', compiled: 'apps/playground/.test-build/test' },
  { sources: 'examples', compiled: 'examples/.test-build' },
  { sources: 'tools', compiled: null },
]

/** The test files below `root` to run, as paths relative to it, and those that are not compiled. */
export function findTests(root, filters = []) {
  const wanted = (file) => filters.length === 0 || filters.some((filter) => file.includes(filter))
  const found = PLACES.flatMap(({ sources, compiled }) => {
    const ending = compiled === null ? '.test.js' : '.test.ts'
    return filesBelow(join(root, sources))
      .filter((file) => file.endsWith(ending))
      .map((file) => {
        const name = relative(join(root, sources), file)
        const path = compiled === null ? file : join(root, compiled, name.replace(/\.ts$/, '.js'))
        return relative(root, path).split(sep).join('/')
      })
  })
  const files = found.filter(wanted).toSorted((a, b) => (a < b ? -1 : 1))
  return {
    files: files.filter((file) => existsSync(join(root, file))),
    missing: files.filter((file) => !existsSync(join(root, file))),
  }
}

const SKIPPED_FOLDERS = new Set(['node_modules', '.test-build', 'dist'])

function filesBelow(folder) {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.isDirectory())
      return SKIPPED_FOLDERS.has(entry.name) ? [] : filesBelow(join(folder, entry.name))
    return [join(folder, entry.name)]
  })
}

/** Runs files and resolves with the counts, and with the failures in the order they came. `write` gets the text to show: one file at a time, the oldest as it comes. */
export async function runTests(
  root,
  files,
  { write, atOnce = AT_ONCE, silenceMs = SILENCE_MS, children = new Set() },
) {
  const counts = { passed: 0, failed: 0, skipped: 0 }
  const failures = []
  const lanes = new Display(write)
  const waiting = [...files]
  const next = async () => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
      const result = await runFile(root, file, lanes.open(file), silenceMs, children)
      for (const key of Object.keys(counts)) counts[key] += result.counts[key]
      failures.push(...result.failures)
    }
  }
  await Promise.all(Array.from({ length: Math.max(1, atOnce) }, next))
  return { ...counts, failures }
}

/** Keeps the output of files apart that run at the same time. */
class Display {
  #write
  #open = []

  constructor(write) {
    this.#write = write
  }

  open(name) {
    const entry = { text: `${name}\n`, ended: false }
    this.#open.push(entry)
    this.#flush()
    return {
      write: (text) => {
        entry.text += text
        this.#flush()
      },
      end: () => {
        entry.ended = true
        this.#flush()
      },
    }
  }

  #flush() {
    while (this.#open.length > 0) {
      const [first] = this.#open
      if (first.text !== '') this.#write(first.text)
      first.text = ''
      if (!first.ended) return
      this.#open.shift()
    }
  }
}

/** Runs one file. Its process group is killed when no test has ended for `silenceMs`, and what is left of it when it ends. */
function runFile(root, file, output, silenceMs, children) {
  const counts = { passed: 0, failed: 0, skipped: 0 }
  const failures = []
  let silent = false
  let complete = false
  const child = spawn(
    process.execPath,
    [
      '--enable-source-maps',
      `--test-reporter=${REPORTER}`,
      '--test-reporter-destination=stdout',
      file,
    ],
    {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      detached: process.platform !== 'win32',
      env: environment(),
    },
  )
  children.add(child)
  let timer
  const heard = () => {
    clearTimeout(timer)
    timer = setTimeout(() => {
      silent = true
      end(child)
    }, silenceMs)
  }
  heard()
  child.on('message', ({ outcome, name, reason, ended }) => {
    if (ended) complete = true
    else counts[outcome === 'todo' ? 'skipped' : outcome]++
    if (outcome === 'failed') failures.push({ file, name, reason })
    heard()
  })
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8')
    stream.on('data', output.write)
  }
  let complaint = ''
  child.stderr.on('data', (text) => void (complaint = (complaint + text).slice(0, 4000)))
  return new Promise((resolve) => {
    const finish = (problem) => {
      clearTimeout(timer)
      children.delete(child)
      if (problem !== null) {
        counts.failed++
        failures.push({ file, name: problem, reason: complaint })
        output.write(`  ✖ ${problem}\n`)
      }
      output.end()
      resolve({ counts, failures })
    }
    child.once('error', (error) => finish(error.message))
    // Threads or processes that outlive the file would hold its pipes open.
    child.once('exit', () => end(child))
    // Results may still be on their way when the file's output has ended.
    const disconnected = new Promise((told) => child.once('disconnect', told))
    const judge = (code, signal) => {
      if (silent) finish(`no test ended within ${silenceMs / 1000} s; the file was stopped`)
      else if (counts.failed > 0) finish(null)
      else if (code !== 0) finish(`the file ended with ${signal ?? `exit code ${code}`}`)
      else if (counts.passed + counts.skipped === 0) finish('the file ran no test')
      else if (!complete) finish('the file ended before its tests')
      else finish(null)
    }
    child.once('close', (code, signal) => {
      void disconnected.then(() => judge(code, signal))
    })
  })
}

const REPORTER = new URL('./test-reporter.js', import.meta.url).href

/** Without the marks of a test runner around this one, which would make the file report to that. */
function environment() {
  const { NODE_TEST_CONTEXT: _context, ...rest } = process.env
  return rest
}

/** What failed, for the end of a log: no more of each than shows where it failed. */
export function summary(failures) {
  if (failures.length === 0) return ''
  const parts = failures.map(({ file, name, reason }) => {
    const lines = reason.split('\n').filter((line) => line.trim() !== '')
    const cut = lines.length > REASON_LINES ? ['…'] : []
    const shown = [...lines.slice(0, REASON_LINES), ...cut].map(
      (line) => `      ${shorten(line)}\n`,
    )
    return `  ✖ ${name} (${file})\n${shown.join('')}`
  })
  return `\nfailed:\n${parts.join('')}`
}

const REASON_LINES = 12
const LINE_LENGTH = 300
const shorten = (line) => (line.length > LINE_LENGTH ? `${line.slice(0, LINE_LENGTH)}…` : line)

function end(child) {
  try {
    if (process.platform === 'win32') child.kill('SIGKILL')
    else process.kill(-child.pid, 'SIGKILL')
  } catch {
    // It has ended by itself.
  }
}

const write = (text) => void process.stdout.write(text)

async function main(filters) {
  const root = fileURLToPath(new URL('..', import.meta.url))
  const { files, missing } = findTests(root, filters)
  const children = new Set()
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, () => {
      for (const child of children) end(child)
      process.exit(1)
    })
  }
  const started = performance.now()
  const counts = await runTests(root, files, { write, children })
  for (const file of missing) write(`✖ ${file} is not compiled; run: npm run build:test\n`)
  write(summary(counts.failures))
  if (files.length + missing.length === 0) write(`no test file matches ${filters.join(' ')}\n`)
  const failed = counts.failed + missing.length
  write(`\n${files.length} files in ${((performance.now() - started) / 1000).toFixed(0)} s\n`)
  write(
    `${counts.passed} passed, ${failed} failed${counts.skipped > 0 ? `, ${counts.skipped} skipped` : ''}\n`,
  )
  process.exitCode = failed === 0 && counts.passed > 0 ? 0 : 1
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await main(process.argv.slice(2))
}
