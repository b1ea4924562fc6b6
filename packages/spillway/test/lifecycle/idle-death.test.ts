/** Workers that end while they are in no call, or can never be started again. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deadly } from './deaths.ts'
import type { Fatal, Lost } from './deaths.ts'

test('an idle worker that is terminated is replaced', async () => {
  const { lost, right, workers } = await deadly<{ lost: Lost[]; right: boolean; workers: number }>(`
    await start({ worker: withHandles })
    await all()
    void handles[1].terminate()
    await until(() => lost.length === 1, 'for the event')
    const right = await works()
    await all()
    await jobs.close()
    print({ lost, right, workers: handles.length })`)
  assert.ok(right)
  assert.deepEqual(
    lost.map(({ code, worker }) => ({ code, worker })),
    [{ code: 'ERR_WORKER_LOST', worker: 1 }],
  )
  assert.match(lost[0].message, /^worker 1 was lost: /)
  assert.equal(workers, 3)
})

test('all idle workers terminated, then a call at once', async () => {
  for (const mode of ['sync', 'async']) {
    const { right, lost } = await deadly<{ right: boolean; lost: number }>(`
      await start({ worker: withHandles })
      await all()
      for (const handle of handles) void handle.terminate()
      ${mode === 'sync' ? 'jobs.parallelForSync(1000, square, { y })' : 'await jobs.parallelFor(1000, square, { y })'}
      const right = y.every((value, i) => value === i * i) && (await works())
      await all()
      await jobs.close()
      print({ right, lost: lost.length })`)
    assert.ok(right, mode)
    assert.equal(lost, 2, mode)
  }
})

const OUTSIDE = {
  'a timer': "setTimeout(() => { throw new Error('outside') })",
  'a microtask': "queueMicrotask(() => { throw new Error('outside') })",
  'a rejection that nobody handles': "void Promise.reject(new Error('outside'))",
}

for (const [what, code] of Object.entries(OUTSIDE)) {
  const files = {
    'late.js': `
      import { each, kernels } from 'spillway/kernel'
      const name = 'late' + new URL(import.meta.url).search.slice(1)
      const square = each((i, { y }) => { const end = performance.now() + 0.02; while (performance.now() < end); y[i] += i * i })
      export const KERNELS = kernels(import.meta.url, { [name]: square })
      await new Promise((soon) => setTimeout(soon, 5)) // so that timers have their turn, however modules are loaded`,
    'late.kernels.js': `
      import { each, kernels } from 'spillway/kernel'
      import { isMainThread } from 'node:worker_threads'
      export const { trap } = kernels(import.meta.url, {
        trap: each((i, { flags }) => { if (!isMainThread && Atomics.exchange(flags, 0, 1) === 0) { ${code} } }),
      })`,
  }

  test(`${what} that throws outside a kernel ends its worker, and no call`, async () => {
    // A worker runs no events while it serves loops, but does when it has to fetch something: a buffer or module it does not know.
    const { right, lost, sums } = await deadly<{ right: boolean; lost: Lost[]; sums: number[] }>(
      `import { trap } from './late.kernels.js'
       await start()
       await jobs.parallelFor(64, trap, { flags })
       const foreign = () => new Float64Array(new SharedArrayBuffer(8000))
       const sums = []
       for (let round = 0; round < 5; round++) {
         const [a, b] = [foreign(), foreign()]
         await jobs.parallelFor(1000, square, { y: a })
         jobs.parallelForSync(1000, square, { y: b })
         sums.push(a.reduce((s, v) => s + v), b.reduce((s, v) => s + v))
         const c = jobs.float64(1000)
         const late = await import('./late.js?' + round)
         await jobs.parallelFor(1000, late.KERNELS['late' + round], { y: c })
         sums.push(c.reduce((s, v) => s + v))
       }
       await until(() => lost.length === 1, 'for the event')
       await all()
       const right = await works()
       await jobs.close()
       print({ right, lost, sums })`,
      { files },
    )
    assert.deepEqual(new Set(sums), new Set([332_833_500]))
    assert.ok(right)
    assert.equal(lost.length, 1)
    assert.match(lost[0].message, /^worker \d was lost: outside/)
  })

  test(`${what} that would throw outside a kernel does not disturb close`, async () => {
    const lost = await deadly<Lost[]>(
      `import { trap } from './late.kernels.js'
       await start()
       await jobs.parallelFor(64, trap, { flags })
       await jobs.close()
       print(lost)`,
      { files },
    )
    assert.deepEqual(lost, [], 'a thread that ends while the system closes is not lost')
  })
}

const NEVER_AGAIN = {
  'a factory that throws': "throw new Error('no more workers')",
  'a factory that returns something else': 'return 17',
  'a file that throws': "return new Worker(new URL('./broken.js', import.meta.url))",
  'a file that ends at once': "return new Worker(new URL('./empty.js', import.meta.url))",
}

for (const [what, code] of Object.entries(NEVER_AGAIN)) {
  test(`workers that cannot be started again, because of ${what}: awaited calls reject, sync calls run here`, async () => {
    const report = await deadly<{
      under: Fatal
      after: string[]
      right: boolean
      ready: number
      lost: Lost[]
      closed: boolean
    }>(
      `const factory = () => { if (handles.length < 2) return withHandles(); ${code} }
       await start({ worker: factory })
       await all()
       const call = fatal('async', deaths.terminate)
       await until(() => Atomics.load(flags, 0) === 1, 'for the worker to enter')
       for (const handle of handles) void handle.terminate()
       const under = await call
       y.fill(0)
       jobs.parallelForSync(1000, square, { y })
       const right = y.every((value, i) => value === i * i) && jobs.parallelReduceSync(1000, sum, { y }) === 332_833_500
       // Until the pool has given up, and after it.
       const after = []
       for (const wait of [0, 500, 0]) {
         await sleep(wait)
         const outcome = jobs.parallelFor(1000, square, { y }).then(() => 'ran', (error) => error.code)
         after.push(await Promise.race([outcome, sleep(5000).then(() => "hung")]))
       }
       const ready = jobs.describe().workers.ready
       const closed = await Promise.race([jobs.close().then(() => true), sleep(5000).then(() => false)])
       print({ under, after, right, ready, lost, closed })
       process.exit(0)`,
      { files: { 'broken.js': "throw new Error('broken')", 'empty.js': '' }, timeoutMs: 30_000 },
    )
    assert.equal(report.under.error?.code, 'ERR_WORKER_LOST')
    assert.ok(report.right, 'the sync calls gave wrong answers')
    assert.deepEqual(report.after, ['ERR_WORKER_LOST', 'ERR_WORKER_LOST', 'ERR_WORKER_LOST'])
    assert.equal(report.ready, 0)
    assert.ok(report.lost.length >= 2)
    assert.ok(report.closed, 'close hung')
  })
}

test('a kernels module that ends every worker that loads it: its awaited calls reject, nothing hangs', async () => {
  const { outcomes, right, closed } = await deadly<{
    outcomes: string[]
    right: boolean
    closed: boolean
  }>(
    `await start()
     const { KERNELS } = await import('./fatal.js')
     const outcomes = []
     for (let call = 0; call < 3; call++) {
       const outcome = jobs.parallelFor(64, KERNELS.fatal, { y }).then(() => 'ran', (error) => error.code)
       outcomes.push(await Promise.race([outcome, sleep(5000).then(() => 'hung')]))
     }
     y.fill(0)
     jobs.parallelForSync(1000, square, { y })
     const right = y.every((value, i) => value === i * i)
     const closed = await Promise.race([jobs.close().then(() => true), sleep(5000).then(() => false)])
     print({ outcomes, right, closed })
     process.exit(0)`,
    {
      files: {
        'fatal.js': `
          import { each, kernels } from 'spillway/kernel'
          import { isMainThread } from 'node:worker_threads'
          if (!isMainThread) process.exit(1)
          export const KERNELS = kernels(import.meta.url, { fatal: each((i, { y }) => { y[i]++ }) })`,
      },
      timeoutMs: 30_000,
    },
  )
  assert.deepEqual(outcomes, ['ERR_WORKER_LOST', 'ERR_WORKER_LOST', 'ERR_WORKER_LOST'])
  assert.ok(right, 'the sync call gave wrong answers')
  assert.ok(closed, 'close hung')
})

test('one worker of two that cannot be started again: the other goes on', async () => {
  const { under, right, ready } = await deadly<{ under: Fatal; right: boolean; ready: number }>(
    `await start({ worker: () => { if (handles.length < 2) return withHandles(); throw new Error('no more workers') } })
     await all()
     const call = fatal('async', deaths.terminate)
     await until(() => Atomics.load(flags, 0) === 1, 'for the worker to enter')
     void handles.find((handle) => handle.threadId === times[1]).terminate()
     const under = await call
     const right = (await works()) && (await works())
     const ready = jobs.describe().workers.ready
     await jobs.close()
     print({ under, right, ready })`,
  )
  assert.equal(under.error?.code, 'ERR_WORKER_LOST')
  assert.ok(right)
  assert.equal(ready, 1)
})

test('a sleeping worker that dies for good swallows no wake-up', async () => {
  for (const index of [0, 1]) {
    const { right, ready } = await deadly<{ right: boolean; ready: number }>(
      `await start({ worker: () => { if (handles.length < 2) return withHandles(); throw new Error('no more workers') } })
       await all()
       const parks = () => jobs.metrics().workers[${index}].parks
       await until(() => parks() > 0, 'for the worker to sleep')
       await sleep(50)
       void handles[${index}].terminate()
       await until(() => lost.length > 0, 'for the event')
       // The other one sleeps too by now, and has to be woken for this.
       await sleep(50)
       await jobs.parallelFor(1000, square, { y })
       const right = y.every((value, i) => value === i * i) && (await works())
       const { ready } = jobs.describe().workers
       await jobs.close()
       print({ right, ready })`,
      { timeoutMs: 8_000 },
    )
    assert.ok(right)
    assert.equal(ready, 1)
  }
})
