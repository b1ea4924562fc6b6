// Fibers: a job for every node of a tree, each of which waits for its two children without holding a worker.
// prints: 1023 nodes, sum 523776
import { JobSystem } from 'spillway'
import { treeSum } from './tree-sum.kernels.ts'

const jobs = await JobSystem.start()
const values = jobs.float64(1023)
for (let i = 0; i < values.length; i++) values[i] = i + 1

const sum = await jobs.run(treeSum, { values, node: 0 })
console.log(`${values.length} nodes, sum ${sum}`)
await jobs.close()
