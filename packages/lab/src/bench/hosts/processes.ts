// Node, Bun and Deno: this Node, and what `npm run install:hosts` has put into the repository.
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Unavailable } from '../benchmark.ts'
import type { Entry } from '../benchmark.ts'
import { runFresh } from '../harness/fresh.ts'
import { labRoot } from '../lab-root.ts'

const installed = (path: string) =>
  fileURLToPath(new URL(`../../.runtimes/node_modules/${path}`, labRoot()))

export interface ProcessHost {
  readonly name: string
  readonly program: string
  /** Go before the name of the script. */
  readonly flags: readonly string[]
}

export const THIS_NODE: ProcessHost = { name: 'this Node', program: process.execPath, flags: [] }

export const PROCESS_HOSTS: readonly ProcessHost[] = [
  THIS_NODE,
  ...['22', '24', '26'].map((version) => ({
    name: `Node ${version}`,
    program: installed(`node${version}/bin/node`),
    flags: [],
  })),
  { name: 'Bun', program: installed('.bin/bun'), flags: [] },
  {
    name: 'Deno',
    program: installed('.bin/deno'),
    flags: ['run', '--allow-read', '--allow-env', '--allow-sys', '--no-prompt'],
  },
]

const PROGRAM = new URL('./process.js', import.meta.url)

/** `args` are those of `process.ts`. */
export function processEntry(host: ProcessHost, ...args: readonly string[]): Entry {
  const { name, program, flags } = host
  const open = () => {
    if (!existsSync(program)) throw new Unavailable('not installed; npm run install:hosts')
    return { sample: () => runFresh(PROGRAM, args, { runtime: program, flags }) }
  }
  return { name, role: 'spillway', open }
}
