// docs/upstream-tests.md names tests that exist.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

const root = new URL('..', import.meta.url)
const CASES = 50

const [, cases, missing] = read('docs/upstream-tests.md').split(/^## .*$/m)

function read(path) {
  return readFileSync(new URL(path, root), 'utf8')
}

/** Cells of the rows of the table in a text, without its head. */
function rowsOf(text) {
  const lines = text.split('\n').filter((line) => line.startsWith('|'))
  const rows = lines.map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll('`', '')),
  )
  return rows.slice(2)
}

/** The strings of a test file: names of tests are among them. A name may begin with a variable, as in `${id}: …`. */
function stringsOf(file) {
  return [...read(`packages/spillway/test/${file}`).matchAll(/(['"`])((?:\\.|(?!\1).)*)\1/g)].map(
    ([, , text]) => text,
  )
}

/** T01, T02 and T03 for `T01 to T03`. */
function idsOf(cell) {
  return cell.split(', ').flatMap((part) => {
    const [first, last = first] = part.split(' to ').map((id) => Number(id.slice(1)))
    return Array.from({ length: last - first + 1 }, (_, i) => `T${`${first + i}`.padStart(2, '0')}`)
  })
}

test('each case of upstream is in the table once, and a test in the file that it names begins with it', () => {
  const seen = []
  for (const [cell, file] of rowsOf(cases)) {
    const strings = stringsOf(file)
    const generated = strings.some((text) => text.startsWith('${id}: '))
    for (const id of idsOf(cell)) {
      seen.push(id)
      const named = strings.some((text) => text.startsWith(`${id}: `))
      // As `['T05', 1000, 100]` in a list of cases.
      assert.ok(named || (generated && strings.includes(id)), `no test of ${file} is named ${id}`)
    }
  }
  const all = Array.from({ length: CASES }, (_, i) => `T${`${i + 1}`.padStart(2, '0')}`)
  assert.deepEqual(
    seen.toSorted((left, right) => left.localeCompare(right)),
    all,
  )
})

test('what upstream misses has the tests that the table names', () => {
  const rows = rowsOf(missing)
  assert.ok(rows.length >= 21, `${rows.length} rows`)
  for (const [what, file, name] of rows) {
    const found = stringsOf(file).some((text) => text.startsWith(name))
    assert.ok(found, `${what}: no test of ${file} begins with "${name}"`)
  }
})
