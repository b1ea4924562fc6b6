import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

// The tests run compiled, one folder deeper than their sources.
const home = fileURLToPath(
  new URL(import.meta.url.includes('/.test-build/') ? '../../../' : '../../', import.meta.url),
)
const compiler = fileURLToPath(new URL('bin/tsc', import.meta.resolve('typescript/package.json')))
const EXPECTED = '@ts-expect-error'

/** Lines, by `file:line`, that the compiler reports for the files of a folder. */
function reported(folder: string): string[] {
  try {
    execFileSync(process.execPath, [compiler, '-p', folder, '--pretty', 'false'], {
      encoding: 'utf8',
    })
    return []
  } catch (error) {
    const { stdout } = error as { stdout: string }
    return [...stdout.matchAll(/^.*?([\w-]+\.ts)\((\d+),\d+\): error/gm)].map(
      ([, file, line]) => `${file}:${line}`,
    )
  }
}

/** A folder inside the package, so that its own name resolves, with the type tests as `edit` makes them. */
function copyOf(name: string, edit: (text: string) => string): string {
  const folder = mkdtempSync(join(home, `.test-build/${name}-`))
  cpSync(join(home, 'test/types'), folder, { recursive: true })
  for (const file of readdirSync(folder)) {
    const path = join(folder, file)
    if (file.endsWith('.test.ts')) rmSync(path)
    else writeFileSync(path, edit(readFileSync(path, 'utf8')))
  }
  const config = {
    extends: '../../../../tsconfig.base.json',
    compilerOptions: { noEmit: true },
    include: ['.'],
  }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
  return folder
}

test('reduce.types: what must not compile does not, each for the line it is written on', () => {
  const asWritten = copyOf('types-as-written', (text) => text)
  // The same lines in the same places, but nothing is expected.
  const bare = copyOf('types-bare', (text) => text.replaceAll(EXPECTED, 'expected:'))
  try {
    assert.deepEqual(reported(asWritten), [])
    const expected = readdirSync(asWritten)
      .filter((file) => file.endsWith('.ts'))
      .flatMap((file) =>
        readFileSync(join(asWritten, file), 'utf8')
          .split('\n')
          .flatMap((line, at) => (line.includes(`// ${EXPECTED}`) ? [`${file}:${at + 2}`] : [])),
      )
    assert.ok(expected.length > 40, `${expected.length} expectations`)
    assert.deepEqual(new Set(reported(bare)), new Set(expected))
  } finally {
    rmSync(asWritten, { recursive: true })
    rmSync(bare, { recursive: true })
  }
})
