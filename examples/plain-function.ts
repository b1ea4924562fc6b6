// A plain function as a kernel: it travels as source text, so it may use its parameters and globals only.
// prints: 0 1 1.41 1.73 2
import { JobSystem } from 'spillway'

const jobs = await JobSystem.start()
const x = jobs.float64(1000)
await jobs.parallelFor(x.length, (i, { roots }) => void (roots[i] = Math.sqrt(i)), { roots: x })
console.log(Array.from(x.subarray(0, 5), (root) => Number(root.toFixed(2))).join(' '))

const base = 10
try {
  await jobs.parallelFor(10, (i, { roots }) => void (roots[i] = base + i), { roots: x })
} catch (error) {
  // `base` does not exist in a worker; the message says so before anything has run. Pass it as an argument instead.
  if (!(error instanceof TypeError)) throw error
}
await jobs.close()
