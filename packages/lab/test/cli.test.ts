import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'

const cli = fileURLToPath(new URL('../src/cli.js', import.meta.url))
const directory = mkdtempSync(path.join(os.tmpdir(), 'spillway-cli-'))
after(() => rmSync(directory, { recursive: true }))

function spillway(...words: string[]): { code: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...words], {
    cwd: directory,
    encoding: 'utf8',
  })
  return { code: status, out: stdout, err: stderr }
}

test('help is no error and goes to stdout', () => {
  for (const words of [['--help'], ['analyze', '--help'], ['help', 'analyze']]) {
    const { code, out, err } = spillway(...words)
    assert.equal(code, 0, words.join(' '))
    assert.match(out, /Usage: spillway/)
    assert.equal(err, '')
  }
  assert.match(spillway('--help').out, /analyze[\s\S]*bench/)
})

test('bad usage: code 2, a message on stderr, nothing on stdout, nothing written', () => {
  writeFileSync(path.join(directory, 'file'), '')
  for (const words of [
    [],
    ['analyse'],
    ['analyze', '--fast'],
    ['analyze', 'more'],
    ['analyze', '--out'],
    ['analyze', '--out', ''],
    ['analyze', '--out', 'file'],
    ['analyze', '--out', 'file/below'],
    ['analyze', '--workers', '0'],
    ['analyze', '--workers', 'two'],
    ['bench', '--fast'],
  ]) {
    const { code, out, err } = spillway(...words)
    assert.equal(code, 2, words.join(' '))
    assert.equal(out, '', words.join(' '))
    assert.notEqual(err, '', words.join(' '))
  }
  assert.deepEqual(readdirSync(directory), ['file'])
  assert.equal(existsSync(path.join(directory, 'analysis')), false)
})

test('a near miss is pointed out', () => {
  assert.match(spillway('analyse').err, /Did you mean analyze\?/)
})
