import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const built = new URL('.', import.meta.url)
const sources = new URL('../', built)

for (const name of readdirSync(sources).filter((file) => /^[\w-]+\.ts$/.test(file))) {
  test(`examples: ${name} prints what it says`, { timeout: 60_000 }, () => {
    const source = readFileSync(new URL(name, sources), 'utf8')
    const promised = /^\/\/ prints(?:[^:]*then)?: (.*)$/m.exec(source)?.[1]
    assert.ok(promised, `${name} has no "// prints:" line`)
    const program = fileURLToPath(new URL(name.replace(/\.ts$/, '.js'), built))
    const printed = execFileSync(process.execPath, [program], { encoding: 'utf8', timeout: 50_000 })
    assert.equal(printed.trimEnd().split('\n').at(-1), promised)
  })
}
