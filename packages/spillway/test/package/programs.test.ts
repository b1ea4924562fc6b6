/** The packed library in an empty project: programs as a reader of the README would write them. */
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { answerOf, installedProject, library, repository, runProcess } from './project.ts'

const project = installedProject()

const KERNELS = `
  import { each, kernels, range, reduce } from 'spillway/kernel'
  export const { double, fill, sum } = kernels(import.meta.url, {
    double: each((i, { x }) => { x[i] *= 2 }),
    fill: range((start, end, { x, value }) => { x.fill(value, start, end) }),
    sum: reduce({ identity: 0, fold: (total, i, { x }) => total + x[i], combine: (a, b) => a + b }),
  })`

test('the tarball installs without a network and brings nothing along', () => {
  const names = readdirSync(join(project.folder, 'node_modules')).filter(
    (name) => !name.startsWith('.'),
  )
  assert.deepEqual(names, ['spillway'])
  const place = join(project.folder, 'node_modules', 'spillway')
  assert.ok(!existsSync(join(place, 'test')))
  const { version } = JSON.parse(readFileSync(join(library, 'package.json'), 'utf8')) as {
    version: string
  }
  assert.match(
    readFileSync(join(place, 'package.json'), 'utf8'),
    new RegExp(`"version": "${version}"`),
  )
})

test('the version that the library tells is that of the package', async () => {
  const ended = await project.run({
    'main.js': `
      import { JobSystem, version } from 'spillway'
      import manifest from 'spillway/package.json' with { type: 'json' }
      const jobs = await JobSystem.start({ workers: 0 })
      console.log(JSON.stringify([manifest.version, version, jobs.describe().version]))`,
  })
  const [expected, exported, described] = answerOf<string[]>(ended)
  assert.match(expected!, /^\d+\.\d+\.\d+/)
  assert.deepEqual([exported, described], [expected, expected])
})

test('a kernels module and a program: sync, async, chunks, reduction', async () => {
  const ended = await project.run({
    'kernels.js': KERNELS,
    'main.js': `
      import { JobSystem } from 'spillway'
      import { double, fill, sum } from './kernels.js'
      const jobs = await JobSystem.start({ workers: 2 })
      const x = jobs.float64(100_000)
      jobs.parallelForChunksSync(x.length, 4096, fill, { x, value: 1 })
      jobs.parallelForSync(x.length, double, { x })
      await jobs.parallelFor([0, x.length / 2], double, { x })
      const sums = [jobs.parallelReduceSync(x.length, sum, { x }), await jobs.parallelReduce(x.length, sum, { x })]
      await jobs.close()
      console.log(JSON.stringify(sums))`,
  })
  assert.deepEqual(answerOf(ended), [300_000, 300_000])
})

test('plain functions, shipped as source', async () => {
  const ended = await project.run({
    'main.js': `
      import { JobSystem } from 'spillway'
      const jobs = await JobSystem.start({ workers: 2 })
      const x = jobs.float64(100_000)
      await jobs.parallelFor(x.length, (i, { x }) => { x[i] = Math.sqrt(i) }, { x })
      jobs.parallelForSync(x.length, (i, { x, by }) => { x[i] *= by }, { x, by: 2 })
      const factor = 3
      let message
      try { await jobs.parallelFor(x.length, (i, { x }) => { x[i] *= factor }, { x }) } catch (error) { message = error.message }
      console.log(JSON.stringify({ right: x.every((value, i) => value === 2 * Math.sqrt(i)), message }))`,
  })
  const { right, message } = answerOf<{ right: boolean; message: string }>(ended)
  assert.ok(right)
  assert.match(message, /"factor"/)
})

