// Runs benchmarks one after the other, each in its own process, and passes on what they say.
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Benchmark } from './benchmark.ts'
import type { BenchEvent } from './events.ts'
import type { OneBenchmarkOptions } from './one-benchmark.ts'

/** Longer than the slowest benchmark needs with its default rounds, so only a hang ends here. */
const TIMEOUT_MS = 15 * 60_000
const COMPLAINT_LINES = 12

export async function runSuite(
  benchmarks: readonly Benchmark[],
  options: OneBenchmarkOptions,
  onEvent: (event: BenchEvent) => void,
): Promise<void> {
  for (const { name } of benchmarks) {
    const message = await runOne(ourProgram(), name, options, onEvent)
    if (message !== undefined) onEvent({ type: 'failed', benchmark: name, message })
  }
}

/** The program of this build that measures one benchmark. */
export function ourProgram(): string {
  return fileURLToPath(new URL('./one-benchmark.js', import.meta.url))
}

/** Runs such a program for a benchmark. Returns what went wrong, or undefined. */
export async function runOne(
  program: string,
  name: string,
  options: OneBenchmarkOptions,
  onEvent: (event: BenchEvent) => void,
): Promise<string | undefined> {
  const argv = ['--expose-gc', program, name, JSON.stringify(options)]
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'pipe'] })
  const complaints: string[] = []
  createInterface({ input: child.stderr }).on('line', (line) => complaints.push(line))
  createInterface({ input: child.stdout }).on('line', (line) => {
    const event = parseEvent(line)
    if (event === undefined) complaints.push(line)
    else onEvent(event)
  })
  let late = false
  const timer = setTimeout(() => {
    late = true
    child.kill('SIGKILL')
  }, TIMEOUT_MS)
  const code = await new Promise<number | string>((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('close', (exitCode, signal) => resolve(exitCode ?? signal ?? 'no exit code'))
  })
  clearTimeout(timer)
  if (code === 0) return undefined
  const why = late ? `no end after ${TIMEOUT_MS / 60_000} minutes` : `ended with ${code}`
  const error = Math.max(
    0,
    complaints.findIndex((line) => /Error\b/.test(line)),
  )
  return [why, ...complaints.slice(error, error + COMPLAINT_LINES)].join('\n')
}

/** Undefined for what somebody else printed on stdout: a warning, a kernel's console.log. */
function parseEvent(line: string): BenchEvent | undefined {
  try {
    const event: BenchEvent = JSON.parse(line)
    return event
  } catch {
    return undefined
  }
}
