/** Workers that end while jobs run, wait or are queued: whoever waits is told, nothing hangs, the pool heals. */
import assert from 'node:assert/strict'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { test } from 'node:test'
import { answerOf, linkedProject } from '../package/project.ts'

const project = linkedProject()
const state = fileURLToPath(new URL('../support/job-state.js', import.meta.url))

const KERNELS = `
  import { each, job, kernels } from 'spillway/kernel'
  import { isMainThread } from 'node:worker_threads'
  const die = () => { if (isMainThread) throw new Error('the starter got it'); process.exit(3) }
  const until = (words, at) => { while (Atomics.load(words, at) === 0) Atomics.wait(words, at, 0, 10) }
  export const k = kernels(import.meta.url, {
    one: job((ctx, n) => n),
    exit: job(() => die()),
    exitAsync: job(async () => { await null; process.exit(3) }),
    throwInTimer: job(async () => { setTimeout(() => { throw new Error('in a timer') }, 5); await new Promise(() => {}) }),
    asyncOne: job(async (ctx, n) => { await new Promise((soon) => setTimeout(soon, 1)); return n }),
    asyncForEver: job(async (ctx, { x }) => { Atomics.add(x, 0, 1); await new Promise(() => {}) }),
    forEver: job((ctx, { x }) => { Atomics.add(x, 0, 1); for (;;); }),
    whenOpenExit: job((ctx, { x }) => { Atomics.add(x, 0, 1); until(x, 1); die() }),
    wait: job(function* (ctx, { c, x }) { Atomics.add(x, 0, 1); yield* c.wait(); return 'waited' }),
    spawnExit: job(function* (ctx) { const child = ctx.spawn(k.exit); yield* ctx.wait(child) }),
    plainSpawnExit: job((ctx) => { ctx.wait(ctx.spawn(k.exit)) }),
    catchExit: job(function* (ctx) {
      const child = ctx.spawn(k.elsewhereExit, ctx.workerIndex)
      try { yield* ctx.wait(child) } catch (error) { return error.code + ' ' + (error.name) }
    }),
    elsewhereExit: job((ctx, worker) => { if (ctx.workerIndex === worker) return 'same'; die() }),
    detachExit: job((ctx) => ctx.spawnDetached(k.exit)),
    /** Dies, leaving children that another thread runs. */
    leaveAndDie: job((ctx, { x }) => {
      for (let i = 0; i < 6; i++) ctx.spawn(k.list, { x })
      const end = Date.now() + 2000
      while (Atomics.load(x, 0) === 0 && Date.now() < end);
      die()
    }),
    list: job((ctx, { x }) => { Atomics.add(x, 0, 1); const end = performance.now() + 5; while (performance.now() < end); return [1, 2, 3] }),
    asyncChildren: job(async (ctx, { x }) => {
      for (let i = 0; i < 4; i++) ctx.spawn(k.list, { x })
      const end = Date.now() + 2000
      while (Atomics.load(x, 0) === 0 && Date.now() < end);
      process.exit(3)
    }),
    loop: job(function* (ctx, { x }) { yield* ctx.parallelFor(64, k2.deadly, { x }) ; return 'whole' }),
  })
  export const k2 = kernels(import.meta.url, {
    deadly: each((i, { x }) => {
      const end = performance.now() + 1
      while (performance.now() < end);
      if (i === 40 && Atomics.add(x, 0, 1) === 0) die()
    }),
  }, { namespace: 'loops' })
`

