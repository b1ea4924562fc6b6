// What a process spends while its pool has nothing to do. Run with: kind, workers, seconds.
import { setTimeout as sleep } from 'node:timers/promises'
import { DEPTH } from '../problems/heavy-work.ts'
import { startPiscina, startTinypool } from '../rivals/task-pools.ts'
import type { TaskPool } from '../rivals/task-pools.ts'
import { expectAnswer } from '../benchmark.ts'
import { answer } from './answer.ts'

const [, , kind, workersText, secondsText] = process.argv
const workers = Number(workersText)
const threads = { minThreads: workers, maxThreads: workers }
const SETTLE_MS = 1000

const starters: Record<string, () => Promise<() => Promise<void>>> = {
  none: async () => async () => {},
  spillway: startSpillway,
  jobs: startJobs,
  piscina: async () => closer(await startPiscina(threads)),
  tinypool: async () => closer(await startTinypool(threads)),
}

function closer(pool: TaskPool) {
  return () => pool.close()
}

/** A pool that has worked, not one that was only started. */
async function startSpillway() {
  const { JobSystem } = await import('spillway')
  const { heavyWorkSum } = await import('../problems/heavy-work.kernels.ts')
  const jobs = await JobSystem.start({ workers })
  for (let call = 0; call < 20; call++) {
    await jobs.parallelReduce(200_000, heavyWorkSum, { depth: DEPTH })
    jobs.parallelReduceSync(200_000, heavyWorkSum, { depth: DEPTH })
  }
  return () => jobs.close()
}

/** A pool that has run jobs: joins, fibers, a batch, and one that was cancelled. */
async function startJobs() {
  const { JobSystem } = await import('spillway')
  const { fib } = await import('../problems/join.kernels.ts')
  const { waiting, yielding } = await import('../problems/fibers.kernels.ts')
  const { odd } = await import('../problems/jobs.kernels.ts')
  const jobs = await JobSystem.start({ workers })
  const counts = await Promise.all([
    jobs.run(fib, 20),
    jobs.run(waiting, 100),
    jobs.run(yielding, 100),
  ])
  expectAnswer('sync job', jobs.runSync(fib, 15), 610)
  for (const [which, expected] of [6765, 10_000, 100].entries()) {
    expectAnswer(`job ${which}`, counts[which], expected)
  }
  const odds = await jobs.runMany(odd, 1000)
  expectAnswer('jobs of a batch', odds.length, 1000)
  const cancelled = jobs.run(yielding, 1_000_000_000)
  setTimeout(() => cancelled.cancel(), 20)
  await cancelled.then(
    () => expectAnswer('cancelled jobs', 0, 1),
    () => {},
  )
  return () => jobs.close()
}

interface Spent {
  readonly percent: number
  readonly wakeUps: number
}

async function spentDuring(ms: number): Promise<Spent> {
  const before = process.resourceUsage()
  const start = performance.now()
  await sleep(ms)
  const seconds = (performance.now() - start) / 1000
  const after = process.resourceUsage()
  const micros = after.userCPUTime + after.systemCPUTime - before.userCPUTime - before.systemCPUTime
  const switches = after.voluntaryContextSwitches - before.voluntaryContextSwitches
  return { percent: micros / seconds / 10_000, wakeUps: switches / seconds }
}

const close = await starters[kind ?? '']()
await sleep(SETTLE_MS)
// The first reading compiles the reading: 2 ms of cpu, as much as an idle pool may spend in all.
await spentDuring(10)
const { percent, wakeUps } = await spentDuring(Number(secondsText) * 1000)
answer({ percent, wakeUps })
await close()
