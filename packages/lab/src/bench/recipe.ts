// Everything a reader needs to judge a number or to measure it again: machine, load, runtime, commit, command.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { availableParallelism, cpus, loadavg, platform, release, totalmem } from 'node:os'
import { fileURLToPath } from 'node:url'
import { labRoot } from './lab-root.ts'

export interface Recipe {
  readonly date: string
  readonly command: string
  readonly commit: string
  readonly seed: number
  readonly spillway: string
  readonly node: string
  readonly v8: string
  readonly gcc: string
  readonly cpu: string
  readonly cpus: number
  readonly usable: number
  readonly memoryGib: number
  readonly system: string
  readonly load: readonly number[]
}

export function recipe(command: string, seed: number): Recipe {
  const all = cpus()
  return {
    date: new Date().toISOString(),
    command,
    commit: commitOf(fileURLToPath(labRoot())),
    seed,
    spillway: version('spillway'),
    node: process.versions.node,
    v8: process.versions.v8,
    gcc: firstLine('gcc', ['--version']) ?? 'not installed',
    cpu: all[0]?.model.trim() ?? 'unknown',
    cpus: all.length,
    usable: availableParallelism(),
    memoryGib: Math.round((totalmem() / 1024 ** 3) * 10) / 10,
    system: `${platform()} ${release()}`,
    load: load(),
  }
}

/** Runnable threads over 1, 5 and 15 minutes; zeros where the system does not count them. */
export function load(): number[] {
  return loadavg().map((value) => Math.round(value * 100) / 100)
}

/** The commit of the checkout that `folder` lies in. */
export function commitOf(folder: string): string {
  const hash = firstLine('git', ['rev-parse', '--short=12', 'HEAD'], folder)
  if (hash === undefined) return 'unknown'
  const changes = firstLine('git', ['status', '--porcelain'], folder)
  return changes === '' ? hash : `${hash} with uncommitted changes`
}

function firstLine(program: string, args: readonly string[], cwd?: string): string | undefined {
  try {
    const stdio: ['ignore', 'pipe', 'ignore'] = ['ignore', 'pipe', 'ignore']
    const options = { ...(cwd !== undefined && { cwd }), encoding: 'utf8', stdio } as const
    return execFileSync(program, args, options).split('\n')[0]
  } catch {
    return undefined
  }
}

function version(dependency: string): string {
  const manifest = fileURLToPath(import.meta.resolve(`${dependency}/package.json`))
  const { version: found }: { version: string } = JSON.parse(readFileSync(manifest, 'utf8'))
  return found
}
