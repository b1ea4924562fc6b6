// A loop and a reduction over arrays on the shared heap: a million springs keep their energy.
// prints: energy kept within 0.1 %: true
import { JobSystem } from 'spillway'
import { energy, integrate } from './particles.kernels.ts'

const jobs = await JobSystem.start()
const count = 1_000_000
const x = jobs.float64(count).fill(1)
const v = jobs.float64(count)

const before = await jobs.parallelReduce(count, energy, { x, v })
for (let step = 0; step < 20; step++) await jobs.parallelFor(count, integrate, { x, v, dt: 0.001 })
const after = await jobs.parallelReduce(count, energy, { x, v })

console.log(`energy kept within 0.1 %: ${Math.abs(after / before - 1) < 0.001}`)
await jobs.close()
