// A transform hierarchy, as a game has one: a job updates the scene level by level, with a nested loop over each level.
// prints: 21845 nodes on 8 levels, as computed serially: true
import { JobSystem } from 'spillway'
import { transformNode, update } from './transforms.kernels.ts'

const jobs = await JobSystem.start()
const nodes = (4 ** 8 - 1) / 3
const local = jobs.float64(3 * nodes)
const world = jobs.float64(3 * nodes)
for (let i = 0; i < local.length; i++) local[i] = Math.sin(i)

const levels = await jobs.run(update, { local, world })

const expected = new Float64Array(world.length)
for (let node = 0; node < nodes; node++) transformNode(node, local, expected)
const right = world.every((value, i) => value === expected[i])
console.log(`${nodes} nodes on ${levels} levels, as computed serially: ${right}`)
await jobs.close()
