/** A worker that ends inside a call: the call is told soon, nothing hangs, and the pool heals. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deadly, oneCore } from './deaths.ts'
import type { Fatal, Lost } from './deaths.ts'

/** A worker's death is known to its call within this time, by requirement. */
const KNOWN_MS = 2000

interface Report {
  readonly first: Fatal
  readonly worksAtOnce: boolean
  readonly lost: readonly Lost[]
  readonly second: Fatal
  readonly worksAgain: boolean
}

function check(
  { first, worksAtOnce, lost, second, worksAgain }: Report,
  kernel: string,
  cause: RegExp,
): void {
  for (const { error, late } of [first, second]) {
    assert.ok(error !== null, 'the call did not fail')
    assert.equal(error.name, 'WorkerLostError')
    assert.equal(error.code, 'ERR_WORKER_LOST')
    assert.ok(error.worker === 0 || error.worker === 1, `no such worker: ${error.worker}`)
    assert.equal(error.kernel, kernel)
    assert.match(
      error.message,
      new RegExp(`^worker ${error.worker} was lost while it ran kernel "${kernel}": .`),
    )
    assert.ok(late < KNOWN_MS, `told after ${late} ms`)
  }
  assert.ok(worksAtOnce, 'the calls right after the loss gave wrong answers')
  assert.ok(worksAgain, 'the calls after the pool had healed gave wrong answers')
  assert.equal(lost.length, 2, 'one event for each loss')
  for (const event of lost) {
    assert.equal(event.code, 'ERR_WORKER_LOST')
    assert.match(event.message, cause)
  }
}

for (const mode of ['sync', 'async']) {
  const skip = mode === 'sync' && oneCore
  for (const kernel of ['exit', 'exitInReduce', 'memory']) {
    test(
      `${kernel}: a ${mode} call gets a WorkerLostError, and the pool heals`,
      { skip },
      async () => {
        const report = await deadly<Report>(
          `await start()
         const first = await fatal('${mode}', deaths.${kernel})
         const worksAtOnce = await works()
         await all()
         const second = await fatal('${mode}', deaths.${kernel})
         await all()
         const worksAgain = await works()
         await jobs.close()
         print({ first, worksAtOnce, lost, second, worksAgain })`,
          { flags: kernel === 'memory' ? ['--max-old-space-size=64'] : [] },
        )
        // A blocked caller cannot be told why: only that the thread has ended.
        const causes = {
          exit: /thread ended/,
          exitInReduce: /thread ended/,
          memory: /thread ended|memory limit/,
        }
        check(report, kernel, causes[kernel as keyof typeof causes])
      },
    )
  }
}

test('a worker terminated from outside during an async call', async () => {
  const report = await deadly<Report>(`
    await start({ worker: withHandles })
    const terminated = async () => {
      const call = fatal('async', deaths.terminate)
      await until(() => Atomics.load(flags, 0) === 1, 'for the worker to enter')
      void handles.find((handle) => handle.threadId === times[1]).terminate()
      return call
    }
    const first = await terminated()
    const worksAtOnce = await works()
    await all()
    const second = await terminated()
    await all()
    const worksAgain = await works()
    await jobs.close()
    print({ first, worksAtOnce, lost, second, worksAgain })`)
  check(report, 'terminate', /thread ended/)
})

test('a worker terminated right before a sync call', async () => {
  const { outcomes, right, lost } = await deadly<{
    outcomes: string[]
    right: boolean
    lost: Lost[]
  }>(`
    await start({ worker: withHandles })
    const outcomes = []
    let right = true
    for (let round = 0; round < 10; round++) {
      await all()
      y.fill(0)
      const living = handles.filter(({ threadId }) => threadId > 0)
      void living[round % 2].terminate()
      try {
        jobs.parallelForSync(1000, square, { y })
        outcomes.push('ran')
        right &&= y.every((value, i) => value === i * i)
      } catch (error) { outcomes.push(error.code) }
      right &&= await works()
    }
    await all()
    await jobs.close()
    print({ outcomes, right, lost })`)
  assert.equal(outcomes.length, 10)
  for (const outcome of outcomes) assert.match(outcome, /^(?:ran|ERR_WORKER_LOST)$/)
  assert.ok(right, 'a call gave wrong answers')
  assert.equal(lost.length, 10)
})

test('all workers dead at once', { skip: oneCore }, async () => {
  const report = await deadly<Report & { sync: number }>(
    `await start()
     const first = await fatal('async', deaths.togetherExit, { all: WORKERS })
     const worksAtOnce = await works()
     await all()
     // A sync call engages no more workers than there are cores besides its own.
     const sync = Math.min(WORKERS, jobs.describe().cores.usable - 1)
     const second = await fatal('sync', deaths.togetherExit, { all: sync })
     await all()
     const worksAgain = await works()
     await jobs.close()
     print({ first, worksAtOnce, lost, second, worksAgain, sync })`,
    { workers: 4 },
  )
  for (const { error, late } of [report.first, report.second]) {
    assert.equal(error?.code, 'ERR_WORKER_LOST')
    assert.equal(error.kernel, 'togetherExit')
    assert.ok(late < KNOWN_MS, `told after ${late} ms`)
  }
  assert.ok(report.worksAtOnce && report.worksAgain, 'a call gave wrong answers')
  assert.equal(report.lost.length, 4 + report.sync, 'every loss is an event')
})

