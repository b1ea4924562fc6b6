// Scratch memory: each call of the sort borrows what it needs for merging, and its worker gives it back.
// prints: 200000 numbers sorted: true
import { JobSystem } from 'spillway'
import { mergeSort } from './merge-sort.kernels.ts'

const jobs = await JobSystem.start()
const data = jobs.float64(200_000)
for (let i = 0; i < data.length; i++) data[i] = Math.sin(i)
const expected = data.toSorted()

jobs.runSync(mergeSort, { data, start: 0, end: data.length })

console.log(`${data.length} numbers sorted: ${data.every((value, i) => value === expected[i])}`)
await jobs.close()
