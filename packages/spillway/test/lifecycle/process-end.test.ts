/** What keeps a process alive, and what does not. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answerOf, linkedProject } from '../package/project.ts'

const project = linkedProject()

const KERNELS = `
  import { each, kernels, reduce } from 'spillway/kernel'
  const busy = (milliseconds) => { const end = performance.now() + milliseconds; while (performance.now() < end); }
  export const { mark, slow, count } = kernels(import.meta.url, {
    mark: each((i, { x }) => { x[i]++ }),
    slow: each((i, { x, milliseconds }) => { busy(milliseconds); Atomics.add(x, i, 1) }),
    count: reduce({ identity: 0, fold: (sum, i, { x }) => sum + x[i], combine: (a, b) => a + b }),
  })`

const START = `
  import { JobSystem } from 'spillway'
  import { count, mark, slow } from './kernels.js'
  import { writeSync } from 'node:fs'
  const print = (value) => void writeSync(1, JSON.stringify(value) + '\\n')
  const jobs = await JobSystem.start({ workers: WORKERS })
  const x = jobs.int32(1000)
`

/** Runs a program that has a system of `workers` workers and an array of 1000. */
function run(body: string, workers = 2) {
  return project.run({
    'kernels.js': KERNELS,
    'main.js': START.replace('WORKERS', String(workers)) + body,
  })
}

for (const workers of [0, 1, 2]) {
  test(`a process ends by itself though its system of ${workers} workers is open`, async () => {
    const ended = await run(
      `jobs.parallelForSync(1000, mark, { x })
       await jobs.parallelFor(1000, slow, { x, milliseconds: 0.05 })
       print(await jobs.parallelReduce(1000, count, { x }))`,
      workers,
    )
    assert.equal(answerOf(ended), 2000)
  })

  test(`a process with ${workers} workers ends by itself after close`, async () => {
    const ended = await run(
      `await jobs.parallelFor(1000, mark, { x })
       await jobs.close()
       print(x[999])`,
      workers,
    )
    assert.equal(answerOf(ended), 1)
  })

  test(`calls that are under way keep a process with ${workers} workers alive until all have settled`, async () => {
    // 40 calls are more than there are loop slots, so some wait in a queue.
    const ended = await run(
      `let settled = 0
       for (let call = 0; call < 40; call++) {
         void jobs.parallelFor(10, slow, { x, milliseconds: 2 }).then(() => {
           if (++settled === 40) print({ settled, x0: x[0] })
         })
       }`,
      workers,
    )
    assert.deepEqual(answerOf(ended), { settled: 40, x0: 40 })
  })
}

test('a call that rejects lets the process end', async () => {
  const ended = await run(`
    const controller = new AbortController()
    const call = jobs.parallelFor(1000, slow, { x, milliseconds: 5 }, { signal: controller.signal, timeout: 60_000 })
    setTimeout(() => controller.abort(new Error('enough')), 50)
    call.catch((error) => print(error.message))`)
  assert.equal(answerOf(ended), 'enough')
})

test('starting and closing keep the process alive until they have ended', async () => {
  const ended = await project.run({
    'main.js': `
      import { JobSystem } from 'spillway'
      const jobs = await JobSystem.start({ workers: 2 })
      await jobs.close()
      console.log(JSON.stringify('both'))`,
  })
  assert.equal(answerOf(ended), 'both')
})

test('nothing is left in the process after close: no handle, no thread, no listener', async () => {
  const ended = await run(
    `import { readdirSync } from 'node:fs'
     import { JobSystem as Other } from 'spillway'
     await jobs.close()
     const threads = () => (process.platform === 'linux' ? readdirSync('/proc/self/task').length : 0)
     const listeners = () => process.eventNames().map((name) => [String(name), process.listenerCount(name)])
     const resources = () => process.getActiveResourcesInfo().toSorted()
     const before = { threads: threads(), resources: resources(), listeners: listeners() }
     for (let round = 0; round < 3; round++) {
       const system = await Other.start({ workers: 4 })
       const y = system.int32(1000)
       await system.parallelFor(1000, slow, { x: y, milliseconds: 0.02 }, { timeout: 60_000, signal: new AbortController().signal })
       system.parallelForSync(1000, slow, { x: y, milliseconds: 0.02 })
       await system.close()
     }
     const after = { threads: threads(), resources: resources(), listeners: listeners() }
     print({ before, after })`,
  )
  const { before, after } = answerOf<{ before: unknown; after: unknown }>(ended)
  assert.deepEqual(after, before)
})

for (const [how, code, expected] of [
  ['process.exit', 'process.exit(7)', 7],
  ['an error that nobody catches', "setTimeout(() => { throw new Error('unforeseen') })", 1],
] as const) {
  test(`${how} ends the process at once, though kernels are running`, async () => {
    const ended = await run(
      `const flags = jobs.int32(2)
       const call = jobs.parallelFor(2, (i, { flags }) => { Atomics.store(flags, i, 1); for (;;); }, { flags })
       while (Atomics.load(flags, 0) + Atomics.load(flags, 1) === 0) await new Promise((soon) => setTimeout(soon, 1))
       ${code}
       await call`,
    )
    assert.ok(!ended.hung, 'it hung')
    assert.equal(ended.code, expected, ended.stderr)
  })
}
