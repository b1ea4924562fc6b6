// The OpenMP rival: compiled here when gcc is present, kept alive as a server that answers one command a line.
// See bench-native/README.md for the commands.
import { execFile, spawn } from 'node:child_process'
import type { ChildProcessByStdio } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Unavailable } from '../benchmark.ts'
import { shared } from '../harness/shared.ts'
import { labRoot } from '../lab-root.ts'

export const OPENMP_FLAGS = ['-O3', '-fopenmp', '-fno-tree-vectorize', '-fno-math-errno'] as const
export const OPENMP_THREADS = 2

const run = promisify(execFile)

export class OpenMp {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>
  readonly #folder: string
  readonly #lines: AsyncIterator<string>

  constructor(child: ChildProcessByStdio<Writable, Readable, null>, folder: string) {
    this.#child = child
    this.#folder = folder
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  }

  /** One command at a time: the suite never measures two entries at once. */
  async ask(command: string): Promise<number[]> {
    this.#child.stdin.write(`${command}\n`)
    const { value, done } = await this.#lines.next()
    if (done === true) throw new Error(`the OpenMP rival ended during: ${command}`)
    const numbers = value.split(' ').map(Number)
    if (numbers.some((number) => Number.isNaN(number))) {
      throw new Error(`the OpenMP rival answered "${value}" to: ${command}`)
    }
    return numbers
  }

  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once('exit', resolve))
    this.#child.stdin.end()
    await ended
    await rm(this.#folder, { recursive: true, force: true })
  }
}

async function compile(folder: string): Promise<string> {
  const sources = new URL('bench-native/', labRoot())
  const files = (await readdir(sources)).filter((file) => file.endsWith('.c')).toSorted()
  const program = join(folder, 'rival')
  const paths = files.map((file) => fileURLToPath(new URL(file, sources)))
  try {
    await run('gcc', [...OPENMP_FLAGS, ...paths, '-o', program, '-lm'])
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    const why = missing ? 'gcc is not installed' : 'gcc could not build it (is libgomp there?)'
    throw new Unavailable(why, { cause: error })
  }
  return program
}

/** Everybody's defaults, whatever this shell has set: nothing pinned, libgomp's own way of waiting. */
function environment(): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !/^G?OMP_/.test(name))
  return { ...Object.fromEntries(inherited), OMP_NUM_THREADS: String(OPENMP_THREADS) }
}

async function start(): Promise<OpenMp> {
  const folder = await mkdtemp(join(tmpdir(), 'spillway-openmp-'))
  try {
    const program = await compile(folder)
    const child = spawn(program, [], { stdio: ['pipe', 'pipe', 'inherit'], env: environment() })
    return new OpenMp(child, folder)
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    throw error
  }
}

export const openMp = shared(start, (rival) => rival.close())
