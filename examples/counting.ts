// One answer, three ways to write it down: an atomic per item, per chunk, and none. `npm run analyze` measures the difference.
// prints: 500000 500000 500000
import { JobSystem } from 'spillway'
import { none, onePerChunk, onePerItem } from './counting.kernels.ts'

const jobs = await JobSystem.start()
const data = jobs.int32(1_000_000)
for (let i = 0; i < data.length; i++) data[i] = i
const even = jobs.paddedCells(Int32Array, 2)

await jobs.parallelForAuto(data.length, onePerItem, { data, even: even.view })
await jobs.parallelForChunks(data.length, 8192, onePerChunk, {
  data,
  even: even.view.subarray(even.stride),
})
const reduced = await jobs.parallelReduce(data.length, none, { data })

console.log(even.view[0], even.view[even.stride], reduced)
await jobs.close()
