/** Mistakes that only show in a program of several files or threads: each fails soon, and says what to do. */
import assert from 'node:assert/strict'
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { answerOf, installedProject } from './project.ts'

const project = installedProject()

/** A worker file that never says anything. It takes half a minute to give up on it: begun here, looked at last. */
const silent = project.run(
  {
    'kernels.js': `
    import { each, kernels } from 'spillway/kernel'
    export const { mark } = kernels(import.meta.url, { mark: each(() => {}) })`,
    'worker.js': 'setInterval(() => {}, 1000)',
    'main.js': `
    import { JobSystem } from 'spillway'
    import { Worker } from 'node:worker_threads'
    import './kernels.js'
    const worker = () => new Worker(new URL('./worker.js', import.meta.url))
    const told = await JobSystem.start({ workers: 1, worker }).catch(({ code, message }) => ({ code, message }))
    console.log(JSON.stringify(told))`,
  },
  { timeoutMs: 60_000 },
)

/** Prints what starting, and then `after`, leads to. */
const TRY_START = (imports: string, options: string, after = ''): string => `
  import { JobSystem } from 'spillway'
  import { Worker } from 'node:worker_threads'
  ${imports}
  let told
  try {
    const jobs = await JobSystem.start(${options})
    ${after}
    await jobs.close()
  } catch ({ name, code, message, cause }) { told = { name, code, message, cause: cause?.message } }
  console.log(JSON.stringify(told ?? { code: 'ran' }))`

interface Told {
  readonly name: string
  readonly code: string
  readonly message: string
  readonly cause?: string
}

const MARK = (name: string, options = ''): string => `
  import { each, kernels } from 'spillway/kernel'
  export const TABLE = kernels(import.meta.url, { ${name}: each((i, { x }) => { x[i]++ }) }${options})`

