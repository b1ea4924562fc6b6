// From nothing to the first result of a Spillway pool. Run with the number of workers.
import { DEPTH, WORK_OF_ONE_ITEM } from '../problems/heavy-work.ts'
import { expectAnswer } from '../benchmark.ts'
import { answer, cpuSince } from './answer.ts'

const workers = Number(process.argv[2])
const items = 1000

const begin = performance.now()
const { JobSystem } = await import('spillway')
const { heavyWorkSum } = await import('../problems/heavy-work.kernels.ts')
const cpu = process.cpuUsage()
const imported = performance.now()
const jobs = await JobSystem.start({ workers })
const sum = await jobs.parallelReduce(items, heavyWorkSum, { depth: DEPTH })
const done = performance.now()
const cpuMs = cpuSince(cpu)
expectAnswer('first result', sum, items * WORK_OF_ONE_ITEM)
answer({ startMs: done - imported, totalMs: done - begin, cpuMs })
await jobs.close()
