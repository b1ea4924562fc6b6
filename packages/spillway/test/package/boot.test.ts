/** How the packed library's workers boot: what they load of Node, and how they load the kernels. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { build } from 'esbuild'
import { answerOf, installedProject } from './project.ts'

const project = installedProject()

const ADD = (amount: string): string => `
  import { each, kernels } from 'spillway/kernel'
  ${amount}
  export const { add } = kernels(import.meta.url, { add: each((i, { x }) => { x[i] += amount }) })`

/** Adds with the module's kernel and with a plain function, whose parser is loaded only then. */
const MAIN = (start: string): string => `
  import { JobSystem } from 'spillway'
  import { add } from './add.js'
  const jobs = await JobSystem.start(${start})
  const x = jobs.float64(100_000)
  await jobs.parallelFor(x.length, add, { x })
  await jobs.parallelFor(x.length, (i, { x }) => { x[i] += 0.5 }, { x })
  jobs.parallelForSync(x.length, (i, { x }) => { x[i] += 0.25 }, { x })
  await jobs.close()
  console.log(JSON.stringify([...new Set(x)]))`

test('a worker loads nothing of Node that a bare worker would not for its modules', async () => {
  const told = answerOf<{ extra: string[]; booted: number }>(
    await project.run({
      'list.js': `
        import { kernels, reduce } from 'spillway/kernel'
        const loaded = () => [...process.moduleLoadList]
        export const { list } = kernels(import.meta.url, {
          list: reduce({ identity: () => [], foldRange: (all) => all.length > 0 ? all : loaded(), combine: (a, b) => a.length > 0 ? a : b }),
        })`,
      'bare.cjs': `
        const { parentPort } = require('node:worker_threads')
        require('./module.js')
        parentPort.on('message', () => {})
        parentPort.postMessage([...process.moduleLoadList])`,
      'module.js': "export * from 'other'\nexport const url = import.meta.url",
      'node_modules/other/package.json': '{"type":"module","exports":"./other.js"}',
      'node_modules/other/other.js': 'export const other = 1',
      'main.js': `
        import { Worker } from 'node:worker_threads'
        import { JobSystem } from 'spillway'
        import { list } from './list.js'
        const jobs = await JobSystem.start({ workers: 1 })
        const booted = await jobs.parallelReduce(1000, list)
        await jobs.close()
        const worker = new Worker(new URL('./bare.cjs', import.meta.url))
        const bare = await new Promise((resolve) => worker.once('message', resolve))
        await worker.terminate()
        console.log(JSON.stringify({ booted: booted.length, extra: booted.filter((name) => !bare.includes(name)) }))`,
    }),
  )
  assert.ok(told.booted > 50, `${told.booted} names are no list of a thread's internals`)
  assert.deepEqual(told.extra, [])
})

test('kernels modules that require refuses are imported', async () => {
  const files = {
    'add.js': ADD('const amount = await Promise.resolve(1)'),
    'main.js': MAIN('{ workers: 2 }'),
  }
  assert.deepEqual(answerOf(await project.run(files)), [1.75])
})

test('without require for modules, kernels and the parser are imported', async () => {
  const files = { 'add.js': ADD('const amount = 1'), 'main.js': MAIN('{ workers: 2 }') }
  const flags = ['--no-experimental-require-module']
  assert.deepEqual(answerOf(await project.run(files, { flags })), [1.75])
})

test('hooks that a flag installs see the kernels in workers too', async () => {
  const folder = project.write({
    'hooks.js': `
      export async function load(url, context, next) {
        const loaded = await next(url, context)
        if (!url.endsWith('/add.js')) return loaded
        return { ...loaded, source: String(loaded.source).replace('amount = 1', 'amount = 2') }
      }`,
    'register.js':
      "import { register } from 'node:module'\nregister('./hooks.js', import.meta.url)",
    'add.js': ADD('const amount = 1'),
    'main.js': MAIN('{ workers: 2 }'),
  })
  const ended = await project.runIn(folder, { flags: ['--import', './register.js'] })
  assert.deepEqual(answerOf(ended), [2.75])
})

test('a kernels module that fails in workers is evaluated once in each', async () => {
  const ended = await project.run({
    'add.js': `
      import { appendFileSync } from 'node:fs'
      import { isMainThread } from 'node:worker_threads'
      ${ADD('const amount = 1')}
      if (!isMainThread) {
        appendFileSync('evaluated', 'x')
        throw new RangeError('not here')
      }`,
    'main.js': `
      import { readFileSync } from 'node:fs'
      import { JobSystem } from 'spillway'
      import './add.js'
      const message = await JobSystem.start({ workers: 1 }).catch(({ message }) => message)
      console.log(JSON.stringify([readFileSync('evaluated', 'utf8'), message]))`,
  })
  const message = 'a worker could not load the kernels: RangeError: not here'
  assert.deepEqual(answerOf(ended), ['x', message])
})

/** Bundles files of a program, as `out/`. */
async function bundle(folder: string, ...files: string[]): Promise<void> {
  await build({
    entryPoints: files.map((file) => join(folder, file)),
    outdir: join(folder, 'out'),
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    platform: 'node',
  })
}

test('a bundled program runs, with a worker file that its bundler made', async () => {
  const folder = project.write({
    'add.js': ADD('const amount = 1'),
    'main.js': MAIN(
      "{ workers: 2, worker: () => new Worker(new URL('./add.js', import.meta.url)) }",
    ).replace('import', "import { Worker } from 'node:worker_threads'\nimport"),
  })
  await bundle(folder, 'main.js', 'add.js')
  assert.deepEqual(answerOf(await project.runIn(folder, { program: ['out/main.js'] })), [1.75])
})

test('a bundled program without one is told how to start its workers', async () => {
  const folder = project.write({
    'add.js': ADD('const amount = 1'),
    'main.js': `
      import { JobSystem } from 'spillway'
      import './add.js'
      const told = await JobSystem.start({ workers: 1 }).catch(({ code, message }) => [code, message])
      console.log(JSON.stringify(told))`,
  })
  await bundle(folder, 'main.js')
  const ended = await project.runIn(folder, { program: ['out/main.js'] })
  const [code, message] = answerOf<[string, string]>(ended)
  assert.equal(code, 'ERR_WORKER_START')
  assert.match(
    message,
    /Cannot find module .*worker-entry.*; a bundled program needs the option worker: \(\) => new Worker/s,
  )
})