for (const [what, start] of Object.entries({
  awaited: 'const jobs = await JobSystem.start({ workers: 3 })',
  'with a handler':
    'const jobs = await JobSystem.start({ workers: 3 }).catch((error) => { console.error(error); process.exit(1) })',
})) {
  test(`start and kernels in one module, ${what}: fails soon and says to move the kernels`, async () => {
    const ended = await project.run(
      {
        'main.js': `
          import { JobSystem } from 'spillway'
          import { each, kernels } from 'spillway/kernel'
          import { writeSync } from 'node:fs'
          writeSync(1, 'loaded\\n')
          const { mark } = kernels(import.meta.url, { mark: each((i, { x }) => { x[i]++ }) })
          ${start}
          const x = jobs.float64(10)
          jobs.parallelForSync(10, mark, { x })
          writeSync(1, 'ran\\n')`,
      },
      { timeoutMs: 15_000 },
    )
    assert.ok(!ended.hung, 'it hung')
    assert.equal(ended.code, 1, ended.stdout + ended.stderr)
    assert.match(ended.stderr, /ERR_START_IN_WORKER/)
    assert.match(
      ended.stderr,
      /Move the kernels into a file of their own \(kernels\(import\.meta\.url/,
    )
    const loaded = ended.stdout.split('\n').filter((line) => line === 'loaded').length
    assert.ok(
      loaded >= 2 && loaded <= 4,
      `loaded ${loaded} times: once by the program and once by each worker`,
    )
    assert.doesNotMatch(ended.stdout, /ran/)
  })
}

test('a kernels module that throws only in workers: start rejects with its error', async () => {
  const files = {
    'bad.js': `
      import { each, kernels } from 'spillway/kernel'
      import { isMainThread } from 'node:worker_threads'
      if (!isMainThread) throw new RangeError('no window here')
      export const { mark } = kernels(import.meta.url, { mark: each((i, { x }) => { x[i]++ }) })`,
  }
  const early = await project.run({
    ...files,
    'main.js': TRY_START("import './bad.js'", '{ workers: 2 }'),
  })
  const told = answerOf<Told>(early)
  assert.equal(told.name, 'WorkerStartError')
  assert.equal(told.code, 'ERR_WORKER_START')
  assert.match(told.message, /could not load the kernels: RangeError: no window here/)
  assert.equal(told.cause, 'no window here')

  for (const call of ['await jobs.parallelFor', 'jobs.parallelForSync']) {
    // Enough work that a worker takes some of a sync call's.
    const after = `
      const { mark } = await import('./bad.js')
      const x = jobs.float64(64)
      for (let round = 0; round < 200; round++) {
        ${call}(64, mark, { x })
        await new Promise((soon) => setTimeout(soon, 1))
      }`
    const late = await project.run({ ...files, 'main.js': TRY_START('', '{ workers: 2 }', after) })
    const { code, message } = answerOf<Told>(late)
    if (call.includes('Sync') && code === 'ran') continue // all of it was too short to share
    assert.equal(code, 'ERR_KERNEL_UNKNOWN', call)
    assert.match(
      message,
      /worker \d could not load kernel "mark" from file:.*bad\.js: no window here/,
    )
  }
})

test('a name that another module has taken: both addresses are told; a namespace helps', async () => {
  const one = MARK('mark')
  const taken = await project.run({
    'one.js': one,
    'two.js': MARK('mark'),
    'main.js': TRY_START(
      '',
      '{ workers: 1 }',
      "await import('./one.js'); await import('./two.js')",
    ),
  })
  const { name, code, message } = answerOf<Told>(taken)
  assert.deepEqual([name, code], ['TypeError', 'ERR_KERNEL_NAME'])
  assert.match(
    message,
    /"mark" is registered twice: by file:.*\/one\.js and by file:.*\/two\.js; .*namespace/,
  )

  const apart = await project.run({
    'one.js': one,
    'two.js': MARK('mark', ", { namespace: 'two' }"),
    'main.js': TRY_START(
      "import { TABLE as one } from './one.js'\nimport { TABLE as two } from './two.js'",
      '{ workers: 2 }',
      `const x = jobs.float64(10_000)
       await jobs.parallelFor(x.length, one.mark, { x })
       await jobs.parallelFor(x.length, two.mark, { x })
       told = { code: [one.mark.name, two.mark.name, ...new Set(x)].join() }`,
    ),
  })
  assert.equal(answerOf<Told>(apart).code, 'mark,two/mark,2')
})

/** Puts another copy of the package, of this version or one that says it is another, beside a program that uses the first. */
function copyInto(folder: string, version?: string): void {
  const copy = join(folder, 'part', 'node_modules', 'spillway')
  cpSync(join(project.folder, 'node_modules', 'spillway'), copy, { recursive: true })
  if (version === undefined) return
  const { version: own } = JSON.parse(readFileSync(join(copy, 'package.json'), 'utf8')) as {
    version: string
  }
  const changed: string[] = []
  for (const name of readdirSync(join(copy, 'dist')).filter((file) => /\.c?js$/.test(file))) {
    const path = join(copy, 'dist', name)
    const text = readFileSync(path, 'utf8')
    const other = text.replaceAll(`"${own}"`, `"${version}"`)
    if (other !== text) changed.push(name)
    writeFileSync(path, other)
  }
  const stable = changed.map((name) => name.replace(/^chunk-\w+/, 'chunk')).toSorted()
  assert.deepEqual(stable, [
    'browser-entry.js',
    'chunk.js',
    'kernel.js',
    'worker-entry.cjs',
    'worker.js',
  ])
}

const COPIES = {
  'own.js': MARK('own'),
  'part/package.json': '{"type":"module"}',
  'part/theirs.js': MARK('theirs'),
  'part/where.js':
    "export const where = import.meta.resolve('spillway')\nexport { JobSystem } from 'spillway'",
}

for (const copy of ['one copy', 'the other copy']) {
  test(`two copies of one version work together; the system is started by ${copy}`, async () => {
    const folder = project.write({
      ...COPIES,
      'main.js': `
        import { JobSystem as Own } from 'spillway'
        import { JobSystem as Theirs, where } from './part/where.js'
        import { TABLE as own } from './own.js'
        import { TABLE as theirs } from './part/theirs.js'
        const jobs = await ${copy === 'one copy' ? 'Own' : 'Theirs'}.start({ workers: 2 })
        const x = jobs.float64(10_000)
        for (const kernel of [own.own, theirs.theirs]) {
          await jobs.parallelFor(x.length, kernel, { x })
          jobs.parallelForSync(x.length, kernel, { x })
        }
        await jobs.close()
        const apart = Own !== Theirs && where !== import.meta.resolve('spillway')
        console.log(JSON.stringify({ values: [...new Set(x)], apart }))`,
    })
    copyInto(folder)
    assert.deepEqual(answerOf(await project.runIn(folder)), { values: [4], apart: true })
  })
}

test('two versions in one thread refuse each other', async () => {
  const { version } = JSON.parse(
    readFileSync(join(project.folder, 'node_modules/spillway/package.json'), 'utf8'),
  ) as { version: string }
  for (const [first, second] of [
    ['./own.js', './part/theirs.js'],
    ['./part/theirs.js', './own.js'],
  ]) {
    const folder = project.write({
      ...COPIES,
      'main.js': TRY_START(
        '',
        '{ workers: 1 }',
        `await import('${first}'); await import('${second}')`,
      ),
    })
    copyInto(folder, '99.1.2')
    const { code, message } = answerOf<Told>(await project.runIn(folder))
    assert.equal(code, 'ERR_VERSION')
    assert.ok(message.includes('99.1.2') && message.includes(` ${version} `.trim()), message)
    assert.match(message, /install one/)
  }
})

test('a worker that loads another version than the program refuses', async () => {
  const folder = project.write({
    ...COPIES,
    'main.js': TRY_START(
      '',
      "{ workers: 2, worker: () => new Worker(new URL('./part/theirs.js', import.meta.url)) }",
    ),
  })
  copyInto(folder, '99.1.2')
  const { name, code, message } = answerOf<Told>(await project.runIn(folder))
  assert.deepEqual([name, code], ['WorkerStartError', 'ERR_VERSION'])
  assert.match(
    message,
    /the program runs spillway \d+\.\d+\.\d+, its worker loaded spillway 99\.1\.2; install one version/,
  )
})

const WITH_FACTORY = (file: string): string =>
  `{ workers: 2, worker: () => new Worker(new URL('./${file}', import.meta.url)) }`

test("workers made by the program's own factory", async () => {
  const ended = await project.run({
    'one.js': MARK('one'),
    'two.js': MARK('two'),
    'all.kernels.js': "import './one.js'\nimport './two.js'",
    'main.js': TRY_START(
      "import { TABLE as one } from './one.js'\nimport { TABLE as two } from './two.js'",
      WITH_FACTORY('all.kernels.js'),
      `const x = jobs.float64(10_000)
       for (const kernel of [one.one, two.two]) { await jobs.parallelFor(x.length, kernel, { x }); jobs.parallelForSync(x.length, kernel, { x }) }
       await jobs.parallelFor(x.length, (i, { x }) => { x[i]++ }, { x })
       told = { code: [jobs.describe().workers.ready, ...new Set(x)].join() }`,
    ),
  })
  assert.equal(answerOf<Told>(ended).code, '2,5')
})

test('a factory whose file misses a kernels module: both lists of names are told', async () => {
  const ended = await project.run({
    'one.js': MARK('one'),
    'two.js': MARK('two'),
    'few.kernels.js': "import './one.js'",
    'main.js': TRY_START("import './one.js'\nimport './two.js'", WITH_FACTORY('few.kernels.js')),
  })
  const { name, code, message } = answerOf<Told>(ended)
  assert.deepEqual([name, code], ['WorkerStartError', 'ERR_KERNEL_MISMATCH'])
  assert.match(
    message,
    /program: one, two\n\s*worker: +one\n\s*missing in the worker: two\..*must import every kernels module/,
  )
})

const FACTORIES: Record<string, readonly [factory: string, code: string, message: RegExp]> = {
  'returns nothing': ['() => {}', 'ERR_OPTION', /worker must return a new Worker.*got undefined/],
  'returns a number': ['() => 17', 'ERR_OPTION', /worker must return a new Worker.*got 17/],
  'returns a promise': [
    'async () => null',
    'ERR_OPTION',
    /worker must return a new Worker.*got an instance of Promise/,
  ],
  throws: ["() => { throw new RangeError('none left') }", '', /none left/],
  'returns a thread that ends at once': [
    "() => new Worker('0', { eval: true })",
    'ERR_WORKER_START',
    /worker \d ended before it was ready/,
  ],
  'returns a thread that throws': [
    "() => new Worker('throw new Error(1 + 1)', { eval: true })",
    'ERR_WORKER_START',
    /worker \d ended before it was ready: 2/,
  ],
  'returns a file that does not exist': [
    "() => new Worker(new URL('./nowhere.js', import.meta.url))",
    'ERR_WORKER_START',
    /worker \d ended before it was ready: .*nowhere\.js/,
  ],
}

for (const [what, [factory, code, message]] of Object.entries(FACTORIES)) {
  test(`a factory that ${what}: start rejects, and the process ends`, async () => {
    const ended = await project.run(
      { 'all.js': MARK('all'), 'main.js': TRY_START('', `{ workers: 2, worker: ${factory} }`) },
      { timeoutMs: 15_000 },
    )
    const told = answerOf<Told>(ended)
    if (code !== '') assert.equal(told.code, code)
    assert.match(told.message, message)
  })
}

test('a worker file that has no kernels: start gives up on it, and asks whether it has', async () => {
  const { code, message } = answerOf<Told>(await silent)
  assert.equal(code, 'ERR_WORKER_START')
  assert.match(
    message,
    /^workers did not answer within 30 s; does the file of the option worker import the kernels modules/,
  )
})

test('a file of the library that does not arrive: start rejects, and leaves no worker behind', async () => {
  const folder = project.write({
    'main.js': `
    import { JobSystem } from 'spillway'
    const threads = []
    process.on('worker', (worker) => threads.push(new Promise((resolve) => worker.once('exit', resolve))))
    const told = await JobSystem.start({ workers: 2 }).catch(({ message }) => message)
    const stay = setInterval(() => {}, 1000)
    await Promise.all(threads)
    clearInterval(stay)
    console.log(JSON.stringify([threads.length, told]))`,
  })
  const library = join(folder, 'node_modules', 'spillway')
  cpSync(join(project.folder, 'node_modules', 'spillway'), library, { recursive: true })
  rmSync(join(library, 'dist', 'loops.js'))
  const ended = await project.runIn(folder, { program: ['main.js'], timeoutMs: 20_000 })
  const [threads, message] = answerOf<[number, string]>(ended)
  assert.equal(threads, 2)
  assert.match(message, /Cannot find module .*loops\.js/)
})