test('without code generation, kernels modules work and plain functions say why they do not', async () => {
  const ended = await project.run(
    {
      'kernels.js': KERNELS,
      'main.js': `
        import { JobSystem } from 'spillway'
        import { double, fill, sum } from './kernels.js'
        const jobs = await JobSystem.start({ workers: 2 })
        const x = jobs.float64(100_000)
        const flags = jobs.int32(2)
        await jobs.parallelForChunks(x.length, 4096, fill, { x, value: 1 })
        jobs.parallelForSync(x.length, double, { x })
        const sums = [await jobs.parallelReduce(x.length, sum, { x }), jobs.parallelReduceSync(x.length, sum, { x })]
        const errors = []
        for (const run of [() => jobs.parallelFor(10, (i, { x }) => { x[i] = 0 }, { x }), () => jobs.parallelForSync(10, (i, { x }) => { x[i] = 0 }, { x })]) {
          try { await run() } catch ({ code, message }) { errors.push({ code, message }) }
        }
        console.log(JSON.stringify({ sums, errors, sum: jobs.parallelReduceSync(x.length, sum, { x }) }))`,
    },
    { flags: ['--disallow-code-generation-from-strings'] },
  )
  const { sums, errors, sum } = answerOf<{
    sums: number[]
    errors: { code: string; message: string }[]
    sum: number
  }>(ended)
  assert.deepEqual(sums, [200_000, 200_000])
  assert.equal(errors.length, 2)
  for (const { code, message } of errors) {
    assert.equal(code, 'ERR_SOURCE')
    assert.match(message, /could not be compiled.*kernels module/s)
  }
  assert.equal(sum, 200_000)
})

/** In a chunk each, so that the call ends only if as many threads take part, and tells which. */
const meeting = (name: string): string => `
  import { kernels, range } from 'spillway/kernel'
  import { threadId } from 'node:worker_threads'
  export const { ${name} } = kernels(import.meta.url, {
    ${name}: range((start, end, { who, arrived }) => {
      who[start] = threadId
      Atomics.add(arrived, 0, 1)
      const late = Date.now() + 10_000
      while (Atomics.load(arrived, 0) < 2) if (Date.now() > late) throw new Error('alone')
    }),
  })`

test('kernels imported after the start are loaded by the workers on first use', async () => {
  const ended = await project.run({
    'early.js': KERNELS,
    'one.js': meeting('one'),
    'two.js': meeting('two'),
    'three.js': `
      import { kernels, reduce } from 'spillway/kernel'
      export const { three } = kernels(import.meta.url, {
        three: reduce({ identity: 0, fold: (total, i) => { for (let k = 0; k < 1000; k++) Math.sqrt(k); return total + i }, combine: (a, b) => a + b }),
      })`,
    'main.js': `
      import { JobSystem } from 'spillway'
      import { double } from './early.js'
      const jobs = await JobSystem.start({ workers: 2 })
      await jobs.parallelFor(10, double, { x: jobs.float64(10) })
      const { one } = await import('./one.js')
      const { two } = await import('./two.js')
      const { three } = await import('./three.js')
      const meet = () => ({ who: jobs.int32(2).fill(-1), arrived: jobs.int32(1) })
      const [async, sync] = [meet(), meet()]
      await jobs.parallelForChunks(2, 1, one, async)
      if (jobs.describe().cores.usable > 1) jobs.parallelForChunksSync(2, 1, two, sync)
      const sums = [jobs.parallelReduceSync(10_000, three), await jobs.parallelReduce(10_000, three)]
      await jobs.close()
      console.log(JSON.stringify({ async: [...async.who], sync: [...sync.who], sums, one: jobs.describe().cores.usable === 1 }))`,
  })
  const { async, sync, sums, one } = answerOf<{
    async: number[]
    sync: number[]
    sums: number[]
    one: boolean
  }>(ended)
  assert.equal(new Set(async).size, 2, `threads ${async.join()}`)
  assert.ok(!async.includes(0), 'an awaited loop must leave the calling thread alone')
  if (!one) assert.ok(sync.includes(0) && new Set(sync).size === 2, `threads ${sync.join()}`)
  assert.deepEqual(sums, [49_995_000, 49_995_000])
})

test('a CommonJS program', async () => {
  const ended = await project.run({
    'package.json': '{"type":"commonjs"}',
    'kernels.js': `
      const { each, kernels } = require('spillway/kernel')
      const { pathToFileURL } = require('node:url')
      module.exports = kernels(pathToFileURL(__filename).href, { double: each((i, { x }) => { x[i] *= 2 }) })`,
    'main.js': `
      const { JobSystem } = require('spillway')
      const { double } = require('./kernels.js')
      JobSystem.start({ workers: 2 }).then(async (jobs) => {
        const x = jobs.float64(1000).fill(1)
        await jobs.parallelFor(x.length, double, { x })
        jobs.parallelForSync(x.length, double, { x })
        console.log(JSON.stringify([...new Set(x)]))
      })`,
  })
  assert.deepEqual(answerOf(ended), [4])
})

