// Ending jobs early: by a signal, by a timeout, by the handle. Each rejects once the job has ended, and says why.
// prints: stopped by the user / the job did not end within its timeout of 20 ms / job "lookup" was cancelled, closed: 1
import { JobSystem } from 'spillway'
import { lookup, search } from './cancel-jobs.kernels.ts'

const jobs = await JobSystem.start()
const steps = jobs.int32(1)
const closed = jobs.int32(1)
const never = jobs.counter(1)
/** What a handle rejected with. Asked at once: a failed job that nobody awaits is an unhandled rejection. */
const reason = (handle: PromiseLike<unknown>) =>
  handle.then(
    () => 'ended well',
    (error: unknown) => (error as Error).message,
  )

const controller = new AbortController()
const stopped = reason(jobs.run(search, { steps }, { signal: controller.signal }))
controller.abort(new Error('stopped by the user'))

const late = reason(jobs.run(search, { steps }, { timeout: 20 }))

const waiting = jobs.run(lookup, { never, closed })
const cancelled = reason(waiting)
while (waiting.state !== 'suspended') await new Promise((resolve) => setTimeout(resolve, 1))
waiting.cancel()

const reasons = await Promise.all([stopped, late, cancelled])
console.log(`${reasons.join(' / ')}, closed: ${closed[0]}`)
await jobs.close()
