/** What the runtime can reach of the machine below: files, a count, other programs. */
import type { Machine } from '../topology/detect.ts'
import { detectFiles } from './files.ts'
import { isNode } from './runtime.ts'

export function detectMachine(): Machine {
  if (!isNode())
    return { system: 'unknown', files: () => null, count: concurrency, output: () => null }
  return { system: process.platform, files: detectFiles, count: processors, output }
}

/** Browsers round this number, or hide it. */
function concurrency(): number {
  return (
    (globalThis as { navigator?: { hardwareConcurrency?: number } }).navigator
      ?.hardwareConcurrency ?? 1
  )
}

function processors(): number {
  const { availableParallelism, cpus } = process.getBuiltinModule('node:os')
  return Math.max(availableParallelism(), cpus().length)
}

const LONGEST_RUN_MS = 2000

function output(program: string, args: readonly string[]): string | null {
  try {
    return process.getBuiltinModule('node:child_process').execFileSync(program, args, {
      encoding: 'utf8',
      timeout: LONGEST_RUN_MS,
      stdio: ['ignore', 'pipe', 'ignore'],
    })
  } catch (error) {
    // `sysctl` ends with 1 if it does not know one of several names, and prints the others.
    const { stdout } = error as { stdout?: unknown }
    return typeof stdout === 'string' && stdout !== '' ? stdout : null
  }
}