const PROGRAM = `
  import { JobSystem } from 'spillway'
  import { Worker } from 'node:worker_threads'
  import { writeSync } from 'node:fs'
  import { k } from './all.kernels.js'
  import { atRest } from ${JSON.stringify(state)}
  const out = []
  const print = () => void writeSync(1, JSON.stringify(out) + '\\n')
  const told = async (handle) => { try { return ['value', await handle] } catch (error) { return [error.code ?? error.message, error.kernel ?? ''] } }
  const sleep = (ms) => new Promise((soon) => setTimeout(soon, ms))
  const until = async (condition, what) => {
    const end = Date.now() + 10_000
    while (!condition()) { if (Date.now() > end) throw new Error('waited in vain: ' + what); await sleep(2) }
  }
  const handles = []
  const start = async (workers, options = {}) => {
    const jobs = await JobSystem.start({ workers, jobs: { capacity: 16 }, ...options })
    const lost = []
    jobs.on('worker-lost', (error) => lost.push(error.worker))
    return { jobs, lost, x: jobs.int32(4), whole: () => until(() => jobs.describe().workers.ready === workers, 'workers') }
  }
  /** The pool works, and nothing of what was lost is left. */
  const heals = async ({ jobs, whole }) => {
    await whole()
    for (let i = 0; i < 20; i++) if (await jobs.run(k.one, i) !== i) throw new Error('wrong')
    if ((await jobs.runMany(k.one, 100)).length !== 100) throw new Error('wrong')
    await atRest(jobs)
  }
`

/** Runs a program, which leaves its answers in \`out\`. */
async function run<T>(body: string): Promise<T> {
  const ended = await project.run({
    'all.kernels.js': KERNELS,
    'main.js': `${PROGRAM}${body}\nprint()`,
  })
  return answerOf<T>(ended)
}

test('a job whose worker exits, as a plain job, as a child, as a detached job', async () => {
  const out = await run<unknown[]>(`
    const s = await start(1)
    s.jobs.on('error', (error) => out.push(['detached', error.code, error.kernel]))
    out.push(await told(s.jobs.run(k.exit)))
    await heals(s)
    out.push(await told(s.jobs.run(k.spawnExit)))
    await heals(s)
    out.push(await told(s.jobs.run(k.plainSpawnExit)))
    await heals(s)
    await told(s.jobs.run(k.detachExit))
    await until(() => out.length === 4, 'the detached job')
    await heals(s)
    out.push(s.lost.length)
    await s.jobs.close()`)
  assert.deepEqual(out, [
    ['ERR_WORKER_LOST', 'exit'],
    ['ERR_WORKER_LOST', 'spawnExit'],
    ['ERR_WORKER_LOST', 'plainSpawnExit'],
    ['detached', 'ERR_WORKER_LOST', 'exit'],
    4,
  ])
})

test('what waits in the lost worker is lost, what is queued runs in the next', async () => {
  const out = await run<unknown[]>(`
    const s = await start(1)
    const c = s.jobs.counter(1)
    const waits = Array.from({ length: 5 }, () => s.jobs.run(k.wait, { c, x: s.x }))
    await until(() => s.x[0] === 5, 'the fibers')
    const exit = s.jobs.run(k.exit)
    const queued = Array.from({ length: 30 }, (_, i) => s.jobs.run(k.one, i))
    out.push(await told(exit))
    for (const wait of waits) out.push(await told(wait))
    out.push((await Promise.all(queued)).length)
    c.decrement()
    await heals(s)
    // The counter is as good as new.
    s.x[0] = 0
    c.increment()
    const again = s.jobs.run(k.wait, { c, x: s.x })
    await until(() => s.x[0] === 1, 'the fiber')
    c.decrement()
    out.push(await told(again))
    await s.jobs.close()`)
  const lost = Array.from({ length: 5 }, () => ['ERR_WORKER_LOST', 'wait'])
  assert.deepEqual(out, [['ERR_WORKER_LOST', 'exit'], ...lost, 30, ['value', 'waited']])
})

test('a waiter of another thread hears of a lost child, and may go on', async () => {
  const out = await run<string[][]>(`
    const s = await start(2)
    for (let round = 0; round < 3; round++) {
      out.push(await told(s.jobs.run(k.catchExit)))
      await s.whole()
    }
    await heals(s)
    await s.jobs.close()`)
  for (const [what, value] of out) {
    assert.equal(what, 'value')
    if (value !== null) assert.equal(value, 'ERR_WORKER_LOST WorkerLostError')
  }
})

test('children of a lost job that others run are let go of, time after time', async () => {
  const out = await run<unknown[]>(`
    const s = await start(2)
    for (let round = 0; round < 4; round++) {
      s.x.fill(0)
      out.push(await told(s.jobs.run(k.leaveAndDie, { x: s.x })))
      await s.whole()
    }
    await heals(s)
    await s.jobs.close()`)
  assert.equal(out.length, 4)
  for (const told of out) assert.deepEqual(told, ['ERR_WORKER_LOST', 'leaveAndDie'])
})

