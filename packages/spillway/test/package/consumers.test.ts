/** The packed library as seen by a TypeScript program, and by other versions of Node. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { answerOf, installedProject, repository, runProcess } from './project.ts'

const project = installedProject()

const KERNELS = `
  import { each, kernels, range, reduce } from 'spillway/kernel'
  export const { scale, saxpy, energy } = kernels(import.meta.url, {
    scale: each((i, { x, by }: { x: Float64Array; by: number }) => { x[i]! *= by }),
    saxpy: range((start, end, { a, x, y }: { a: number; x: Float64Array; y: Float64Array }) => {
      for (let i = start; i < end; i++) y[i]! += a * x[i]!
    }),
    energy: reduce({ identity: 0, fold: (acc, i, { v }: { v: Float64Array }) => acc + v[i]! * v[i]!, combine: (a, b) => a + b }),
  })`

const PROGRAM = `
  import { JobSystem } from 'spillway'
  import type { LoopOptions, StartOptions } from 'spillway'
  import { energy, saxpy, scale } from './kernels.ts'

  const start: StartOptions = { workers: 2, idle: { spinMicroseconds: 20 } }
  const jobs = await JobSystem.start(start)
  const x = jobs.float64(10_000)
  const y = jobs.alloc(Float64Array, 10_000)
  x.fill(1)
  const options: LoopOptions = { grain: 16, schedule: 'guided', align: 'x' }
  await jobs.parallelFor([0, x.length], scale, { x, by: 3 }, options)
  jobs.parallelForChunksSync(x.length, 1024, saxpy, { a: 2, x, y })
  jobs.parallelForSync(x.length, (i, { y, by }) => { y[i]! += by }, { y, by: 1 })
  const sum: number = await jobs.parallelReduce(x.length, energy, { v: y })
  const same: number = jobs.parallelReduceSync({ start: 0, end: x.length }, energy, { v: y })
  await jobs.close()
  console.log(JSON.stringify([sum, same]))`

const WRONG = `
  import { JobSystem } from 'spillway'
  import { energy, scale } from './kernels.ts'
  declare const jobs: JobSystem
  const x = jobs.float64(1)
  // @ts-expect-error: by is missing
  void jobs.parallelFor(1, scale, { x })
  // @ts-expect-error: by is no string
  void jobs.parallelFor(1, scale, { x, by: '3' })
  // @ts-expect-error: a reduction is no loop
  void jobs.parallelFor(1, energy, { v: x })
  // @ts-expect-error: a loop has no result
  void jobs.parallelReduce(1, scale, { x, by: 3 })
  // @ts-expect-error: the result is a number
  const text: string = jobs.parallelReduceSync(1, energy, { v: x })
  // @ts-expect-error: no such option
  void jobs.parallelFor(1, scale, { x, by: 3 }, { grains: 3 })
  // @ts-expect-error: no such schedule
  void jobs.parallelFor(1, scale, { x, by: 3 }, { schedule: 'random' })
  void text`

/** Settings of a strict program; its libraries are checked too. */
const SETTINGS = {
  target: 'es2022',
  module: 'nodenext',
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: false,
  allowImportingTsExtensions: true,
  noEmit: true,
}

const ENVIRONMENTS: Record<string, object> = {
  'with the types of Node': {
    lib: ['es2022'],
    types: ['node'],
    typeRoots: [join(repository, 'node_modules', '@types')],
  },
  'with the types of a browser': { lib: ['es2022', 'dom'], types: [] },
  'with the newest library': { lib: ['esnext', 'dom'], types: [] },
}

for (const [what, environment] of Object.entries(ENVIRONMENTS)) {
  test(`a TypeScript program compiles ${what}, and wrong arguments do not`, async () => {
    const folder = project.write({
      'tsconfig.json': JSON.stringify({
        compilerOptions: { ...SETTINGS, ...environment },
        include: ['*.ts'],
      }),
      'kernels.ts': KERNELS,
      'program.ts': PROGRAM.replace(
        'console.log(JSON.stringify([sum, same]))',
        'export const sums = [sum, same]',
      ),
      'wrong.ts': WRONG,
    })
    const compiler = join(repository, 'node_modules', 'typescript', 'bin', 'tsc')
    const ended = await runProcess(process.execPath, [compiler, '-p', folder], folder)
    assert.equal(ended.code, 0, ended.stdout + ended.stderr)
  })
}

