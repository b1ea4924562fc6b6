/** Projects in temporary folders, with programs of a few lines that run in processes of their own. */
import { execFileSync, spawn } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after } from 'node:test'
import { fileURLToPath } from 'node:url'

/** `packages/spillway`, seen from the compiled test. */
export const library = fileURLToPath(new URL('../../../', import.meta.url))
export const repository = fileURLToPath(new URL('../../../../../', import.meta.url))

export type Files = Readonly<Record<string, string>>

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
  /** True if the process was still running after `timeoutMs` and was killed. */
  readonly hung: boolean
  readonly milliseconds: number
}

export interface RunOptions {
  /** The program and its arguments; `main.js` by default. */
  readonly program?: readonly string[]
  /** Options of node itself. */
  readonly flags?: readonly string[]
  readonly node?: string
  readonly timeoutMs?: number
}

/** Runs a process to its end. Never rejects: how it ended is for the test to judge. */
export function runProcess(
  command: string,
  args: readonly string[],
  cwd: string,
  timeoutMs = 30_000,
): Promise<Ended> {
  const { NODE_TEST_CONTEXT: _context, NODE_OPTIONS: _options, ...env } = process.env
  const started = performance.now()
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let stdout = ''
  let stderr = ''
  let hung = false
  child.stdout.setEncoding('utf8').on('data', (text: string) => void (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => void (stderr += text))
  const timer = setTimeout(() => {
    hung = true
    child.kill('SIGKILL')
  }, timeoutMs)
  return new Promise((resolve) => {
    const end = (code: number | null, signal: NodeJS.Signals | null): void => {
      clearTimeout(timer)
      resolve({ code, signal, stdout, stderr, hung, milliseconds: performance.now() - started })
    }
    child.once('error', (error) => {
      stderr += error.message
      end(null, null)
    })
    child.once('close', end)
  })
}

export class Project {
  readonly folder: string
  #programs = 0

  constructor(folder: string) {
    this.folder = folder
  }

  /** Writes a program into a folder of its own, below the project's `node_modules`. */
  write(files: Files): string {
    const folder = join(this.folder, `program-${this.#programs++}`)
    writeFiles(folder, { 'package.json': '{"type":"module"}', ...files })
    return folder
  }

  /** Runs a program that was written. */
  runIn(folder: string, options: RunOptions = {}): Promise<Ended> {
    const { program = ['main.js'], flags = [], node = process.execPath, timeoutMs } = options
    return runProcess(node, [...flags, ...program], folder, timeoutMs)
  }

  /** Writes a program and runs it. */
  run(files: Files, options: RunOptions = {}): Promise<Ended> {
    return this.runIn(this.write(files), options)
  }
}

function emptyProject(): Project {
  const folder = mkdtempSync(join(tmpdir(), 'spillway-project-'))
  after(() => rmSync(folder, { recursive: true, force: true }))
  writeFiles(folder, { 'package.json': '{"name":"project","private":true,"type":"module"}' })
  return new Project(folder)
}

/** A project into which the packed library was installed, as its users get it. Takes seconds; make one for each test file. */
export function installedProject(): Project {
  const project = emptyProject()
  const npm = (cwd: string, ...args: string[]): string =>
    execFileSync('npm', args, {
      cwd,
      encoding: 'utf8',
      shell: process.platform === 'win32',
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  const packed = npm(
    library,
    'pack',
    '--json',
    '--ignore-scripts',
    '--pack-destination',
    project.folder,
  )
  const [{ filename }] = JSON.parse(packed) as [{ filename: string }]
  npm(
    project.folder,
    'install',
    '--offline',
    '--no-audit',
    '--no-fund',
    join(project.folder, filename),
  )
  return project
}

/** A project in which `spillway` is what the tests were compiled with. */
export function linkedProject(): Project {
  const project = emptyProject()
  const place = join(project.folder, 'node_modules', 'spillway')
  mkdirSync(place, { recursive: true })
  cpSync(join(library, 'package.json'), join(place, 'package.json'))
  symlinkSync(fileURLToPath(new URL('../../src', import.meta.url)), join(place, 'dist'), 'junction')
  return project
}

export function writeFiles(folder: string, files: Files): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
}

/** The JSON that a program printed last. Fails the test, showing all the program said, if it did not end well. */
export function answerOf<T>(ended: Ended): T {
  const { code, stdout, stderr, hung } = ended
  const last = stdout.trimEnd().split('\n').at(-1) ?? ''
  if (code === 0 && !hung) {
    try {
      return JSON.parse(last) as T
    } catch {
      // Shown below with the rest.
    }
  }
  throw new Error(
    `the program ${hung ? `hung for ${ended.milliseconds.toFixed(0)} ms` : `ended with ${ended.signal ?? code}`}\n` +
      `stdout: ${stdout}\nstderr: ${stderr}`,
  )
}
