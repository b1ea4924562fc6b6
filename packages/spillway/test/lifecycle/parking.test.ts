/** Idle workers sleep, and no wake-up is lost. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { JobSystem } from '../../src/index.ts'
import { answerOf, linkedProject } from '../package/project.ts'

const project = linkedProject()

const spin = (i: number, { x, milliseconds }: { x: Float64Array; milliseconds: number }): void => {
  const end = performance.now() + milliseconds
  while (performance.now() < end);
  x[i]!++
}

/** Resolves when every worker has gone to sleep; fails after a while. */
async function asleep(jobs: JobSystem, least: readonly number[]): Promise<number[]> {
  const end = Date.now() + 10_000
  for (;;) {
    const parks = jobs.metrics().workers.map((worker) => worker.parks)
    if (parks.every((count, worker) => count >= least[worker]!)) return parks
    assert.ok(Date.now() < end, `workers are still awake: ${parks.join()}`)
    await new Promise((soon) => setTimeout(soon, 1))
  }
}

test('workers go to sleep when there is nothing to do, and stay asleep', async () => {
  await using jobs = await JobSystem.start({ workers: 3 })
  const x = jobs.float64(300)
  const first = await asleep(jobs, [1, 1, 1])
  await new Promise((later) => setTimeout(later, 200))
  assert.deepEqual(
    jobs.metrics().workers.map((worker) => worker.parks),
    first,
    'a worker woke without a reason',
  )
  await jobs.parallelFor(300, spin, { x, milliseconds: 0.2 })
  const woken = jobs.metrics().workers.filter((worker) => worker.loops > 0).length
  assert.ok(woken > 0)
  // Whoever joined the loop goes to sleep once more.
  const least = jobs
    .metrics()
    .workers.map((worker, index) => first[index]! + Math.min(1, worker.loops))
  await asleep(jobs, least)
})

test('one call at a time wakes and parks workers again and again', async () => {
  await using jobs = await JobSystem.start({ workers: 2, idle: { spinMicroseconds: 0 } })
  const x = jobs.float64(64)
  for (let round = 0; round < 50; round++) {
    const before = await asleep(jobs, [1, 1])
    await jobs.parallelFor(64, spin, { x, milliseconds: 0.01 })
    await asleep(jobs, [Math.min(...before), Math.min(...before)])
  }
  assert.deepEqual(new Set(x), new Set([50]))
})

for (const workers of [2, 8]) {
  test(`an idle pool of ${workers} workers takes less than 2 % of a core`, async (t) => {
    const ended = await project.run({
      'main.js': `
        import { JobSystem } from 'spillway'
        const jobs = await JobSystem.start({ workers: ${workers} })
        const x = jobs.float64(1000)
        await jobs.parallelFor(1000, (i, { x }) => { const end = performance.now() + 0.05; while (performance.now() < end); x[i] = 1 }, { x })
        // Code that was just loaded is still being compiled in the background for a moment.
        await new Promise((later) => setTimeout(later, 300))
        const start = process.hrtime.bigint()
        const before = process.cpuUsage()
        await new Promise((later) => setTimeout(later, 1000))
        const { user, system } = process.cpuUsage(before)
        const seconds = Number(process.hrtime.bigint() - start) / 1e9
        console.log(JSON.stringify((user + system) / 1e6 / seconds))`,
    })
    const share = answerOf<number>(ended)
    t.diagnostic(`${(share * 100).toFixed(3)} % of a core`)
    assert.ok(share < 0.02, `${share * 100} % of a core`)
  })
}

interface Alternated {
  readonly missing: number
  readonly calls: { readonly inline: number; readonly shared: number }
  readonly parks: number
  readonly lost: number
}

/**
 * Alternating calls, in a process of their own because a blocked caller that nobody wakes cannot be seen from inside. Workers look
 * at a clock that now and then takes its time, which leaves them longer in every place between two looks at shared memory.
 */
async function alternate(calls: number, workers: number, seed: number): Promise<Alternated> {
  const ended = await project.run(
    {
      'kernels.js': `
        import { each, kernels, reduce } from 'spillway/kernel'
        const work = (i) => { let v = i | 0; for (let k = 0; k < 300; k++) v = (v * 1664525 + 1013904223) | 0; return v }
        export const { add, count } = kernels(import.meta.url, {
          add: each((i, { cells }) => { if (work(i) !== 0.5) Atomics.add(cells, i & 7, 1) }),
          count: reduce({ identity: 0, fold: (sum, i) => (work(i) === 0.5 ? 0 : sum + 1), combine: (a, b) => a + b }),
        })`,
      'hesitant.js': `
        const { hrtime } = process
        let state = ${seed}
        process.hrtime = (...since) => {
          const time = hrtime(...since)
          state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff
          if ((state >> 16) % 4 === 0) for (let spin = (state >> 8) % 20_000; spin > 0; spin--);
          return time
        }
        await import('./kernels.js')`,
      'main.js': `
        import { JobSystem } from 'spillway'
        import { Worker } from 'node:worker_threads'
        import { add, count } from './kernels.js'
        let state = ${seed}
        const random = (n) => { state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff; return (state >> 8) % n }
        const jobs = await JobSystem.start({
          workers: ${workers},
          idle: { spinMicroseconds: 0 },
          worker: () => new Worker(new URL('./hesitant.js', import.meta.url)),
        })
        let lost = 0
        jobs.on('worker-lost', () => lost++)
        const cells = jobs.int32(8)
        const pauses = new Int32Array(new SharedArrayBuffer(4))
        let indexes = 0
        for (let call = 0; call < ${calls}; call++) {
          const length = 16 + random(200)
          const kind = random(8)
          if (kind < 3) jobs.parallelForSync(length, add, { cells })
          else if (kind < 6) await jobs.parallelFor(length, add, { cells })
          else {
            const got = kind === 6 ? jobs.parallelReduceSync(length, count) : await jobs.parallelReduce(length, count)
            if (got !== length) throw new Error('call ' + call + ': ' + got + ' of ' + length)
          }
          if (kind < 6) indexes += length
          // Long enough, at times, for workers to be anywhere between their last chunk and deep sleep.
          const pause = random(16)
          if (pause === 0) await new Promise((soon) => setImmediate(soon))
          else if (pause === 1) Atomics.wait(pauses, 0, 0, random(100) / 1000)
          else if (pause < 10) for (let spin = random(20_000); spin > 0; spin--);
        }
        const { calls } = jobs.metrics()
        const parks = jobs.metrics().workers.reduce((sum, worker) => sum + worker.parks, 0)
        await jobs.close()
        console.log(JSON.stringify({ missing: indexes - cells.reduce((a, b) => a + b), calls, parks, lost }))`,
    },
    { timeoutMs: 30_000 },
  )
  return answerOf<Alternated>(ended)
}

test('20,000 alternating sync and async calls with random pauses never hang', async (t) => {
  const seed = Number(process.env['SPILLWAY_TEST_SEED'] ?? Date.now() % 1_000_000)
  t.diagnostic(`SPILLWAY_TEST_SEED=${seed}`)
  for (const workers of [1, 3]) {
    const { missing, calls, parks, lost } = await alternate(10_000, workers, seed + workers)
    t.diagnostic(
      `${workers} workers: ${calls.shared} calls shared, ${calls.inline} inline, ${parks} parks`,
    )
    assert.equal(missing, 0, 'indexes that did not run')
    assert.equal(lost, 0, 'a living worker was taken for dead')
    assert.ok(calls.shared > 3000, `only ${calls.shared} calls were shared`)
    assert.ok(parks > 300, `only ${parks} parks`)
  }
})