/** Uses what differs between versions of Node: how a dead worker is noticed, how waiting works, how modules are loaded. */
const EVERYWHERE = {
  'kernels.js': `
    import { each, kernels, range, reduce } from 'spillway/kernel'
    import { isMainThread } from 'node:worker_threads'
    export const { scale, sum, list, die } = kernels(import.meta.url, {
      scale: each((i, { x, by }) => { for (let k = 0; k < 100; k++) Math.sqrt(k); x[i] *= by }),
      sum: reduce({ identity: 0, fold: (acc, i, { x }) => acc + x[i], combine: (a, b) => a + b }),
      list: reduce({ identity: () => [], foldRange: (acc, start, end) => [...acc, [start, end]], combine: (a, b) => [...a, ...b] }),
      die: each((i, { flags }) => {
        if (!isMainThread && Atomics.exchange(flags, 0, 1) === 0) process.exit(1)
        const end = Date.now() + 5000
        while (Atomics.load(flags, 0) === 0 && Date.now() < end);
      }),
    })`,
  'late.js': `
    import { each, kernels } from 'spillway/kernel'
    export const { late } = kernels(import.meta.url, { late: each((i, { x }) => { x[i] += 1 }) })`,
  'main.js': `
    import { JobSystem } from 'spillway'
    import { die, list, scale, sum } from './kernels.js'
    const jobs = await JobSystem.start({ workers: 2 })
    const x = jobs.float64(10_000).fill(1)
    const told = {}
    await jobs.parallelFor(x.length, scale, { x, by: 3 })
    jobs.parallelForSync(x.length, scale, { x, by: 2 })
    await jobs.parallelFor(x.length, (i, { x }) => { x[i] += 1 }, { x })
    const { late } = await import('./late.js')
    await jobs.parallelFor(x.length, late, { x })
    told.sums = [jobs.parallelReduceSync(x.length, sum, { x }), await jobs.parallelReduce(x.length, sum, { x })]
    told.parts = (await jobs.parallelReduce(1000, list)).reduce((total, [start, end]) => total + end - start, 0)
    const foreign = new Float64Array(new SharedArrayBuffer(8000)).fill(1)
    await jobs.parallelFor(1000, scale, { x: foreign, by: 5 })
    told.foreign = jobs.parallelReduceSync(1000, sum, { x: foreign })
    told.lost = []
    jobs.on('worker-lost', ({ worker }) => told.lost.push(worker))
    const flags = jobs.int32(1)
    told.deaths = [await jobs.parallelFor(64, die, { flags }).catch(({ code }) => code)]
    while (jobs.describe().workers.ready < 2) await new Promise((soon) => setTimeout(soon, 5))
    if (jobs.describe().cores.usable > 1) {
      flags.fill(0)
      try { jobs.parallelForSync(64, die, { flags }) } catch ({ code }) { told.deaths.push(code) }
    } else told.deaths.push('ERR_WORKER_LOST')
    told.after = [jobs.parallelReduceSync(x.length, sum, { x }), await jobs.parallelReduce(x.length, sum, { x })]
    await jobs.close()
    console.log(JSON.stringify(told))`,
}

const EXPECTED = {
  sums: [80_000, 80_000],
  parts: 1000,
  foreign: 5000,
  deaths: ['ERR_WORKER_LOST', 'ERR_WORKER_LOST'],
  after: [80_000, 80_000],
}

const runtimes = [22, 24, 26].map((version) => {
  const node = join(repository, '.runtimes', 'node_modules', `node${version}`, 'bin', 'node')
  return {
    name: `Node ${version}`,
    node,
    skip: existsSync(node) ? false : 'not installed in .runtimes',
  }
})

for (const { name, node, skip } of [
  { name: 'this Node', node: process.execPath, skip: false },
  ...runtimes,
]) {
  test(`the package works on ${name}`, { skip }, async () => {
    const { lost, ...told } = answerOf<Record<string, unknown>>(
      await project.run(EVERYWHERE, { node }),
    )
    assert.deepEqual(told, EXPECTED)
    assert.ok((lost as number[]).length >= 1)
  })
}
