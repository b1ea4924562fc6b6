import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { labRoot } from '../src/bench/lab-root.ts'

const program = fileURLToPath(new URL('../src/cli.js', import.meta.url))

/** This checkout, which the tests' build has built too. */
const root = fileURLToPath(new URL('../../', labRoot()))

/** A checkout with a program of its own, whose library is a link to ours. */
function foreignCheckout(): string {
  const folder = mkdtempSync(join(tmpdir(), 'spillway-checkout-'))
  mkdirSync(join(folder, 'packages/lab/dist/bench'), { recursive: true })
  writeFileSync(join(folder, 'packages/lab/dist/bench/one-benchmark.js'), '')
  mkdirSync(join(folder, 'node_modules'))
  symlinkSync(join(root, 'packages/spillway'), join(folder, 'node_modules/spillway'), 'dir')
  return folder
}

function bench(...args: string[]) {
  return spawnSync(process.execPath, [program, 'bench', ...args], { encoding: 'utf8' })
}

describe('spillway bench', () => {
  it('refuses an unknown name with exit code 2, and prints nothing on stdout', () => {
    const { status, stdout, stderr } = bench('redcue')
    assert.equal(status, 2)
    assert.equal(stdout, '')
    assert.match(stderr, /unknown benchmark 'redcue'; there are: dispatch-sync/)
    assert.match(stderr, /did you mean reduce\?/)
  })

  it('refuses bad options with exit code 2', () => {
    for (const args of [['--rounds', '0'], ['--rounds', 'x'], ['--nonsense']]) {
      const { status, stdout, stderr } = bench(...args)
      assert.equal(status, 2, args.join(' '))
      assert.equal(stdout, '')
      assert.match(stderr, /^error: /)
    }
  })

  it('lists the benchmarks with their targets', () => {
    const { status, stdout } = bench('--list')
    assert.equal(status, 0)
    assert.match(stdout, /^reduce +parallelReduce over 20 M/m)
    assert.match(stdout, />= 1\.85x the serial loop/)
    const lines = bench('--list', '--json').stdout.trim().split('\n')
    assert.ok(lines.every((line) => JSON.parse(line).type === 'benchmark'))
  })

  it('prints JSON lines, writes a page, and is silent on stderr when piped', () => {
    const folder = mkdtempSync(join(tmpdir(), 'spillway-bench-'))
    try {
      const page = join(folder, 'results.md')
      const { status, stdout, stderr } = bench(
        'body',
        '--rounds',
        '1',
        '--json',
        '--markdown',
        page,
      )
      const lines = stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line))
      const failed = lines.find(({ type }) => type === 'failed')
      assert.equal(failed, undefined, failed?.message)
      // Whether a target is met is not this test's business: 0 and 1 are both fine.
      assert.ok(status === 0 || status === 1, `ended with ${status}: ${stderr}`)
      assert.equal(stderr, '')
      assert.equal(lines[0].type, 'recipe')
      assert.deepEqual(
        new Set(lines.map(({ type }) => type)),
        new Set(['recipe', 'entry', 'verdict', 'load']),
      )
      assert.match(readFileSync(page, 'utf8'), /^# Benchmark results, /)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })

  it('refuses a checkout that it could not measure, and options that do not go with one', () => {
    const empty = mkdtempSync(join(tmpdir(), 'spillway-checkout-'))
    const foreign = foreignCheckout()
    try {
      const refusals: readonly (readonly [string[], RegExp])[] = [
        [
          ['--against', empty],
          /^error: --against .*: expected the root of a checkout that is built; /,
        ],
        [
          ['--against', foreign],
          /^error: --against .* would measure the library of another folder, /,
        ],
        [['--pairs', '2'], /^error: --pairs: expected with --against <checkout>/],
        [['--against', root, '--pairs', '0'], /^error: .*expected a whole number >= 1, got '0'/],
        [['--against', root, '--peers'], /^error: --against: expected without --peers/],
        [
          ['--against', root, '--markdown', 'x.md'],
          /^error: --against: expected without --markdown/,
        ],
      ]
      for (const [args, message] of refusals) {
        const { status, stdout, stderr } = bench('body', ...args)
        assert.equal(status, 2, args.join(' '))
        assert.equal(stdout, '')
        assert.match(stderr, message)
      }
    } finally {
      for (const folder of [empty, foreign]) rmSync(folder, { recursive: true, force: true })
    }
  })

  it('measures two builds in pairs of processes', () => {
    const args = ['body', '--rounds', '1', '--against', root, '--pairs', '2']
    const { status, stdout, stderr } = bench(...args, '--json')
    assert.equal(stderr, '')
    assert.equal(status, 0, stdout)
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    assert.deepEqual(
      new Set(lines.map(({ type }) => type)),
      new Set(['recipe', 'against', 'paired']),
    )
    const events = lines.filter(({ type }) => type === 'paired')
    assert.ok(events.length > 0)
    for (const { pairs, rounds, tables } of events) {
      assert.deepEqual({ pairs, rounds }, { pairs: 2, rounds: 1 })
      const rows = tables.flatMap((table: { rows: object[] }) => table.rows)
      assert.ok(rows.length > 0)
      for (const { here, there, ratio } of rows) {
        assert.ok(here > 0 && there > 0)
        assert.ok(ratio.low <= ratio.value && ratio.value <= ratio.high)
      }
    }
  })
})
