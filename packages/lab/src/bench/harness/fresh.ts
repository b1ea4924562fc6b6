// One sample from a fresh process: for what can be measured only once in a process's life (its start, its memory at
// rest), or only when nothing else lives in it (its cpu time when idle). The program prints one JSON line.
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export interface FreshOptions {
  /** The program that runs the script; this Node by default. */
  readonly runtime?: string
  /** Options of the runtime itself, before the script. */
  readonly flags?: readonly string[]
  readonly timeoutMs?: number
}

export async function runFresh(
  program: URL,
  args: readonly string[],
  options: FreshOptions = {},
): Promise<Record<string, number>> {
  const { runtime = process.execPath, flags = [], timeoutMs = 60_000 } = options
  const argv = [...flags, fileURLToPath(program), ...args]
  const child = spawn(runtime, argv, { stdio: ['ignore', 'pipe', 'pipe'] })
  const output = collect(child.stdout)
  const complaints = collect(child.stderr)
  const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs)
  const code = await new Promise<number | string>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (exitCode, signal) => resolve(exitCode ?? signal ?? 'no exit code'))
  })
  clearTimeout(timer)
  if (code !== 0) {
    throw new Error(`${describe(program, args)} ended with ${code}: ${complaints.text().trim()}`)
  }
  return parseNumbers(output.text(), describe(program, args))
}

function describe(program: URL, args: readonly string[]): string {
  return [program.pathname.split('/').at(-1), ...args].join(' ')
}

function collect(stream: NodeJS.ReadableStream): { text(): string } {
  let text = ''
  stream.setEncoding('utf8')
  stream.on('data', (part: string) => {
    text += part
  })
  return { text: () => text }
}

/** The last line, as a record of finite numbers. */
export function parseNumbers(output: string, what: string): Record<string, number> {
  const line = output.trim().split('\n').at(-1) ?? ''
  const record: Record<string, number> = JSON.parse(line)
  for (const [key, value] of Object.entries(record)) {
    if (!Number.isFinite(value)) throw new Error(`${what}: ${key} is not a number: ${line}`)
  }
  return record
}
