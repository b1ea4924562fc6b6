// From nothing to the first result of bare worker threads. Run with the number of workers.
import { DEPTH, WORK_OF_ONE_ITEM } from '../problems/heavy-work.ts'
import { expectAnswer } from '../benchmark.ts'
import { answer, cpuSince } from './answer.ts'

const count = Number(process.argv[2])
const itemsPerWorker = 500

const begin = performance.now()
const { startBareWorkers } = await import('./bare-workers.ts')
const cpu = process.cpuUsage()
const imported = performance.now()
const workers = startBareWorkers(count, itemsPerWorker, DEPTH)
const sum = await workers.firstResult()
const done = performance.now()
const cpuMs = cpuSince(cpu)
expectAnswer('first result', sum, count * itemsPerWorker * WORK_OF_ONE_ITEM)
answer({ startMs: done - imported, totalMs: done - begin, cpuMs })
await workers.close()
