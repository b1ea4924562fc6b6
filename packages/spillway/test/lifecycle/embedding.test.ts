/** Where a system runs: threads that may not block, threads of the user's own, processes without shared memory. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answerOf, linkedProject } from '../package/project.ts'

const project = linkedProject()

const KERNELS = `
  import { each, kernels, reduce } from 'spillway/kernel'
  export const { mark, count } = kernels(import.meta.url, {
    mark: each((i, { x }) => { for (let k = 0; k < 200; k++) x[i]++ }),
    count: reduce({ identity: 0, fold: (sum, i, { x }) => sum + x[i], combine: (a, b) => a + b }),
  })`

test('without SharedArrayBuffer, everything runs in the calling thread, and the description says why', async () => {
  const ended = await project.run({
    'kernels.js': KERNELS,
    'main.js': `
      delete globalThis.SharedArrayBuffer
      const { JobSystem } = await import('spillway')
      const { count, mark } = await import('./kernels.js')
      const jobs = await JobSystem.start({ workers: 2, heap: { initialBytes: 65_536 } })
      const x = jobs.float64(100_000)
      await jobs.parallelFor(x.length, mark, { x })
      const sums = [await jobs.parallelReduce(x.length, count, { x }), jobs.parallelReduceSync(x.length, count, { x })]
      const { serial } = jobs.describe()
      const job = await jobs.run(async (ctx, n) => { await null; return n + 1 }, 1)
      await jobs.close()
      console.log(JSON.stringify({ workers: jobs.workers, sums, serial, job }))`,
  })
  const { workers, sums, serial, job } = answerOf<{
    workers: number
    sums: number[]
    serial: string
    job: number
  }>(ended)
  assert.deepEqual([workers, sums, job], [0, [20_000_000, 20_000_000], 2])
  assert.match(
    serial,
    /no SharedArrayBuffer.*Cross-Origin-Opener-Policy: same-origin.*Cross-Origin-Embedder-Policy/,
  )
})

test('in a thread that may not block, sync calls throw and async ones work', async () => {
  const ended = await project.run({
    'kernels.js': KERNELS,
    'main.js': `
      Atomics.wait = () => { throw new TypeError('Atomics.wait cannot be called in this context') }
      const { JobSystem } = await import('spillway')
      const { count, mark } = await import('./kernels.js')
      const jobs = await JobSystem.start({ workers: 2 })
      const x = jobs.float64(1000)
      const refused = {}
      const calls = {
        parallelForSync: () => jobs.parallelForSync(1000, mark, { x }),
        parallelForAutoSync: () => jobs.parallelForAutoSync(1000, mark, { x }),
        parallelForChunksSync: () => jobs.parallelForChunksSync(1000, 10, (start, end, { x }) => {}, { x }),
        parallelReduceSync: () => jobs.parallelReduceSync(1000, count, { x }),
      }
      for (const [name, call] of Object.entries(calls)) {
        try { call() } catch ({ code, message }) { refused[name] = { code, message } }
      }
      const untouched = x.every((value) => value === 0)
      await jobs.parallelFor(1000, mark, { x })
      await jobs.parallelForAuto(1000, mark, { x })
      const sum = await jobs.parallelReduce(1000, count, { x })
      await jobs.close()
      console.log(JSON.stringify({ refused, untouched, sum }))`,
  })
  const { refused, untouched, sum } = answerOf<{
    refused: Record<string, { code: string; message: string }>
    untouched: boolean
    sum: number
  }>(ended)
  for (const name of ['parallelFor', 'parallelForAuto', 'parallelForChunks', 'parallelReduce']) {
    const error = refused[`${name}Sync`]
    assert.equal(error?.code, 'ERR_WOULD_BLOCK', name)
    assert.match(error.message, new RegExp(`^${name}Sync would block.*await ${name} instead`))
  }
  assert.ok(untouched, 'a refused call ran something')
  assert.equal(sum, 400_000)
})

test("a system starts, works, closes and is left open inside a user's own thread", async () => {
  const ended = await project.run({
    'kernels.js': KERNELS,
    'inner.js': `
      import { parentPort, workerData } from 'node:worker_threads'
      import { JobSystem } from 'spillway'
      import { count, mark } from './kernels.js'
      const jobs = await JobSystem.start({ workers: 2 })
      const x = jobs.float64(1000)
      jobs.parallelForSync(1000, mark, { x })
      await jobs.parallelFor(1000, mark, { x })
      const sums = [jobs.parallelReduceSync(1000, count, { x }), await jobs.parallelReduce(1000, count, { x })]
      if (workerData.close) await jobs.close()
      parentPort.postMessage(sums)`,
    'main.js': `
      import { Worker } from 'node:worker_threads'
      const run = (close) => new Promise((resolve, reject) => {
        const worker = new Worker(new URL('./inner.js', import.meta.url), { workerData: { close } })
        let sums
        worker.on('message', (message) => (sums = message))
        worker.on('error', reject)
        worker.on('exit', (code) => resolve({ code, sums }))
      })
      console.log(JSON.stringify([await run(true), await run(false)]))`,
  })
  const expected = { code: 0, sums: [400_000, 400_000] }
  assert.deepEqual(answerOf(ended), [expected, expected])
})

test("messages to a user's own threads are not swallowed by spillway/kernel", async () => {
  const ended = await project.run({
    'kernels.js': KERNELS,
    // The messages arrive before this thread listens, and spillway is imported before both.
    'own.js': `
      import { parentPort } from 'node:worker_threads'
      import { mark } from './kernels.js'
      await new Promise((soon) => setTimeout(soon, 100))
      const seen = []
      parentPort.on('message', (message) => {
        seen.push(message)
        if (message === 'last') { parentPort.postMessage({ seen, kernel: mark.name }); parentPort.close() }
      })`,
    'main.js': `
      import { Worker } from 'node:worker_threads'
      import { JobSystem } from 'spillway'
      import { mark } from './kernels.js'
      const run = async () => {
        const worker = new Worker(new URL('./own.js', import.meta.url))
        for (const message of ['first', { type: 'spillway:init' }, 'last']) worker.postMessage(message)
        return new Promise((resolve, reject) => { worker.once('message', resolve); worker.once('error', reject) })
      }
      const before = await run()
      const jobs = await JobSystem.start({ workers: 2 })
      const during = await run()
      await jobs.close()
      console.log(JSON.stringify([before, during]))`,
  })
  const expected = { seen: ['first', { type: 'spillway:init' }, 'last'], kernel: 'mark' }
  assert.deepEqual(answerOf(ended), [expected, expected])
})

test("a worker's own threads are not taken for workers", async () => {
  // A module that every worker loads starts a thread of its own, which loads the kernels too.
  const ended = await project.run({
    'kernels.js': KERNELS,
    'threads.js': `
      import { isMainThread, parentPort, Worker } from 'node:worker_threads'
      import { each, kernels } from 'spillway/kernel'
      const shared = new Int32Array(new SharedArrayBuffer(8))
      let grandchild
      export const { ask } = kernels(import.meta.url, {
        ask: each((i, { answers }) => { answers[i] = isMainThread ? -1 : Atomics.load(shared, 0) }),
      })
      if (!isMainThread) {
        grandchild = new Worker(new URL('./grandchild.js', import.meta.url), { workerData: shared })
        grandchild.unref()
        Atomics.wait(shared, 0, 0, 10_000)
      }`,
    'grandchild.js': `
      import { workerData } from 'node:worker_threads'
      import './kernels.js'
      import { JobSystem } from 'spillway'
      const jobs = await JobSystem.start({ workers: 0 })
      Atomics.store(workerData, 0, 7)
      Atomics.notify(workerData, 0)`,
    'main.js': `
      import { JobSystem } from 'spillway'
      import './kernels.js'
      import { ask } from './threads.js'
      const jobs = await JobSystem.start({ workers: 1 })
      const answers = jobs.int32(10)
      await jobs.parallelFor(10, ask, { answers })
      await jobs.close()
      console.log(JSON.stringify([...new Set(answers)]))`,
  })
  assert.deepEqual(answerOf(ended), [7])
})
