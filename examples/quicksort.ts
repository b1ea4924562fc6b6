// Recursive fork-join: ctx.join runs two halves, perhaps in parallel, in place on one shared array.
// prints: 500000 numbers sorted: true
import { JobSystem } from 'spillway'
import { quicksort } from './quicksort.kernels.ts'

const jobs = await JobSystem.start()
const data = jobs.float64(500_000)
for (let i = 0, seed = 1; i < data.length; i++) {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
  data[i] = seed
}
const expected = data.toSorted()

await jobs.run(quicksort, { data, start: 0, end: data.length })

console.log(`${data.length} numbers sorted: ${data.every((value, i) => value === expected[i])}`)
await jobs.close()
