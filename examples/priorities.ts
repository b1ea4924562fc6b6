// Three levels: what is queued as high begins before normal, and that before low. What already runs is not interrupted.
// prints: high 5, high 6, normal 3, normal 4, low 1, low 2
import { JobSystem } from 'spillway'
import type { Priority } from 'spillway'
import { hold, note } from './priorities.kernels.ts'

const jobs = await JobSystem.start({ workers: 1 })
const order = jobs.int32(6)
const gate = jobs.int32(3)
const levels: Priority[] = ['low', 'low', 'normal', 'normal', 'high', 'high']

const held = jobs.run(hold, { gate })
await Atomics.waitAsync(gate, 0, 0).value // the only worker is busy now
const notes = levels.map((priority, i) =>
  jobs.run(note, { order, gate, name: i + 1 }, { priority }),
)
Atomics.store(gate, 1, 1)
Atomics.notify(gate, 1)

await Promise.all([held, ...notes])
console.log(Array.from(order, (name) => `${levels[name - 1]} ${name}`).join(', '))
await jobs.close()
