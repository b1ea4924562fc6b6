import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  count,
  milliseconds,
  nanoseconds,
  percent,
  plural,
  rate,
  times,
} from '../src/report/format.ts'
import { reportPage } from '../src/report/page.ts'
import { makeTable, renderHtml, renderText } from '../src/report/table.ts'
import { callTable, verdictTable } from '../src/report/tables.ts'
import { textReport, wrap } from '../src/report/text.ts'
import { contended, syntheticAnalysis } from './fixture.ts'

const picture = {
  name: 'one',
  alternative: 'a "picture"',
  svg: '<svg xmlns="http://www.w3.org/2000/svg"></svg>',
}

test('numbers read as people read them', () => {
  assert.equal(milliseconds(123.4), '123 ms')
  assert.equal(milliseconds(9.876), '9.88 ms')
  assert.equal(milliseconds(0.0123), '12.3 µs')
  assert.equal(milliseconds(0.0000123), '12.3 ns')
  assert.equal(nanoseconds(9.876), '9.88 ns')
  assert.equal(nanoseconds(12345.6), '12,346 ns')
  assert.equal(rate(1.234e8), '123 M/s')
  assert.equal(rate(2.5e9), '2.50 G/s')
  assert.equal(times(1.999), '2.00x')
  assert.equal(percent(0.0567), '5.7 %')
  assert.equal(percent(0.567), '57 %')
  assert.equal(count(1e6), '1,000,000')
  assert.equal(plural(1, 'worker'), '1 worker')
  assert.equal(plural(2, 'worker'), '2 workers')
})

test('a text table lines up', () => {
  const table = makeTable<[string, number]>(
    'caption',
    [
      ['name', 'left', (row) => row[0]],
      ['value', 'right', (row) => String(row[1])],
    ],
    [
      ['a', 1],
      ['longer', 22],
    ],
  )
  assert.equal(
    renderText(table),
    'caption\n\nname    value\n------  -----\na           1\nlonger     22',
  )
})

test('a HTML table escapes', () => {
  const table = makeTable<string>('<b>', [['x', 'left', (row) => row]], ['<script>"&'])
  assert.ok(renderHtml(table).includes('&#60;script&#62;&#34;&#38;'))
  assert.ok(!renderHtml(table).includes('<script>'))
})

test('the call table has every column asked for', () => {
  const { columns, rows } = callTable(syntheticAnalysis(contended, [1, 2]), 1_000_000)
  assert.deepEqual(
    [
      'variant',
      'workers',
      'items',
      'time',
      'items/s',
      'ns/item',
      'speedup',
      'efficiency',
      'atomics',
    ].filter((title) => !columns.some((column) => column.title === title)),
    [],
  )
  assert.equal(rows.length, 12)
  const shared = rows.find((row) => row[0] === 'shared' && row[1] === '2')
  assert.equal(shared?.[columns.findIndex((column) => column.title === 'atomics')], '1,000,000')
})

test('skipped verdicts say why', () => {
  const rows = verdictTable(syntheticAnalysis(contended, [1])).rows
  assert.ok(rows.some((row) => row[0] === 'skip' && row.at(-1)?.includes('one worker only')))
})

test('the text report names protocols, verdicts and diagnosis, without colour codes', () => {
  const text = textReport(syntheticAnalysis(contended, [1, 2]), false)
  for (const part of [
    'protocol call',
    'protocol burst',
    'Universal Scalability Law',
    'true sharing',
    'scheduler-share',
  ])
    assert.ok(text.includes(part), part)
  assert.ok(!text.includes('\u001b'))
  assert.ok(textReport(syntheticAnalysis(contended, [1, 2]), true).includes('\u001b[32mpass'))
})

test('text wraps at words', () => {
  assert.equal(wrap('one two three', 7), 'one two\nthree')
})

test('the page is one file that asks for nothing', () => {
  const page = reportPage(syntheticAnalysis(contended, [1, 2]), [picture])
  assert.doesNotMatch(page, /\b(src|href)="(?!data:)/)
  assert.doesNotMatch(page, /@import|sourceMappingURL/)
  assert.match(page, /Content-Security-Policy" content="default-src 'none'/)
  assert.match(page, /prefers-color-scheme: dark/)
  assert.equal(page.match(/<script/g)?.length, page.match(/<\/script>/g)?.length)
})

test('the page carries recipe, verdicts, seed figures marked, and data that parses', () => {
  const page = reportPage(syntheticAnalysis(contended, [1, 2]), [picture])
  for (const part of [
    'spillway analyze',
    'abcdef012345',
    'load average',
    'seed, not measured here',
    'removing-the-atomic-restores-scaling',
    'aria-label="a &#34;picture&#34;"',
  ])
    assert.ok(page.includes(part), part)
  const data = JSON.parse(
    /<script type="application\/json" id="data">([^<]*)<\/script>/.exec(page)?.[1] ?? '',
  )
  assert.equal(data.calls.length, 6 * 2 * 6)
  assert.equal(data.bursts.length, 12)
})

test('what the machine calls itself cannot break the page', () => {
  const analysis = syntheticAnalysis(contended, [1, 2])
  analysis.machine.cpu = '</script><img src=x onerror=alert(1)>'
  assert.doesNotMatch(reportPage(analysis, [picture]), /<img/)
})
