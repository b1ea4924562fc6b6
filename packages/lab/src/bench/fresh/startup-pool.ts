// From nothing to the first result of a task pool: one task for each worker. Run with the pool's name.
import { expectAnswer } from '../benchmark.ts'
import { tinyTask } from '../rivals/pool-tasks.ts'
import { answer, cpuSince } from './answer.ts'

const name = process.argv[2]
const filename = new URL('../rivals/pool-tasks.js', import.meta.url).href
const threads = { minThreads: 2, maxThreads: 2 }

async function loadPool() {
  if (name === 'piscina') {
    const { Piscina } = await import('piscina')
    return () => new Piscina({ filename, ...threads })
  }
  const { Tinypool } = await import('tinypool')
  return () => new Tinypool({ filename, ...threads })
}

const begin = performance.now()
const start = await loadPool()
const cpu = process.cpuUsage()
const imported = performance.now()
const pool = start()
const task = { name: 'tinyTask' }
const answers = (await Promise.all([pool.run(0, task), pool.run(1, task)])) as number[]
const done = performance.now()
const cpuMs = cpuSince(cpu)
expectAnswer('first result', (answers[0] ?? 0) + (answers[1] ?? 0), tinyTask(0) + tinyTask(1))
answer({ startMs: done - imported, totalMs: done - begin, cpuMs })
await pool.destroy()