test('a program in a folder with an odd name', async () => {
  const folder = 'a b #%41 ü'
  const ended = await project.run(
    {
      [`${folder}/kernels.js`]: KERNELS,
      [`${folder}/main.js`]: `
        import { JobSystem } from 'spillway'
        import { double } from './kernels.js'
        const jobs = await JobSystem.start({ workers: 2 })
        const x = jobs.float64(1000).fill(1)
        await jobs.parallelFor(x.length, double, { x })
        console.log(JSON.stringify([...new Set(x)]))`,
    },
    { program: [`${folder}/main.js`] },
  )
  assert.deepEqual(answerOf(ended), [2])
})

test('a program on the command line', async () => {
  const program = `
    import { JobSystem } from 'spillway'
    const jobs = await JobSystem.start({ workers: 2 })
    const x = jobs.float64(1000)
    await jobs.parallelFor(x.length, (i, { x }) => { x[i] = 3 }, { x })
    console.log(JSON.stringify([...new Set(x)]))`
  const ended = await project.run(
    {},
    { flags: ['--input-type=module', '--eval'], program: [program] },
  )
  assert.deepEqual(answerOf(ended), [3])
})

test('what a kernel prints: the first line at once, later ones no later than close, all with writeSync', async () => {
  // README.md promises this much. A thread hands on what it printed in its event loop, which stands still while it serves loops.
  const ended = await project.run({
    'kernels.js': `
      import { kernels, range } from 'spillway/kernel'
      import { writeSync } from 'node:fs'
      export const { speak } = kernels(import.meta.url, {
        speak: range((start) => {
          console.log('logged ' + start)
          writeSync(1, 'written ' + start + '\\n')
          const end = Date.now() + 100
          while (Date.now() < end);
        }),
      })`,
    'main.js': `
      import { JobSystem } from 'spillway'
      import { writeSync } from 'node:fs'
      import { speak } from './kernels.js'
      const jobs = await JobSystem.start({ workers: 1 })
      await jobs.parallelForChunks(4, 1, speak)
      writeSync(1, 'settled\\n')
      await jobs.close()
      writeSync(1, 'closed\\n')`,
  })
  assert.equal(ended.code, 0, ended.stderr)
  const lines = ended.stdout.trimEnd().split('\n')
  const before = (mark: string): string[] => lines.slice(0, lines.indexOf(mark))
  const count = (list: readonly string[], start: string): number =>
    list.filter((line) => line.startsWith(start)).length
  assert.equal(count(before('settled'), 'written'), 4)
  assert.ok(count(before('settled'), 'logged') >= 1, ended.stdout)
  assert.equal(count(before('closed'), 'logged'), 4, ended.stdout)
})

test('the examples of the README compile, run, and print what they say', async () => {
  const readme = readFileSync(join(project.folder, 'node_modules', 'spillway', 'README.md'), 'utf8')
  const blocks = [...readme.matchAll(/^```ts\n\/\/ ([\w.]+)\n([^]*?)^```$/gm)]
  const files = Object.fromEntries(blocks.map(([, name, text]) => [name!, text!]))
  assert.deepEqual(Object.keys(files), ['particles.kernels.ts', 'main.ts', 'inline.ts'])
  const folder = project.write({
    ...files,
    'tsconfig.json': JSON.stringify({
      compilerOptions: {
        target: 'es2022',
        module: 'nodenext',
        strict: true,
        lib: ['es2022', 'dom'],
        types: [],
        skipLibCheck: true,
      },
    }),
  })
  const compiler = join(repository, 'node_modules', 'typescript', 'bin', 'tsc')
  const compiled = await runProcess(process.execPath, [compiler, '-p', folder], folder)
  assert.equal(compiled.code, 0, compiled.stdout)
  for (const [name, text] of Object.entries(files)) {
    const promised = /console\.log\(.*\) \/\/ (.*)$/m.exec(text)?.[1]
    if (promised === undefined) continue
    const ended = await project.runIn(folder, { program: [name.replace(/ts$/, 'js')] })
    assert.deepEqual([ended.code, ended.stdout.trim()], [0, promised], ended.stderr)
  }
})
