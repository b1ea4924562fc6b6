// Each rule is shown failing on a small repository made in a temporary folder, and passing on its neighbour.
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { blankKinds, functionBodies } from './tidy-source.js'
import { checkRepository, rejectedWords, untestedScenarios } from './tidy.js'

const GLOSSARY = [
  '# Glossary',
  '',
  '| Word | Law | Rejected |',
  '| --- | --- | --- |',
  '| **pool** | `kept` | `executor`, `run queue`, farm |',
  '| **worker** | | `thread id` |',
  '',
].join('\n')

function withFiles(files, use) {
  const folder = mkdtempSync(join(tmpdir(), 'tidy-'))
  try {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true })
      writeFileSync(join(folder, name), text)
    }
    return use(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const check = (files) => withFiles(files, checkRepository)
const link = (to) => `[x](${to})`
const lengths = (source) => functionBodies(source).map(({ lines }) => lines)
const repeat = (line, count) => `${line}\n`.repeat(count)

test('a tidy repository has no problems, by path and by URL', () => {
  const files = {
    'GLOSSARY.md': GLOSSARY,
    'README.md': '# Title\n\nSee [the words](GLOSSARY.md#glossary), [here](#title).\n',
    'packages/spillway/src/core/a.ts': "import { b } from './b.ts'\nexport const a = b\n",
    'packages/spillway/src/core/b.ts': 'export const b = 1\n',
  }
  assert.deepEqual(check(files), [])
  withFiles(files, (folder) => assert.deepEqual(checkRepository(pathToFileURL(`${folder}/`)), []))
})

test('links must lead to files of the repository', () => {
  const problems = check({
    'a.md':
      '[ok](docs/b.md) [dir](docs/) [no](docs/c.md)\n\n[ref]: missing.md\n![picture](p.png)\n',
    'docs/b.md': '[up](../a.md) [root](/a.md) [out](../../a.md) [web](https://example.org/x)\n',
  })
  assert.deepEqual(problems, [
    'a.md:1: link docs/c.md: no such file in the repository',
    'a.md:3: link missing.md: no such file in the repository',
    'a.md:4: link p.png: no such file in the repository',
    'docs/b.md:1: link ../../a.md: no such file in the repository',
  ])
})

test('links in code are no links', () => {
  const text =
    'A span `[x](y.md)`.\n\n```md\n[x](y.md)\n```\n\n  ~~~\n  [x](y.md)\n  ~~~\n<!-- [x](y.md) -->\n'
  assert.deepEqual(check({ 'a.md': text }), [])
  assert.equal(check({ 'a.md': `${text}[x](y.md)\n` }).length, 1)
})

test('anchors must be headings, lines or names of the file', () => {
  const target =
    '# One `two` & three\n\n## Same\n\n## Same\n\n<a id="own"></a>\n\n```\n# Not one\n```\n'
  const good = [
    'b.md#one-two--three',
    'b.md#same',
    'b.md#same-1',
    'b.md#own',
    'c.ts#L2',
    'c.ts#load',
  ]
  const bad = ['b.md#two', 'b.md#same-2', 'b.md#not-one', 'c.ts#L9', 'c.ts#loader', 'd#x']
  const others = { 'b.md': target, 'c.ts': 'export function load() {}\n', 'd/e.md': '' }
  assert.deepEqual(check({ ...others, 'a.md': good.map(link).join('\n') }), [])
  const problems = check({ ...others, 'a.md': bad.map(link).join('\n') })
  assert.deepEqual(
    problems.map((problem) => problem.split(': link ')[1]),
    [
      'b.md#two: no such heading',
      'b.md#same-2: no such heading',
      'b.md#not-one: no such heading',
      'c.ts#L9: no such line',
      'c.ts#loader: no such name in that file',
      'd#x: an anchor needs a file',
    ],
  )
})

test('decision pages must be in their index', () => {
  const files = { 'docs/decisions/README.md': '[1](0001-a.md)', 'docs/decisions/0001-a.md': '' }
  assert.deepEqual(check(files), [])
  assert.deepEqual(check({ ...files, 'docs/decisions/0002-b.md': '' }), [
    'docs/decisions/0002-b.md: not in the index of docs/decisions/README.md',
  ])
})

test('rejected words are read from the column of that name', () => {
  assert.deepEqual(rejectedWords(GLOSSARY), ['executor', 'run queue', 'thread id'])
  const problems = check({ 'GLOSSARY.md': '# Glossary\n' })
  assert.deepEqual(problems, ['GLOSSARY.md: no table has a column "Rejected" with words in code'])
})

test('rejected words are found in sources and pages, in every spelling', () => {
  const problems = check({
    'GLOSSARY.md': GLOSSARY,
    'README.md': 'Executors are pools.\n',
    'packages/a/src/a.ts': 'const runQueue = 1\nconst RUN_QUEUE = 2\n// a run-queue\n',
    'packages/a/src/core/README.md': 'The run queue.\n',
  })
  assert.deepEqual(problems, [
    'packages/a/src/a.ts:1: "run queue" is a rejected word, see GLOSSARY.md',
    'packages/a/src/a.ts:2: "run queue" is a rejected word, see GLOSSARY.md',
    'packages/a/src/a.ts:3: "run queue" is a rejected word, see GLOSSARY.md',
    'packages/a/src/core/README.md:1: "run queue" is a rejected word, see GLOSSARY.md',
    'README.md:1: "executors" is a rejected word, see GLOSSARY.md',
  ])
})

test('names of other APIs, code spans, addresses, tests and parts of words are let through', () => {
  const problems = check({
    'GLOSSARY.md': GLOSSARY,
    'README.md': 'Tokio has an `executor`, see https://example.org/executor and a farmer.\n',
    'packages/a/src/a.ts': 'const id = worker.threadId\nconst executorial = 1\n',
    'packages/a/test/a.test.ts': '// executor\n',
  })
  assert.deepEqual(problems, [])
})

test('unfinished work is refused', () => {
  for (const word of ['TOD', 'FIXM'].map((start, at) => start + 'OE'[at])) {
    assert.deepEqual(check({ 'a/b.ts': `\n// ${word}: later\n`, 'c.ts': `${word}S` }), [
      'a/b.ts:2: unfinished work belongs in an issue',
    ])
  }
})

test('paths of one machine are refused', () => {
  for (const folder of ['work', 'tmp', 'home', 'root']) {
    const path = ['', folder, 'x'].join('/')
    assert.deepEqual(
      check({ 'a.ts': `open('${path}')`, 'b.md': `Run it in ${path}.`, 'c.sh': `cd "${path}"` }),
      [
        "a.ts:1: a path of one machine's disk",
        "b.md:1: a path of one machine's disk",
        "c.sh:1: a path of one machine's disk",
      ],
    )
  }
  assert.deepEqual(check({ 'a.ts': "import './home/x.ts'\nconst t = 'a/home/b'\n" }), [])
})

test('addresses of package registries are refused', () => {
  const hosts = [
    ['registry', 'example', 'org'],
    ['registry', 'npm', 'example', 'com'],
  ]
  for (const host of hosts.map((parts) => parts.join('.'))) {
    const files = {
      'package-lock.json': `"https://${host}/x"`,
      '.npmrc': ['@a:registry', 'https://b.example'].join('='),
    }
    assert.deepEqual(check(files), [
      '.npmrc:1: the address of a package registry',
      'package-lock.json:1: the address of a package registry',
    ])
  }
  const mirror = ['"https://mirror.example/acorn', '-', 'acorn-8.0.0.tgz"'].join('/')
  assert.equal(check({ 'package-lock.json': mirror }).length, 1)
  assert.deepEqual(check({ 'a.ts': 'registry.kernels.get(name)\nregistry.names\n' }), [])
})

test('long files and long functions are refused, generated ones are not', () => {
  const long = `export function f(a: number): Map<string, { b: 1 }> {\n${repeat('  a++', 71)}}\n`
  const files = {
    'packages/a/src/long.ts': repeat('// line', 501),
    'packages/a/src/body.ts': `\n${long}`,
    'packages/a/src/generated/long.ts': repeat('// line', 900) + long,
    'packages/a/test/long.test.ts': repeat('// line', 900) + long,
    'packages/a/src/fits.ts': repeat('// line', 428) + long.replace('  a++\n', ''),
  }
  assert.deepEqual(check(files), [
    'packages/a/src/body.ts:2: function body of 71 lines, at most 70',
    'packages/a/src/long.ts: 501 lines, at most 500',
  ])
})

test('core/ imports only itself and layout/', () => {
  const problems = check({
    'packages/spillway/src/core/sleep/park.ts': [
      "import { load } from '../atomics.ts'",
      "import { W } from '../../layout/layout.ts'",
      "import type { E } from '../../errors.ts'",
      "export * from '../../host/node.ts'",
      "// import x from 'comment'",
      'const text = "import y from \'string\'"',
      "const later = import('acorn')",
      "import '../../core-like/x.ts'",
    ].join('\n'),
    'packages/spillway/src/heap/views.ts': "import { load } from '../errors.ts'\n",
  })
  assert.deepEqual(problems, [
    'packages/spillway/src/core/sleep/park.ts:3: core/ may not import ../../errors.ts',
    'packages/spillway/src/core/sleep/park.ts:4: core/ may not import ../../host/node.ts',
    'packages/spillway/src/core/sleep/park.ts:7: core/ may not import acorn',
    'packages/spillway/src/core/sleep/park.ts:8: core/ may not import ../../core-like/x.ts',
  ])
})

test('only host/ names a runtime', () => {
  const source = [
    '// Deno and process.env may be spoken about',
    "const message = 'on Deno, Bun and process.env'",
    'const a = process.pid',
    'const b = `${Deno.build}`',
    'const c = globalThis.navigator',
    "const d = typeof process === 'undefined'",
    "import { cpus } from 'node:os'",
    "import { Worker } from 'worker_threads'",
    'const e = this.process.x + preprocess.y + reprocess(1)',
  ].join('\n')
  const problems = check({
    'packages/spillway/src/kernel.ts': source,
    'packages/spillway/src/host/node.ts': source,
    'packages/lab/src/cli.ts': source,
  })
  const at = 'packages/spillway/src/kernel.ts'
  assert.deepEqual(problems, [
    `${at}:3: only host/ may name a runtime: process.`,
    `${at}:4: only host/ may name a runtime: Deno`,
    `${at}:5: only host/ may name a runtime: globalThis.navigator`,
    `${at}:6: only host/ may name a runtime: typeof process`,
    `${at}:7: only host/ may import node:os`,
    `${at}:8: only host/ may import worker_threads`,
  ])
})

test('every example is mentioned, if there is a list', () => {
  const files = {
    'examples/sum.ts': '',
    'examples/sum.kernels.ts': '',
    'examples/tsconfig.json': '{}',
  }
  assert.deepEqual(check(files), [])
  assert.deepEqual(check({ ...files, 'examples/README.md': '- [sum](./sum.kernels.ts)\n' }), [
    'examples/sum.ts: not mentioned in examples/README.md',
  ])
})

function spec(...scenarios) {
  const text = scenarios.map(([title, id]) => {
    const last = id === undefined ? '' : `- test: ${id}\n`
    return `#### Scenario: ${title}\n\n- **WHEN** a\n- **THEN** b\n${last}\n`
  })
  return `## Requirements\n\n### Requirement: One\n\nIt SHALL.\n\n${text.join('')}`
}

test('every scenario has a test id of its own', () => {
  const problems = check({
    'openspec/specs/a/spec.md': spec(['with', 'a.x'], ['without']),
    'openspec/specs/b/spec.md': spec(['again', 'a.x']),
  })
  assert.deepEqual(problems, [
    'openspec/specs/a/spec.md:13: scenario "without" has no line "- test: id"',
    'openspec/specs/b/spec.md:7: test id a.x is used at openspec/specs/a/spec.md:7 too',
  ])
})

test('a requirement that is proposed and built says the same in both places', () => {
  const built = spec(['with', 'a.x'])
  const delta = built.replace('## Requirements', '## ADDED Requirements')
  const at = 'openspec/changes/add-a/specs/a/spec.md'
  assert.deepEqual(check({ 'openspec/specs/a/spec.md': built, [at]: delta }), [])
  assert.deepEqual(
    check({ 'openspec/specs/a/spec.md': built, [at]: delta.replace('WHEN', 'THEN') }),
    [`${at}: requirement "One" differs from openspec/specs/a/spec.md`],
  )
})

test('scenarios without a test are listed', () => {
  const files = {
    'openspec/specs/a/spec.md': spec(['named', 'a.x'], ['not', 'a.xy'], ['only in source', 'a.z']),
    'packages/a/test/a.test.ts': "test('a.x: works', () => {})\n",
    'packages/a/src/a.ts': '// a.z\n',
  }
  withFiles(files, (folder) => {
    assert.deepEqual(untestedScenarios(folder), [
      'openspec/specs/a/spec.md:13: no test names a.xy',
      'openspec/specs/a/spec.md:19: no test names a.z',
    ])
    assert.deepEqual(checkRepository(folder), [])
  })
})

test('function bodies are told from other braces', () => {
  const yes = [
    'function f() {\n1\n}',
    'const f = (a: { b: 1 }) => {\n1\n}',
    'async function* f<T extends { a: 1 }>(a: T): AsyncGenerator<T> {\n1\n}',
    'class A {\n  m(): { a: 1 } {\n1\n}\n}',
    'class A {\n  get m(): asserts this is B {\n1\n}\n}',
    'x.catch(function (e) {\n1\n})',
    'const s = `}${`{`}`; function f() {\n/[}/]/; "}"; // }\n}',
    'function f() {\n`${a}${() => `{`}`\n}',
    'let n = i++ / 2; function f() {\nn / 2\n}',
  ]
  for (const source of yes) assert.deepEqual(lengths(source), [1], source)
  const no = [
    'if (a) {\n1\n}',
    'for await (const a of b) {\n1\n}',
    'try {\n1\n} catch (e) {\n2\n} finally {\n3\n}',
    'class A extends B<C> {\n  a = 1\n}',
    'interface A {\n  m(): void\n}',
    'const a = {\n  b: 1\n}',
    'type F = {\n  a: 1\n}',
    'switch (a) {\n  case f(x): {\n  }\n}',
    'function f(): {\n  a: 1\n}',
  ]
  for (const source of no) assert.deepEqual(lengths(source), [], source)
})

test('comments, strings and expressions are blanked in place', () => {
  const source = "a // b\n'c' + /* d\n */ /e/.f `g${h}i`"
  const code = 'a     \n    +     \n       .f `   h   '
  assert.equal(blankKinds(source, ['comment', 'string', 'regex']), code)
  assert.equal(blankKinds(source, ['comment']), "a     \n'c' +     \n    /e/.f `g${h}i`")
})

test(
  'what git ignores is not looked at',
  { skip: spawnSync('git', ['--version']).status !== 0 },
  () => {
    const env = Object.fromEntries(
      Object.entries(process.env).filter(([key]) => !key.startsWith('GIT_')),
    )
    withFiles(
      { '.gitignore': 'out/\n', 'out/a.md': '[x](y.md)', 'b.md': '[x](y.md) [o](out/a.md)' },
      (folder) => {
        assert.equal(checkRepository(folder).length, 2)
        execFileSync('git', ['init', '-q'], { cwd: folder, env })
        assert.deepEqual(checkRepository(folder), [
          'b.md:1: link out/a.md: no such file in the repository',
          'b.md:1: link y.md: no such file in the repository',
        ])
      },
    )
  },
)

test('the command says what is wrong and exits with 1', () => {
  const script = fileURLToPath(new URL('./tidy.js', import.meta.url))
  const run = (files, ...options) =>
    withFiles(files, (folder) =>
      spawnSync(process.execPath, [script, ...options, folder], { encoding: 'utf8' }),
    )
  const good = run({ 'a.md': '# A\n' })
  assert.equal(good.status, 0, good.stderr)
  const bad = run({ 'a.md': '[x](y.md)\n' })
  assert.equal(bad.status, 1)
  assert.match(bad.stderr, /^a\.md:1: link y\.md/)
  const files = { 'openspec/specs/a/spec.md': spec(['with', 'a.x']) }
  assert.equal(run(files).status, 0)
  assert.equal(run(files, '--scenarios').status, 1)
})

test('code in the guide stands in the file it names', () => {
  const file = 'export const a = 1\n\nfunction b() {\n  return a\n}\n\nexport const c = 3\n'
  const quoted = (...lines) => ['```ts', ...lines, '```', ''].join('\n')
  const checked = (text) => check({ 'docs/guide/x.md': text, 'examples.ts': file })
  assert.deepEqual(checked(quoted('// examples.ts', 'function b() {', 'return a', '}')), [])
  assert.deepEqual(checked(quoted('// examples.ts', 'export const a = 1', '// …', '}')), [])
  const wrong = [
    ['function b() {', 'code must begin with a comment that names its file'],
    ['// missing.ts', 'code must begin with a comment that names its file'],
    ['// examples.ts\nexport const a = 2', 'this code is not in examples.ts'],
    ['// examples.ts\nexport const a', 'this code is not in examples.ts'],
    ['// examples.ts\n}\n// …\nexport const a = 1', 'this code is not in examples.ts'],
    ['// examples.ts\nexport const a = 1\nreturn a', 'this code is not in examples.ts'],
  ]
  for (const [lines, problem] of wrong) {
    assert.deepEqual(checked(`# X\n\n${quoted(lines)}`), [`docs/guide/x.md:3: ${problem}`])
  }
  const page = (line) =>
    check({
      'docs/guide/x.md': `\`\`\`html\n<!-- a.html -->\n${line}\n\`\`\`\n`,
      'a.html': '<p>a</p>\n',
    })
  assert.deepEqual(page('<p>a</p>'), [])
  assert.deepEqual(page('<p>b</p>'), ['docs/guide/x.md:1: this code is not in a.html'])
  const readme = (first) =>
    check({ 'README.md': quoted(first, 'other'), 'examples/a.ts': file, 'b.ts': file })
  assert.deepEqual(readme('// b.ts'), [])
  assert.deepEqual(readme('// examples/a.ts'), ['README.md:1: this code is not in examples/a.ts'])
})
