/** The scenarios under Node, Bun and Deno: this Node, and what `npm run install:hosts` has put beside it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { repository, runProcess } from '../package/project.ts'
import type { Result } from './run.ts'
import { RUNTIMES, withoutRuntime } from './runtimes.ts'
import { scenarios } from './scenarios.ts'

const entry = fileURLToPath(new URL('./process-entry.js', import.meta.url))

for (const host of RUNTIMES) {
  const { name, program, flags, runtime } = host
  const skip = withoutRuntime(host)
  if (skip !== false) {
    test(`hosts.${name}`, { skip }, () => {})
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
