// The test runner itself: what counts as a failure must never look like a success.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { findTests, runTests, summary } from './test.js'

async function withFiles(files, use) {
  const folder = mkdtempSync(join(tmpdir(), 'spillway-test-'))
  try {
    for (const [name, text] of Object.entries({ 'package.json': '{"type":"module"}', ...files })) {
      mkdirSync(dirname(join(folder, name)), { recursive: true })
      writeFileSync(join(folder, name), text)
    }
    return await use(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const IMPORT = "import { describe, it, test } from 'node:test'\n"

/** Runs one test file of this text: its counts as `passed/failed/skipped`, and what was shown. */
function run(text, options) {
  return withFiles({ 'a.test.js': IMPORT + text }, async (folder) => {
    let shown = ''
    const write = (part) => void (shown += part)
    const { failures, ...counts } = await runTests(folder, ['a.test.js'], { write, ...options })
    const { passed, failed, skipped } = counts
    return { counts: `${passed}/${failed}/${skipped}`, shown, end: summary(failures) }
  })
}

test('passed, failed and skipped tests are counted, suites are not', async () => {
  const { counts, shown } = await run(`
    test('one', (t) => t.diagnostic('measured: 17'))
    describe('suite', () => {
      it('two', () => {})
      it('three', () => { throw new Error('the reason') })
      it('four', { skip: 'not here' }, () => {})
      it('five', { todo: 'later' }, () => { throw new Error('known') })
    })`)
  assert.equal(counts, '2/1/2')
  assert.match(shown, /✔ one\n +# measured: 17/)
  assert.doesNotMatch(shown, /# tests/)
  assert.match(shown, /✖ three[^]*the reason/)
  assert.match(shown, /﹣ four # not here/)
  assert.match(shown, /⚑ five # later/)
})

test('what failed is told again at the end, with the beginning of its reason', async () => {
  const { end } = await run(`
    test('one', () => {})
    test('two', { todo: 'later' }, () => { throw new Error('known') })
    describe('suite', () => {
      it('three', () => { throw new Error('the reason') })
      it('four', () => { throw new Error('x'.repeat(400) + Array.from({ length: 99 }, (_, k) => '\\nline ' + k).join('')) })
    })`)
  assert.match(end, /^\nfailed:\n {2}✖ three \(a\.test\.js\)\n {6}Error: the reason\n/)
  assert.match(end, /✖ four \(a\.test\.js\)\n {6}Error: x{293}…\n[^]* {6}line 9\n[^✖]*…\n$/)
  assert.doesNotMatch(end, /one|two|suite|line 20/)
  assert.equal(summary([]), '')
})

const BROKEN = {
  'a file that throws at its top': ["throw new Error('the reason')", /the reason/],
  'a file that ends before its tests': [
    "test('a', () => {}); test('b', async () => { await new Promise((soon) => setTimeout(soon, 200)); process.exit(0) })",
    /ended before its tests/,
  ],
  'a file that ends with another exit code': [
    "test('a', () => {}); process.on('exit', () => { process.exitCode = 3 })",
    /exit code 3/,
  ],
  'a file without tests': ['', /ran no test/],
  'a test that never ends': [
    "test('a', () => new Promise(() => setInterval(() => {}, 1000)))",
    /no test ended/,
  ],
  'a file that stays alive after its tests': [
    "test('a', () => {}); setInterval(() => {}, 1000)",
    /no test ended/,
  ],
  'a file that is killed': ["test('a', () => process.kill(process.pid, 'SIGKILL'))", /SIGKILL/],
}

for (const [name, [text, expected]] of Object.entries(BROKEN)) {
  test(`${name} is a failure`, async () => {
    const { counts, shown, end } = await run(text, { silenceMs: 2000 })
    assert.match(counts, /^\d\/1\/0$/)
    assert.match(shown, expected)
    assert.match(end, expected)
  })
}

test(
  'a process left behind by a file ends with it',
  { skip: process.platform === 'win32' },
  async () => {
    await withFiles(
      {
        'a.test.js': `${IMPORT}import { spawn } from 'node:child_process'
        test('a', () => spawn(process.execPath, ['b.js'], { stdio: 'inherit' }).unref())`,
        'b.js': 'setInterval(() => {}, 1000)',
      },
      async (folder) => {
        // It holds the file's output open, so this ends only once it is gone.
        const { passed, failed } = await runTests(folder, ['a.test.js'], { write: () => {} })
        assert.deepEqual([passed, failed], [1, 0])
      },
    )
  },
)

test('compiled tests are found by their sources', async () => {
  const files = {
    'tools/a.test.js': '',
    'packages/spillway/test/deep/b.test.ts': '',
    'packages/spillway/.test-build/test/deep/b.test.js': '',
    'packages/spillway/.test-build/test/deep/deleted.test.js': '',
    'packages/spillway/test/c.test.ts': '',
    'packages/spillway/test/helper.ts': '',
    'examples/d.test.ts': '',
    'examples/.test-build/d.test.js': '',
  }
  await withFiles(files, (folder) => {
    const { files: found, missing } = findTests(folder)
    assert.deepEqual(found, [
      'examples/.test-build/d.test.js',
      'packages/spillway/.test-build/test/deep/b.test.js',
      'tools/a.test.js',
    ])
    assert.deepEqual(missing, ['packages/spillway/.test-build/test/c.test.js'])
    assert.deepEqual(findTests(folder, ['deep']).files, [
      'packages/spillway/.test-build/test/deep/b.test.js',
    ])
  })
})

/** Runs the command itself on a repository of these files. */
const command = (files, ...filters) =>
  withFiles(files, (folder) => {
    const tools = fileURLToPath(new URL('.', import.meta.url))
    for (const file of ['test.js', 'test-reporter.js'])
      cpSync(join(tools, file), join(folder, 'tools', file))
    const { status, stdout } = spawnSync(process.execPath, ['tools/test.js', ...filters], {
      cwd: folder,
      encoding: 'utf8',
    })
    return { status, last: stdout.trimEnd().split('\n').at(-1) }
  })

test('the command ends with the counts, and with exit code 0 only if tests ran and none failed', async () => {
  const good = { 'tools/a.test.js': `${IMPORT}test('a', () => {})` }
  const bad = { 'tools/b.test.js': `${IMPORT}test('b', () => { throw new Error('b') })` }
  const skipped = { 'tools/c.test.js': `${IMPORT}test('c', { skip: true }, () => {})` }
  const uncompiled = { 'packages/spillway/test/d.test.ts': '' }
  assert.deepEqual(await command(good), { status: 0, last: '1 passed, 0 failed' })
  assert.deepEqual(await command({ ...good, ...bad }), { status: 1, last: '1 passed, 1 failed' })
  assert.deepEqual(await command({ ...good, ...bad }, 'a.test'), {
    status: 0,
    last: '1 passed, 0 failed',
  })
  assert.deepEqual(await command({ ...good, ...skipped }), {
    status: 0,
    last: '1 passed, 0 failed, 1 skipped',
  })
  assert.deepEqual(await command(skipped), { status: 1, last: '0 passed, 0 failed, 1 skipped' })
  assert.deepEqual(await command({ ...good, ...uncompiled }), {
    status: 1,
    last: '1 passed, 1 failed',
  })
  assert.deepEqual(await command(good, 'nowhere'), { status: 1, last: '0 passed, 0 failed' })
})
