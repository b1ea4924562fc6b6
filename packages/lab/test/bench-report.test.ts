import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ExperimentEvent } from '../src/bench/events.ts'
import { jsonLines } from '../src/bench/events.ts'
import type { Row } from '../src/bench/harness/judge.ts'
import { digits, interval } from '../src/bench/report/format.ts'
import { markdown } from '../src/bench/report/markdown.ts'
import type { Page } from '../src/bench/report/markdown.ts'
import { aligned, experimentText } from '../src/bench/report/text.ts'
import { losses } from '../src/bench/report/worse.ts'

function row(entry: string, role: Row['role'], samples: readonly number[]): Row {
  const [median = Number.NaN] = samples
  return { entry, role, samples, median, p10: median, p90: median, best: median }
}

const event: ExperimentEvent = {
  type: 'experiment',
  benchmark: 'map',
  experiment: 'sqrt',
  title: 'roots',
  rounds: 3,
  loadBefore: [0.1, 0.2, 0.3],
  loadAfter: [0.4, 0.5, 0.6],
  tables: [
    {
      metric: 'ms',
      title: 'one loop',
      unit: 'ms',
      comparisonTitle: 'times serial loop',
      rows: [
        row('serial loop', 'baseline', [10, 10, 10]),
        row('the clock', 'control', [1, 1, 1]),
        {
          ...row('spillway', 'spillway', [20, 20, 20]),
          reference: 'serial loop',
          comparison: { value: 2, low: 2, high: 2 },
        },
      ],
    },
  ],
  skipped: [{ entry: 'OpenMP', reason: 'gcc is not installed' }],
  verdicts: [
    {
      row: 'map a|b',
      must: '<= 1.1x',
      entry: 'spillway',
      metric: 'ms',
      limit: 1.1,
      better: 'low',
      value: { value: 2, low: 2, high: 2 },
      met: false,
      clear: true,
    },
  ],
}

const page: Page = {
  recipe: {
    date: '2026-01-02T03:04:05.000Z',
    command: 'spillway bench map',
    commit: 'abc',
    seed: 1,
    spillway: '0.1.0',
    node: '20.20.2',
    v8: '11',
    gcc: 'gcc 12',
    cpu: 'cpu',
    cpus: 2,
    usable: 2,
    memoryGib: 8,
    system: 'linux',
    load: [0, 0, 0],
  },
  loadAtEnd: [1, 1, 1],
  peers: false,
  benchmarks: [{ name: 'map', summary: 'a map', notes: ['a note'], experiments: [] }],
  experiments: [event],
  failures: [{ type: 'failed', benchmark: 'map', message: 'ended with 1\n    at stack' }],
}

describe('numbers', () => {
  it('have three significant digits and no exponent', () => {
    assert.equal(digits(0.001234), '0.00123')
    assert.equal(digits(0.5), '0.500')
    assert.equal(digits(12.345), '12.3')
    assert.equal(digits(1234567.8), '1,234,568')
    assert.equal(digits(0), '0')
    assert.equal(digits(-2.5), '-2.50')
    assert.equal(digits(Number.NaN), '-')
    assert.equal(interval({ value: 2, low: 1.5, high: 3 }), '2.00 [1.50, 3.00]')
  })
})

describe('the terminal', () => {
  it('aligns names to the left and numbers to the right', () => {
    assert.deepEqual(
      aligned([
        ['entry', 'us'],
        ['a', '10'],
        ['bcdefgh', '1'],
      ]),
      ['entry    us', 'a        10', 'bcdefgh   1'],
    )
  })

  it('shows rows, skipped entries and verdicts', () => {
    const text = experimentText(event)
    assert.match(text, /spillway +20\.0 +20\.0 +20\.0 +20\.0 +2\.00 \[2\.00, 2\.00\]/)
    assert.match(text, /skipped OpenMP: gcc is not installed/)
    assert.match(text, /must <= 1\.1x: 2\.00 \[2\.00, 2\.00\]: .*not met/)
  })
})

describe('the results page', () => {
  it('says what is worse, and never against a control', () => {
    const found = losses([event])
    assert.deepEqual(
      found.map(({ entry, to }) => [entry, to.map((other) => [other.entry, other.times.value])]),
      [['spillway', [['serial loop', 2]]]],
    )
  })

  it('holds verdicts, losses, recipe, method, tables and what is missing', () => {
    const text = markdown(page)
    for (const part of [
      '# Benchmark results, 2026-01-02',
      '## Targets',
      '## What is worse with Spillway',
      '## Recipe',
      '`spillway bench map`',
      '## Method',
      'Skipped OpenMP: gcc is not installed.',
      'load 0.1 before and 0.4 after',
      '- a note',
      'knitting',
      'run with `--peers`',
    ]) {
      assert.ok(text.includes(part), `missing: ${part}`)
    }
  })

  it('has tables that are readable as text', () => {
    const lines = markdown(page).split('\n')
    const head = lines.findIndex((line) => line.startsWith('| entry '))
    assert.deepEqual(lines.slice(head, head + 3), [
      '| entry       | median ms |  p10 |  p90 | best | times serial loop [95 %] |',
      '| ----------- | --------: | ---: | ---: | ---: | -----------------------: |',
      '| serial loop |      10.0 | 10.0 | 10.0 | 10.0 |                          |',
    ])
  })

  it('escapes bars and keeps stacks out', () => {
    const text = markdown(page)
    assert.ok(text.includes('map a\\|b'))
    assert.ok(text.includes('**Failed**: ended with 1'))
    assert.ok(!text.includes('at stack'))
  })
})

describe('JSON lines', () => {
  it('are flat: entries, skipped entries, verdicts, load', () => {
    const lines = jsonLines(event) as { type: string; benchmark: string; entry?: string }[]
    assert.deepEqual(
      lines.map(({ type }) => type),
      ['entry', 'entry', 'entry', 'skipped', 'verdict', 'load'],
    )
    assert.ok(lines.every(({ benchmark }) => benchmark === 'map'))
    const progress = {
      type: 'progress',
      benchmark: 'map',
      experiment: 'x',
      round: 0,
      rounds: 1,
    } as const
    assert.deepEqual(jsonLines(progress), [])
  })
})
