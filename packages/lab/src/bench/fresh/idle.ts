// What a process spends while its pool has nothing to do. Run with: kind, workers, seconds.
import { setTimeout as sleep } from 'node:timers/promises'
import { DEPTH } from '../problems/heavy-work.ts'
import { startPiscina, startTinypool } from '../rivals/task-pools.ts'
import type { TaskPool } from '../rivals/task-pools.ts'
import { answer } from './answer.ts'

const [, , kind, workersText, secondsText] = process.argv
const workers = Number(workersText)
const threads = { minThreads: workers, maxThreads: workers }
const SETTLE_MS = 1000

const starters: Record<string, () => Promise<() => Promise<void>>> = {
  none: async () => async () => {},
  spillway: startSpillway,
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
