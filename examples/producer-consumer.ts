// Two fibers and a ring of 16 places in shared memory: the producer waits while it is full, the consumer while it is empty.
// prints: sum of 1000 squares through 16 places: 332833500
import { JobSystem } from 'spillway'
import { consume, produce } from './producer-consumer.kernels.ts'

const jobs = await JobSystem.start()
const items = 1000
const channel = {
  ring: jobs.int32(16),
  items,
  unproduced: jobs.counter(items),
  unconsumed: jobs.counter(items),
}
const sum = jobs.run(consume, channel)
jobs.run(produce, channel)

console.log(`sum of ${items} squares through ${channel.ring.length} places: ${await sum}`)
await jobs.close()
