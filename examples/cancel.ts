// An AbortSignal ends a loop between chunks; the workers stay, and nothing writes once the call has rejected.
// prints: aborted early: true, quiet afterwards: true
import { JobSystem } from 'spillway'
import { slow } from './cancel.kernels.ts'

const jobs = await JobSystem.start()
const done = jobs.uint8(10_000)
const controller = new AbortController()
setTimeout(() => controller.abort(), 50)

const count = () => done.reduce((sum, flag) => sum + flag, 0)
try {
  await jobs.parallelFor(done.length, slow, { done }, { signal: controller.signal })
} catch (error) {
  if (error !== controller.signal.reason) throw error
}
const then = count()
await new Promise((resolve) => setTimeout(resolve, 50))
console.log(`aborted early: ${then < done.length}, quiet afterwards: ${then === count()}`)
await jobs.close()
