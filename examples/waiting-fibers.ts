// A counter and those who wait for it: 64 fibers share one worker with the jobs they wait for, so none of them may hold it.
// prints: 64 fibers on 1 worker, total 170688
import { JobSystem } from 'spillway'
import { load, use } from './waiting-fibers.kernels.ts'

const jobs = await JobSystem.start({ workers: 1 })
const tiles = jobs.float64(64)
const missing = jobs.counter(tiles.length)
const each = Array.from(tiles.keys())

// The fibers come first. Each begins, waits, and lets the worker go on.
const uses = jobs.runMany(
  use,
  each.map((from) => ({ tiles, missing, from })),
)
jobs.runMany(
  load,
  each.map((tile) => ({ tiles, missing, tile })),
)

await missing.wait() // the event loop can wait, too
const total = (await uses).reduce((sum, value) => sum + value, 0)
console.log(`${each.length} fibers on ${jobs.workers} worker, total ${total}`)
await jobs.close()
