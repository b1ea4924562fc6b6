// A reduction whose accumulator is an array.
// prints: 4000000 pixels, 15625 of value 0 and of value 255
import { JobSystem } from 'spillway'
import { histogram } from './histogram.kernels.ts'

const jobs = await JobSystem.start()
const pixels = jobs.uint8(4_000_000)
for (let i = 0; i < pixels.length; i++) pixels[i] = i % 256

const counts = await jobs.parallelReduce(pixels.length, histogram, { pixels })
const total = counts.reduce((sum, count) => sum + count, 0)
console.log(
  `${total} pixels, ${counts[0]} of value 0 and of value ${counts[255] === counts[0] ? 255 : '?'}`,
)
await jobs.close()
