// Jobs that await I/O, beside jobs that compute.
// prints: 4 images, brightness 2800000
import { JobSystem } from 'spillway'
import { load } from './async-jobs.kernels.ts'

const jobs = await JobSystem.start()
const images = Array.from({ length: 4 }, () => ({ pixels: jobs.uint8(100_000) }))

const sums = await jobs.runMany(load, images) // results in the order of the arguments
console.log(`${sums.length} images, brightness ${sums.reduce((total, sum) => total + sum, 0)}`)
await jobs.close()