for (const mode of ['sync', 'async']) {
  test(`a second worker dies while a ${mode} call that lost one is ended`, async () => {
    const { outcome, lost, right } = await deadly<{ outcome: Fatal; lost: Lost[]; right: boolean }>(
      `import os from 'node:os'
       // A sync call engages several workers only if there are cores for them.
       os.availableParallelism = () => 4
       await start()
       const outcome = await fatal('${mode}', deaths.oneByOneExit)
       const right = await works()
       await all()
       await jobs.close()
       print({ outcome, lost, right })`,
      { workers: 3, timeoutMs: 8_000 },
    )
    assert.equal(outcome.error?.code, 'ERR_WORKER_LOST')
    assert.ok(outcome.late < KNOWN_MS, `told after ${outcome.late} ms`)
    assert.equal(lost.length, 2)
    assert.ok(right, 'a call gave wrong answers')
  })
}

test('living workers are not taken for dead by a caller that is blocked', async () => {
  const { lost, right } = await deadly<{ lost: Lost[]; right: boolean }>(
    `import os from 'node:os'
     import { late } from './late.js'
     os.availableParallelism = () => 8
     let right = true
     for (let round = 0; round < 2; round++) {
       await start()
       // Right after the start, and longer than it takes a blocked caller to look after its workers a few times.
       for (let call = 0; call < 2; call++) {
         y.fill(0)
         jobs.parallelForSync(64, late, { y })
         right &&= y.every((value, i) => value === (i < 64 ? 1 : 0))
       }
       await jobs.close()
     }
     print({ lost, right })`,
    {
      workers: 4,
      files: {
        'late.js': `
          import { each, kernels } from 'spillway/kernel'
          import { isMainThread } from 'node:worker_threads'
          export const { late } = kernels(import.meta.url, {
            late: each((i, { y }) => {
              y[i]++
              const end = Date.now() + (isMainThread ? 1 : 200)
              while (Date.now() < end);
            }),
          })`,
      },
    },
  )
  assert.deepEqual(lost, [])
  assert.ok(right)
})

test('many calls are under way when a worker dies: its own fails, the others give right answers', async () => {
  const { codes, right } = await deadly<{ codes: string[]; right: boolean }>(`
    await start()
    const arrays = Array.from({ length: 20 }, () => jobs.float64(1000))
    const others = arrays.map((y) => jobs.parallelFor(1000, square, { y }))
    const dying = jobs.parallelFor(64, deaths.exit, { flags, times })
    const outcomes = await Promise.allSettled([dying, ...others])
    const codes = outcomes.map(({ status, reason }) => (status === 'fulfilled' ? 'ran' : reason.code))
    const right = arrays.every((y) => y.every((value, i) => value === i * i)) && (await works())
    await all()
    await jobs.close()
    print({ codes, right })`)
  assert.deepEqual(codes, ['ERR_WORKER_LOST', ...Array.from({ length: 20 }, () => 'ran')])
  assert.ok(right, 'a call gave wrong answers')
})

test('twenty deaths in a row leave nothing behind', { skip: oneCore }, async () => {
  const { before, after, lost, slots } = await deadly<{
    before: Record<string, number>
    after: Record<string, number>
    lost: number
    slots: number
  }>(
    `import { readdirSync } from 'node:fs'
     const made = []
     const factory = () => {
       const worker = new Worker(new URL('./all.kernels.js', import.meta.url))
       made.push(new WeakRef(worker))
       return worker
     }
     await start({ worker: factory })
     const state = async () => {
       await all()
       for (let pass = 0; pass < 3; pass++) {
         await sleep(20)
         gc()
       }
       return {
         usedBytes: jobs.describe().heap.usedBytes,
         heapUsed: process.memoryUsage().heapUsed,
         threads: process.platform === 'linux' ? readdirSync('/proc/self/task').length : 0,
         resources: process.getActiveResourcesInfo().length,
         handles: made.filter((reference) => reference.deref() !== undefined).length,
       }
     }
     const round = async (index) => {
       const { error } = await fatal(index % 2 ? 'sync' : 'async', index % 4 < 2 ? deaths.exit : deaths.exitInReduce)
       if (error?.code !== 'ERR_WORKER_LOST') throw new Error('round ' + index + ': ' + JSON.stringify(error))
       await whole()
     }
     for (let index = 0; index < 4; index++) await round(index)
     await works()
     const before = await state()
     for (let index = 0; index < 20; index++) await round(index)
     await works()
     const after = await state()
     const slots = await missingSlots()
     await jobs.close()
     print({ before, after, lost: lost.length, slots })`,
    { flags: ['--expose-gc'], timeoutMs: 60_000 },
  )
  assert.equal(lost, 24)
  assert.equal(slots, 0, 'a loop slot was not given back')
  for (const what of ['usedBytes', 'threads', 'resources', 'handles']) {
    assert.equal(after[what], before[what], what)
  }
  const grown = after['heapUsed'] - before['heapUsed']
  assert.ok(grown < 1_000_000, `the JavaScript heap grew by ${grown} bytes`)
})
