/** The scenarios under Node, Bun and Deno: this Node, and what `npm run install:hosts` has put beside it. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { repository, runProcess } from '../package/project.ts'
import type { Result } from './run.ts'
import { scenarios } from './scenarios.ts'

const MODULES = join(repository, '.runtimes', 'node_modules')
const entry = fileURLToPath(new URL('./process-entry.js', import.meta.url))

interface Runtime {
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

const RUNTIMES: readonly Runtime[] = [
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

for (const { name, program, flags, runtime } of RUNTIMES) {
  if (!existsSync(program)) {
    test(`hosts.${name}`, { skip: `${name} is not installed; npm run install:hosts` }, () => {})
    continue
  }
  await test(`hosts.${name}`, async (t) => {
    const ended = await runProcess(program, [...flags, entry, runtime], repository, 110_000)
    const { stdout, stderr, hung, code } = ended
    const results = stdout
      .split('\n')
      .filter((line) => line.startsWith('result '))
      .map((line) => JSON.parse(line.slice('result '.length)) as Result)
    for (const scenario of Object.keys(scenarios)) {
      await t.test(`${name}: ${scenario}`, () => {
        const result = results.find((one) => one.name === scenario)
        assert.ok(result !== undefined, `it was not run\nstdout: ${stdout}\nstderr: ${stderr}`)
        assert.equal(result.failure, null)
      })
    }
    await t.test(`${name}: the process ends by itself`, () => {
      const said = `stdout: ${stdout}\nstderr: ${stderr}`
      assert.ok(!hung && code === 0 && stdout.trimEnd().endsWith('ended'), `code ${code}; ${said}`)
      assert.equal(stderr, '')
    })
  })
}
