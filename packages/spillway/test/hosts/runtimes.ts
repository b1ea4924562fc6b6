/** Node, Bun and Deno: this Node, and what `npm run install:hosts` has put beside it. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { repository } from '../package/project.ts'

const MODULES = join(repository, '.runtimes', 'node_modules')

export interface Runtime {
  readonly name: string
  readonly program: string
  readonly flags: readonly string[]
  /** What the library calls it. */
  readonly runtime: string
}

const node = (version: string): Runtime => ({
  name: `Node ${version}`,
  program: join(MODULES, `node${version}`, 'bin', 'node'),
  flags: [],
  runtime: `node ${version}.`,
})

export const RUNTIMES: readonly Runtime[] = [
  {
    name: 'this Node',
    program: process.execPath,
    flags: [],
    runtime: `node ${process.versions.node}`,
  },
  node('22'),
  node('24'),
  node('26'),
  { name: 'Bun', program: join(MODULES, '.bin', 'bun'), flags: [], runtime: 'bun ' },
  {
    name: 'Deno',
    program: join(MODULES, '.bin', 'deno'),
    flags: ['run', '--allow-read', '--allow-env', '--allow-sys', '--no-prompt'],
    runtime: 'deno ',
  },
]

/** What to skip a test with: why it cannot run, or false. */
export function withoutRuntime({ name, program }: Runtime): string | false {
  return !existsSync(program) && `${name} is not installed; npm run install:hosts`
}