test('a worker that is terminated from outside', async () => {
  const out = await run<unknown[]>(`
    const factory = () => { const worker = new Worker(new URL('./all.kernels.js', import.meta.url)); handles.push(worker); return worker }
    const s = await start(1, { worker: factory })
    for (let round = 0; round < 3; round++) {
      s.x.fill(0)
      const job = s.jobs.run(k.forEver, { x: s.x })
      await until(() => s.x[0] === 1, 'the job')
      void handles.at(-1).terminate()
      out.push(await told(job))
      await s.whole()
    }
    await heals(s)
    await s.jobs.close()`)
  assert.deepEqual(
    out,
    Array.from({ length: 3 }, () => ['ERR_WORKER_LOST', 'forEver']),
  )
})

test(
  'a blocked caller hears of a lost child',
  { skip: availableParallelism() < 2 && 'needs two cores' },
  async () => {
    const out = await run<unknown[]>(`
    const s = await start(1)
    const sync = (kernel, args) => { try { return ['value', s.jobs.runSync(kernel, args)] } catch (error) { return [error.code ?? error.message, error.kernel ?? ''] } }
    // The caller waits at its own child until the worker has taken the other.
    for (let round = 0; round < 3; round++) {
      out.push(sync(k.catchExit)[0], sync(k.loop, { x: s.jobs.int32(1) })[0])
      await s.whole()
    }
    await heals(s)
    await s.jobs.close()`)
    for (const told of out)
      assert.match(String(told), /^(?:value|ERR_WORKER_LOST|the starter got it)$/)
  },
)

test('a nested loop that lost a participant fails its job, and its slot is used again', async () => {
  const out = await run<string[][]>(`
    const s = await start(2)
    for (let round = 0; round < 3; round++) {
      s.x.fill(0)
      out.push(await told(s.jobs.run(k.loop, { x: s.x })))
      await s.whole()
    }
    await heals(s)
    await s.jobs.close()`)
  for (const [what] of out) assert.equal(what, 'ERR_WORKER_LOST')
})

test('the worker of async jobs: what it ran is lost, what was queued is told or runs', async () => {
  const out = await run<unknown[]>(`
    const s = await start(1)
    const pending = s.jobs.run(k.asyncForEver, { x: s.x })
    await until(() => s.x[0] === 1, 'the async job')
    const exit = s.jobs.run(k.exitAsync)
    const more = Array.from({ length: 10 }, (_, i) => s.jobs.run(k.asyncOne, i))
    out.push(await told(pending), await told(exit))
    for (const handle of more) out.push((await told(handle))[0])
    out.push(await told(s.jobs.run(k.asyncOne, 7)))
    const timer = s.jobs.run(k.throwInTimer)
    out.push(await told(timer))
    s.x.fill(0)
    out.push(await told(s.jobs.run(k.asyncChildren, { x: s.x })))
    out.push(await told(s.jobs.run(k.asyncOne, 8)))
    await heals(s)
    await s.jobs.close()`)
  assert.deepEqual(out.slice(0, 2), [
    ['ERR_WORKER_LOST', 'asyncForEver'],
    ['ERR_WORKER_LOST', 'exitAsync'],
  ])
  for (const what of out.slice(2, 12)) assert.match(String(what), /^(?:value|ERR_WORKER_LOST)$/)
  assert.deepEqual(out.slice(12), [
    ['value', 7],
    ['ERR_WORKER_LOST', 'throwInTimer'],
    ['ERR_WORKER_LOST', 'asyncChildren'],
    ['value', 8],
  ])
})

test('close ends though workers died with detached jobs in hand', async () => {
  const out = await run<unknown[]>(`
    const s = await start(2)
    s.jobs.on('error', () => {})
    for (let round = 0; round < 3; round++) await told(s.jobs.run(k.detachExit))
    await s.jobs.close()
    out.push('closed')`)
  assert.deepEqual(out, ['closed'])
})
