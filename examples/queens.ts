// Search with jobs that spawn jobs: one per way to place the first queens, and a plain search below.
// prints: 8 queens: 92, 10 queens: 724
import { JobSystem } from 'spillway'
import { queens } from './queens.kernels.ts'

const jobs = await JobSystem.start()
const board = (n: number) => ({ n, row: 0, columns: 0, left: 0, right: 0 })

const ten = jobs.run(queens, board(10)) // on the workers, meanwhile
const eight = jobs.runSync(queens, board(8)) // blocks; this thread takes part

console.log(`8 queens: ${eight}, 10 queens: ${await ten}`)
await jobs.close()
